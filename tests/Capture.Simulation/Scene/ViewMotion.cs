using Capture.Simulation.Clocks;

namespace Capture.Simulation.Scene;

/// <summary>
/// The arm shows a target to a camera, or a camera to a target, as an operator who calibrates does: to a view, a quarter of a second of rest, on to the next. Every move is a minimum-jerk one in joint
/// space. The same views follow from the same seed, without end.
/// </summary>
/// <param name="view">Draws the joints of a view; null when what was drawn is out of reach or out of sight.</param>
public sealed class ViewMotion(ulong seed, Func<Xoshiro256, long, JointState?> view)
{
    public const long MoveNs = 550_000_000;
    public const long RestNs = 250_000_000;

    private const int Tries = 2_000;
    private readonly Dictionary<long, JointState> _views = [];
    private readonly Lock _lock = new();

    /// <summary>Rests at view 0 first; before 0 as at 0.</summary>
    public JointState Joints(long sceneNs)
    {
        long since = Math.Max(0, sceneNs);
        long index = since / (MoveNs + RestNs);
        double u = Math.Clamp((since - (index * (MoveNs + RestNs)) - RestNs) / (double)MoveNs, 0, 1);
        return JointState.Mix(View(index), View(index + 1), u * u * u * (10 + (u * (-15 + (6 * u)))));
    }

    private JointState View(long index)
    {
        lock (_lock)
        {
            if (!_views.TryGetValue(index, out JointState joints))
            {
                Xoshiro256 random = Xoshiro256.For(seed, "view/" + index.ToString(System.Globalization.CultureInfo.InvariantCulture));
                JointState? drawn = null;
                for (int i = 0; i < Tries && drawn is null; i++)
                {
                    drawn = view(random, index);
                }

                joints = drawn ?? throw new InvalidOperationException($"view {index} of seed {seed}: nothing in reach after {Tries} tries");
                _views.Add(index, joints);
            }

            return joints;
        }
    }
}
