using Calibration.Targets;
using Capture.Core.Geometry;

namespace Calibration.Rigs;

/// <summary>Boards that look alike after a turn: what a renumbering of the corners does to a pose.</summary>
internal static class BoardTurns
{
    /// <summary>Per renumbering of the target: T_old_new, so that a pose with the new numbers is the old pose times it.</summary>
    public static Pose[] Of(Target target) => [.. target.Renumberings.Select(r => OldFromNew(target, r))];

    private static Pose OldFromNew(Target target, int[] renumber)
    {
        // Where the new numbers' origin and axes lie, in old coordinates.
        int[] oldOf = new int[renumber.Length];
        for (int old = 0; old < renumber.Length; old++)
        {
            oldOf[renumber[old]] = old;
        }

        if (target is not Chessboard board)
        {
            return Pose.Identity;
        }

        Vector3d origin = target.Points[oldOf[0]];
        Vector3d x = (target.Points[oldOf[1]] - origin).Normalized();
        Vector3d y = (target.Points[oldOf[board.Columns]] - origin).Normalized();
        return new(Rotation.FromMatrix(Matrix3d.FromColumns(x, y, Vector3d.Cross(x, y))), origin);
    }
}
