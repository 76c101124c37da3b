using Capture.Simulation.Scene;

namespace Capture.Simulation.Microphone;

/// <summary>What the room sounds like, as a function of true time: the motors' hum (180 and 360 Hz, louder with the joints' speed), a click at each contact, a little noise.</summary>
public sealed class BenchSound(BenchScene scene)
{
    /// <summary>A click is a burst of 2.5 kHz that starts at full strength at the contact and falls to 1/e in 2 ms.</summary>
    public const double ClickAmplitude = 0.7;

    public const double ClickHz = 2_500;
    public const double ClickDecayNs = 2_000_000;
    public const long ClickLengthNs = 20_000_000;

    /// <summary>Fills one period of mono samples whose true times run evenly from <paramref name="fromSceneNs"/> to <paramref name="toSceneNs"/> (the first sample of the next period).</summary>
    public void Fill(Span<short> samples, long fromSceneNs, long toSceneNs, long firstSample)
    {
        double loudFrom = Loudness(fromSceneNs);
        double loudTo = Loudness(toSceneNs);
        long contact = scene.FirstContactFrom(Math.Max(0, fromSceneNs - ClickLengthNs));
        double stepNs = (toSceneNs - fromSceneNs) / (double)samples.Length;
        for (int i = 0; i < samples.Length; i++)
        {
            double atNs = fromSceneNs + (i * stepNs);
            double loud = loudFrom + ((loudTo - loudFrom) * i / samples.Length);
            // Reduced to one period of the hum (1/180 s is 5,555,555.5… ns) before it becomes an angle.
            double turn = (atNs * 180e-9) % 1.0 * 2 * Math.PI;
            double value = loud * (Math.Sin(turn) + (0.4 * Math.Sin(2 * turn)));
            value += 0.002 * (Clocks.Xoshiro256.UnitAt(scene.Seed + 5, firstSample + i) - 0.5);
            samples[i] = (short)Math.Clamp(value * 32767, -32768, 32767);
        }

        for (; scene.Contact(contact).SceneNs < toSceneNs; contact++)
        {
            AddClick(samples, fromSceneNs, stepNs, scene.Contact(contact).SceneNs);
        }
    }

    private double Loudness(long sceneNs) => Math.Min(0.15, 0.01 + (0.03 * scene.JointSpeed(sceneNs)));

    private static void AddClick(Span<short> samples, long fromSceneNs, double stepNs, long contactNs)
    {
        int first = (int)Math.Max(0, Math.Ceiling((contactNs - fromSceneNs) / stepNs));
        for (int i = first; i < samples.Length; i++)
        {
            double since = fromSceneNs + (i * stepNs) - contactNs;
            if (since > ClickLengthNs)
            {
                return;
            }

            double click = ClickAmplitude * Math.Exp(-since / ClickDecayNs) * Math.Cos(since * ClickHz * 2e-9 * Math.PI);
            samples[i] = (short)Math.Clamp(samples[i] + (click * 32767), -32768, 32767);
        }
    }
}
