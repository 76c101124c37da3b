namespace Capture.Arrow.Tests.Types;

/// <summary>Every type × nulls × sizes × file or stream × compression, written and read here. What others make of the same files: PeerTests.</summary>
public sealed class EveryTypeTests
{
    private static IReadOnlyList<AnyType> All => AnyType.All;

    [Test]
    public void Every_type_comes_back([ValueSource(nameof(All))] AnyType type, [Values] Nulls nulls)
    {
        foreach (int[] sizes in (int[][])[[0], [1], [65], [8, 0, 200, 1]])
        {
            var table = new AnyTable(type.Type, nulls, seed: 40 + sizes.Length, sizes);
            foreach (bool file in (bool[])[true, false])
            {
                foreach (ArrowCompression compression in Enum.GetValues<ArrowCompression>())
                {
                    using ArrowReader reader = ArrowReader.Open(table.Write(file, compression));
                    Assert.That(reader.Tail.Kind, Is.EqualTo(file ? ArrowTailKind.Sealed : ArrowTailKind.EndOfStream), reader.Tail.Reason);
                    Assert.That(reader.Schema, Is.EqualTo(table.Schema));
                    Assert.That(reader.Batches.Select(b => b.Rows), Is.EqualTo(sizes));
                    Assert.That(reader.Batches.Select(b => b.Compression), Is.All.EqualTo(compression));
                    Assert.That(AnyTable.RowsOf(reader), Is.EqualTo(table.Rows), $"{(file ? "file" : "stream")}, {compression}, {sizes[0]} rows");
                }
            }
        }
    }

    [Test]
    public void Columns_that_take_no_nulls_come_back([Values] bool file)
    {
        var table = new AnyTable([.. All.Select(t => t.Type).Where(t => t is not DictionaryType)], Nulls.Some, 3, nullable: false, replace: false, 30, 0, 5);
        using ArrowReader reader = ArrowReader.Open(table.Write(file));
        Assert.That(AnyTable.RowsOf(reader), Is.EqualTo(table.Rows));
    }

    [Test]
    public void Dictionaries_grow_by_deltas_and_are_read_in_any_order([Values] bool file)
    {
        var table = new AnyTable([.. All.Select(t => t.Type).OfType<DictionaryType>()], Nulls.Some, 5, nullable: true, replace: false, 3, 3, 40);
        using ArrowReader reader = ArrowReader.Open(table.Write(file));
        Assert.That(reader.Dictionaries.Any(d => d.IsDelta), "a later batch brought new values");
        for (int i = reader.Batches.Count - 1; i >= 0; i--)
        {
            Assert.That(reader.ReadBatch(i).Rows, Is.EqualTo(reader.Batches[i].Rows));
        }

        Assert.That(AnyTable.RowsOf(reader), Is.EqualTo(table.Rows));
    }

    [Test]
    public void Dictionaries_are_replaced_in_a_stream_and_joined_in_a_file([Values] bool file)
    {
        var table = new AnyTable([.. All.Select(t => t.Type).OfType<DictionaryType>()], Nulls.Some, 6, nullable: true, replace: true, 9, 30, 4);
        using ArrowReader reader = ArrowReader.Open(table.Write(file));
        Assert.That(reader.Dictionaries.GroupBy(d => d.DictionaryId).Select(g => g.Count(d => !d.IsDelta)), Is.All.EqualTo(file ? 1 : 3));
        Assert.That(AnyTable.RowsOf(reader), Is.EqualTo(table.Rows));
        Assert.That(reader.ReadBatch(0).Rows, Is.EqualTo(9), "back at the first batch, its own dictionaries hold again");
        Assert.That(AnyTable.RowsOf(reader), Is.EqualTo(table.Rows));
    }

    [Test]
    public void A_file_refuses_dictionaries_that_its_indices_cannot_count()
    {
        ArrowType type = new DictionaryType(ArrowType.Int8, ArrowType.Utf8, false, 0);
        var table = new AnyTable([type], Nulls.None, 7, nullable: true, replace: true, [.. Enumerable.Repeat(60, 20)]);
        Assert.That(() => table.Write(file: true), Throws.ArgumentException.With.Message.Contains("int8").And.Message.Contains("stream"));
        using ArrowReader reader = ArrowReader.Open(table.Write(file: false));
        Assert.That(AnyTable.RowsOf(reader), Is.EqualTo(table.Rows));
    }

    [Test]
    public void A_rewrite_shows_the_same_dump([Values] bool stream, [Values] ArrowCompression compression)
    {
        var table = new AnyTable([.. All.Select(t => t.Type)], Nulls.Some, 8, nullable: true, replace: false, 30, 0, 5);
        using ArrowReader reader = ArrowReader.Open(table.Write(file: true));
        using var output = new MemoryStream();
        ArrowRewrite.Copy(reader, output, new ArrowRewriteOptions { AsStream = stream, Compression = compression });
        using ArrowReader again = ArrowReader.Open(output.ToArray());
        Assert.That(again.IsFile, Is.EqualTo(!stream));
        Assert.That(again.Schema, Is.EqualTo(reader.Schema));
        Assert.That(AnyTable.RowsOf(again), Is.EqualTo(table.Rows));
    }

    [Test]
    public void Resolve_follows_dictionaries_runs_and_unions()
    {
        var runs = (RunEndType)All.First(t => t.Name == "run-end-int32").Type;
        var table = new AnyTable([runs, All.First(t => t.Name == "dense-union").Type, All.First(t => t.Name == "dictionary").Type], Nulls.Some, 9, nullable: true, replace: false, 50);
        using ArrowReader reader = ArrowReader.Open(table.Write(file: true));
        RecordBatch batch = reader.ReadBatch(0);
        for (int row = 0; row < batch.Rows; row++)
        {
            string shown = table.Rows[row];
            ArrowValue run = batch.Columns[0].Resolve(row);
            Assert.That(shown, Does.StartWith($"{{\"c0\":{(run.IsNull ? "null" : run.Column.Values<int>()[run.Row])},"));
            ArrowValue word = batch.Columns[2].Resolve(row);
            Assert.That(shown, Does.EndWith($"\"c2\":{(word.IsNull ? "null" : $"\"{word.Column.Text(word.Row)}\"")}}}"));
        }
    }
}
