using System.Globalization;
using Capture.Episodes.Reading;
using Capture.Episodes.Recovery;
using Capture.Episodes.Schema;
using Capture.Episodes.Tests.Support;
using Capture.Episodes.Verification;

namespace Capture.Episodes.Tests.Durability;

/// <summary>
/// The power goes a second time, at any operation of a recovery: the next recovery ends with the same rows as one that nothing disturbed. What this does not prove is what
/// <see cref="PowerCutTests"/> does not.
/// </summary>
public sealed class RecoveryCutTests
{
    private const int Seed = 20261123;

    // Torn at the end only, cut in the middle of the take, and with holes: what a first cut left differs by its random choices.
    [Test]
    public void A_cut_while_an_episode_is_recovered_loses_no_row_that_recovery_would_have_kept([Range(0, 3)] int first) => Cut(first, 15);

    [Test]
    [Explicit("takes minutes")]
    [Category("Long")]
    public void Of_many_cuts_while_many_episodes_are_recovered_none_loses_a_row([Range(10, 29)] int first) => Cut(first, 100);

    private static void Cut(int first, int count)
    {
        var random = new Random(Seed + first);
        using var temp = new TempFolder(inMemory: true);
        string torn = Torn(temp, random);
        string undisturbed = temp.At("whole", "take.episode");
        TempFolder.Copy(torn, undisturbed);
        EpisodeRecovery.Execute(undisturbed);
        Dictionary<string, long[]> kept = Rows(undisturbed);
        Assert.That(kept.Values.Sum(r => r.Length), Is.Positive, "recovery keeps something");

        var log = new WriteLog(new StepClock());
        log.Adopt(torn);
        int adopted = log.Operations.Count;
        EpisodeRecovery.Execute(log, torn);
        Assert.That(log.Operations, Has.Count.GreaterThan(adopted + 10));
        for (int i = 0; i < count; i++)
        {
            int cut = random.Next(adopted, log.Operations.Count + 1);
            string which = string.Create(CultureInfo.InvariantCulture, $"first cut {first}, cut {i} before operation {cut} of {adopted}..{log.Operations.Count}");
            string root = temp.At("cut");
            PowerCut.Make(log.Operations, cut, random, Path.GetDirectoryName(torn)!, root);
            string folder = Path.Combine(root, Path.GetFileName(torn));
            EpisodeRecovery.Execute(folder);
            Assert.That(EpisodeRecovery.Plan(folder).IsWhole, Is.True, which);
            Assert.That(EpisodeVerifier.Verify(folder).Where(f => f.Severity == FindingSeverity.Error), Is.Empty, which);
            Dictionary<string, long[]> rows = Rows(folder);
            Assert.That(rows.Keys, Is.EquivalentTo(kept.Keys), which);
            foreach ((string stream, long[] sequences) in kept)
            {
                Assert.That(rows[stream], Is.EqualTo(sequences), $"{which}: {stream}");
            }

            Directory.Delete(root, recursive: true);
        }
    }

    /// <summary>What a power cut in the middle of a take of three seconds left.</summary>
    private static string Torn(TempFolder temp, Random random)
    {
        var clock = new StepClock();
        var log = new WriteLog(clock);
        using var rig = new SteppedRig(log, clock);
        rig.Run(3_000_000_000);
        int cut = random.Next(log.Operations.Count / 2, log.Operations.Count);
        string root = temp.At("torn");
        PowerCut.Make(log.Operations, cut, random, Path.GetDirectoryName(rig.Recorder.Folder)!, root);
        return Path.Combine(root, Path.GetFileName(rig.Recorder.Folder));
    }

    private static Dictionary<string, long[]> Rows(string folder)
    {
        using EpisodeReader episode = EpisodeReader.Open(folder);
        return episode.Streams.Where(s => s.Info.HasSamples).ToDictionary(s => s.Info.Name, s => s.ReadInt64(CommonColumns.Sequence), StringComparer.Ordinal);
    }
}
