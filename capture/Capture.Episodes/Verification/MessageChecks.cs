using Capture.Arrow;
using Capture.Episodes.Checksums;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Verification;

/// <summary>The checksums of a file: schema, batches, footer. Takes as much memory as the file's largest message.</summary>
internal static class MessageChecks
{
    /// <param name="batch">Called with every batch whose checksum does not speak against it; its memory is used again for the next.</param>
    /// <returns>Whether every message of the file is there and agrees with its checksum.</returns>
    public static bool Run(CheckedFile file, string place, List<Finding> findings, Action<int, RecordBatch> batch)
    {
        int missing = 0;
        int judged = 0;
        int wrong = 0;
        byte[] buffer = [];
        foreach (string loss in file.Losses)
        {
            Wrong(place, loss);
        }

        if (file.SchemaMessage is { } schema)
        {
            Check(schema, $"{place}, schema", -1);
        }
        else if (file.Losses.Count > 0 || file.Tail.Kind == ArrowTailKind.Damaged)
        {
            Wrong($"{place}, schema", $"its message at the file's start is damaged; the footer's copy is read. {file.Tail.Reason}");
        }

        for (int i = 0; i < file.Batches.Count; i++)
        {
            Check(file.Batches[i], $"{place}, batch {i} at byte {file.Batches[i].Block.Offset}", i);
        }

        if (file.Footer is { } footer)
        {
            byte[] bytes = new byte[footer.Length];
            Judge(file.Read(footer.Offset, bytes) == bytes.Length ? ChecksumCheck.Of(footer, bytes) : ChecksumState.Wrong, $"{place}, footer");
            if (file.Losses.Count == 0 && footer.Metadata.FirstOrDefault(p => p.Key == MetadataKeys.Rows) is { Value: { } text }
                && !file.Batches.Select(b => b.Rows).SequenceEqual((RowCounts.TryRead(text, file.Batches.Count) ?? []).Select(rows => (long)rows)))
            {
                Wrong($"{place}, footer", $"its list of rows ({MetadataKeys.Rows}) does not tell the rows of the file's {file.Batches.Count} batches");
            }
        }

        if (missing > 0)
        {
            // A tool that rewrites a file drops all of them. Where only some are missing, their keys were damaged.
            bool all = missing == judged;
            findings.Add(new Finding(
                all ? FindingSeverity.Warning : FindingSeverity.Error,
                place,
                all ? "its messages carry no checksums: another tool may have rewritten the file" : $"{missing} of {judged} messages carry no checksum, the others do: they were damaged"));
        }

        return wrong == 0 && (missing == 0 || missing == judged);

        void Check(ArrowMessage message, string where, int index)
        {
            if (buffer.Length < message.Block.Length)
            {
                buffer = GC.AllocateUninitializedArray<byte>(checked((int)message.Block.Length));
            }

            Memory<byte> bytes = buffer.AsMemory(0, (int)message.Block.Length);
            if (file.Read(message.Block.Offset, bytes.Span) != bytes.Length)
            {
                Wrong(where, "the file was cut while it was read");
                return;
            }

            if (Judge(ChecksumCheck.Of(message, bytes.Span), where) && index >= 0)
            {
                try
                {
                    batch(index, RecordBatch.Decode(file.Schema, bytes, fileOffset: message.Block.Offset));
                }
                catch (ArrowFormatException e)
                {
                    Wrong(where, e.Message);
                }
            }
        }

        bool Judge(ChecksumState state, string where)
        {
            judged++;
            missing += state == ChecksumState.Missing ? 1 : 0;
            if (state == ChecksumState.Wrong)
            {
                Wrong(where, "the checksum does not match: bytes were changed after they were written");
            }

            return state != ChecksumState.Wrong;
        }

        void Wrong(string where, string what)
        {
            wrong++;
            findings.Add(new Finding(FindingSeverity.Error, where, what));
        }
    }
}
