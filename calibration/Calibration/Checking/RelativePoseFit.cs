using Calibration.Solving;
using Capture.Core.Geometry;

namespace Calibration.Checking;

/// <summary>The relative pose that the matches themselves ask for: three numbers of turn, two of the base line's direction (its length cannot be seen).</summary>
internal sealed class RelativePoseFit(MatchedViews views) : BlockProblem<Pose>
{
    private const double Step = 1e-6;

    public override int Unknowns => 5;

    public override int Blocks => views.Pairs.Count;

    public override int BlockSize => 1;

    public override bool Evaluate(in Pose state, int block, Span<double> residuals, Span<double> jacobian)
    {
        if (!views.Distance(views.Pairs[block], state, out residuals[0]))
        {
            return false;
        }

        Span<double> change = stackalloc double[5];
        for (int k = 0; k < jacobian.Length; k++)
        {
            change.Clear();
            change[k] = Step;
            bool up = views.Distance(views.Pairs[block], Moved(state, change), out double above);
            change[k] = -Step;
            jacobian[k] = up && views.Distance(views.Pairs[block], Moved(state, change), out double below) ? (above - below) / (2 * Step) : 0;
        }

        return true;
    }

    public override Pose Moved(in Pose state, ReadOnlySpan<double> change)
    {
        Vector3d t = state.Translation;
        Vector3d aside = Vector3d.Cross(t, Math.Abs(t.X) < 0.7 * t.Length ? Vector3d.UnitX : Vector3d.UnitY).Normalized();
        Vector3d other = Vector3d.Cross(t, aside).Normalized();
        return new Pose(
            Rotation.FromRotationVector(new(change[0], change[1], change[2])) * state.Rotation,
            Rotation.FromRotationVector((aside * change[3]) + (other * change[4])) * t);
    }
}
