using System.Security.Cryptography;
using Capture.Arrow;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;

namespace Capture.Episodes.Tests.Support;

/// <summary>Everything that an episode's reader hands out, in a form that can be compared: by stream, batch by batch, a digest of every value.</summary>
internal sealed class Delivered
{
    /// <summary>Digests of batches, with the stream and the rows that they hold.</summary>
    public List<(string Stream, int Rows, string Digest)> Batches { get; } = [];

    /// <summary>Digest of the manifest's members, its checksum apart; null where it is refused.</summary>
    public string? Manifest { get; private init; }

    public static Delivered Of(string folder)
    {
        EpisodeManifest? manifest = null;
        try
        {
            manifest = ManifestFile.Read(folder);
        }
        catch (EpisodeException)
        {
            // Refused with a sentence: nothing of it is handed out.
        }

        var delivered = new Delivered { Manifest = manifest is null ? null : System.Text.Encoding.UTF8.GetString(ManifestFile.Encode(manifest)) };
        using EpisodeReader episode = EpisodeReader.Open(folder, manifest);
        foreach (EpisodeStream stream in episode.Streams)
        {
            delivered.Take(stream.Info.Name + " " + stream.Schema, stream.Batches, stream.ReadBatch);
            FinalTimes? times = null;
            try
            {
                times = stream.Times;
            }
            catch (EpisodeException)
            {
                // Refused.
            }

            delivered.Take("times of " + stream.Info.Name, times?.Batches ?? 0, i => times!.ReadBatch(i));
        }

        return delivered;
    }

    private void Take(string name, int batches, Func<int, RecordBatch> read)
    {
        for (int i = 0; i < batches; i++)
        {
            try
            {
                RecordBatch batch = read(i);
                using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                foreach (ArrowColumn column in batch.Columns)
                {
                    Digest(hash, column);
                }

                Batches.Add((name, batch.Rows, Convert.ToHexString(hash.GetHashAndReset())));
            }
            catch (EpisodeException)
            {
                // Refused.
            }
        }
    }

    private static void Digest(IncrementalHash hash, ArrowColumn column)
    {
        Span<byte> one = stackalloc byte[1];
        for (int row = 0; row < column.Length; row++)
        {
            one[0] = column.IsNull(row) ? (byte)1 : (byte)0;
            hash.AppendData(one);
        }

        switch (column.Field.Type)
        {
            case Utf8Type or BinaryType:
                for (int row = 0; row < column.Length; row++)
                {
                    hash.AppendData(column.Bytes(row));
                }

                break;
            case BoolType:
                for (int row = 0; row < column.Length; row++)
                {
                    one[0] = column.Bool(row) ? (byte)1 : (byte)0;
                    hash.AppendData(one);
                }

                break;
            case IntType { BitWidth: 64 }:
                hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(column.Values<long>()));
                break;
            case IntType { BitWidth: 32 }:
                hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(column.Values<int>()));
                break;
            case IntType { BitWidth: 16 }:
                hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(column.Values<short>()));
                break;
            case ArrowType t when t == ArrowType.Float64:
                hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(column.Values<double>()));
                break;
            case ArrowType t when t == ArrowType.Float32:
                hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(column.Values<float>()));
                break;
        }

        foreach (ArrowColumn child in column.Children)
        {
            Digest(hash, child);
        }
    }
}
