using System.Text.Json;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace EndToEnd.Truth;

/// <summary>How late the rows of a recorded stream truly are, by the simulator's own record of when each was sampled.</summary>
internal static class TrueLag
{
    /// <summary>
    /// Of a camera behind an arm, ns: by how much the row's times lie behind mid-exposure, less the same of the arm's behind the middle of its servos' samples (they answer in turn, over 2 ms; which of them
    /// moved most decides where between the first and the last the motion lies). Means without the tenth that is furthest off.
    /// </summary>
    public static double OfCamera(EpisodeReader episode, string rigFolder, string camera, string arm) => Camera(episode, rigFolder, camera) - Arm(episode, rigFolder, arm);

    private static double Camera(EpisodeReader episode, string rigFolder, string name)
    {
        var stream = new RecordedStream(episode, name);
        JsonElement[] sent = [.. TruthLines.Read(rigFolder, name).Where(l => l.Long("clients") > 0)];
        long[] at = [.. sent.Select(l => l.Long("sent_ns"))];

        // A picture arrives after it was sent and before the next one is.
        return Mean(Enumerable.Range(0, stream.Rows).Select(row => (Row: row, Sent: Before(at, stream.HostNs[row]))).Where(p => p.Sent >= 0)
            .Select(p => stream.TimeNs[p.Row] - sent[p.Sent].Long("exposure_mid_ns")));
    }

    private static double Arm(EpisodeReader episode, string rigFolder, string name)
    {
        var stream = new RecordedStream(episode, name + ".state");
        long[] answers = stream.Values<long>(JointStateSchema.ReplyTime);
        JsonElement[] replies = [.. TruthLines.Read(rigFolder, name).Where(l => l.GetProperty("ids").GetArrayLength() > 1)];
        long[] received = [.. replies.Select(l => l.Long("received_ns"))];
        return Mean(Enumerable.Range(0, stream.Rows).Select(row => (Row: row, Reply: Before(received, answers[row]))).Where(p => p.Reply >= 0)
            .Select(p => stream.TimeNs[p.Row] - (long)replies[p.Reply].GetProperty("sample_ns").EnumerateArray().Average(s => s.GetInt64())));
    }

    private static int Before(long[] sorted, long at)
    {
        int found = Array.BinarySearch(sorted, at);
        return found >= 0 ? found : ~found - 1;
    }

    private static double Mean(IEnumerable<long> late)
    {
        long[] all = [.. late.Order()];
        double median = all[all.Length / 2];
        return all.OrderBy(l => Math.Abs(l - median)).Take(all.Length * 9 / 10).Average();
    }
}
