using Capture.Core.Geometry;
using MathNet.Numerics.LinearAlgebra;

namespace Calibration.Solving;

/// <summary>The normal equations of a bundle, kept as an arrow: global unknowns, one block of six per place, and what joins them.</summary>
internal sealed class BundleNormal
{
    private readonly int _globals;
    private readonly double[] _gg;
    private readonly double[] _g;
    private readonly double[] _pp;
    private readonly double[] _gp;
    private readonly double[] _p;

    private BundleNormal(Bundle bundle)
    {
        (_globals, int places) = (bundle.Globals, bundle.Places.Length);
        _gg = new double[_globals * _globals];
        _g = new double[_globals];
        _pp = new double[places * 36];
        _gp = new double[places * 6 * _globals];
        _p = new double[places * 6];
    }

    /// <summary>Sum of the weighted squares of the residuals, pixels².</summary>
    public double Cost { get; private set; }

    /// <param name="weightOf">Weight of a corner from its squared error; null: all 1.</param>
    public static BundleNormal Of(Bundle bundle, Func<double, double>? weightOf)
    {
        var normal = new BundleNormal(bundle);
        foreach (Sighting sighting in bundle.Sightings)
        {
            normal.Add(bundle, sighting, weightOf);
        }

        return normal;
    }

    public static double CostOf(Bundle bundle, Func<double, double>? lossOf)
    {
        double cost = 0;
        double[] residuals = new double[2 * bundle.Sightings.Max(s => s.Points.Length)];
        foreach (Sighting sighting in bundle.Sightings)
        {
            bool all = bundle.Residuals(sighting, residuals);
            for (int i = 0; i < sighting.Points.Length; i++)
            {
                if (!sighting.Use[i])
                {
                    continue;
                }

                double square = (residuals[2 * i] * residuals[2 * i]) + (residuals[(2 * i) + 1] * residuals[(2 * i) + 1]);
                if (!all && double.IsNaN(square))
                {
                    return double.PositiveInfinity;
                }

                cost += lossOf is null ? square : lossOf(square);
            }
        }

        return cost;
    }

    /// <summary>The step of Levenberg-Marquardt; null when the equations do not determine one.</summary>
    public (double[] Global, double[] Local)? Step(double lambda)
    {
        int places = _p.Length / 6;
        double[] factors = [.. _pp];
        Matrix<double> schur = Matrix<double>.Build.Dense(_globals, _globals, (r, c) => _gg[(r * _globals) + c] * (r == c ? 1 + lambda : 1));
        double[] side = [.. _g];
        double[] column = new double[6];
        double[] reduced = new double[6 * _globals];
        for (int k = 0; k < places; k++)
        {
            Span<double> block = factors.AsSpan(k * 36, 36);
            for (int i = 0; i < 6; i++)
            {
                block[(i * 6) + i] *= 1 + lambda;
            }

            if (!SmallCholesky.Factor6(block))
            {
                return null;
            }

            Reduce(k, block, column, reduced, schur, side);
        }

        double[] global = [];
        if (_globals > 0)
        {
            try
            {
                global = schur.Cholesky().Solve(Vector<double>.Build.Dense(side)).ToArray();
            }
            catch (ArgumentException)
            {
                return null; // not positive definite: more damping
            }
        }

        double[] local = [.. _p];
        for (int k = 0; k < places; k++)
        {
            Span<double> mine = local.AsSpan(6 * k, 6);
            for (int i = 0; i < 6; i++)
            {
                for (int g = 0; g < _globals; g++)
                {
                    mine[i] -= _gp[(((k * 6) + i) * _globals) + g] * global[g];
                }
            }

            SmallCholesky.Substitute6(factors.AsSpan(k * 36, 36), mine);
        }

        return global.All(double.IsFinite) && local.All(double.IsFinite) ? (global, local) : null;
    }

    /// <summary>Covariance of the global unknowns for corners of σ 1 pixel, all places free; null when they are not determined.</summary>
    public Matrix<double>? GlobalCovariance()
    {
        Matrix<double> schur = Matrix<double>.Build.Dense(_globals, _globals, (r, c) => _gg[(r * _globals) + c]);
        double[] side = [.. _g];
        double[] column = new double[6];
        double[] reduced = new double[6 * _globals];
        for (int k = 0; k < _p.Length / 6; k++)
        {
            double[] block = _pp[(k * 36)..((k + 1) * 36)];
            if (!SmallCholesky.Factor6(block))
            {
                return null;
            }

            Reduce(k, block, column, reduced, schur, side);
        }

        // Scaled to a unit diagonal first: focal lengths and distortion differ by many orders.
        double[] scale = [.. Enumerable.Range(0, _globals).Select(i => schur[i, i] > 0 ? 1 / Math.Sqrt(schur[i, i]) : 0)];
        if (scale.Any(s => s == 0 || !double.IsFinite(s)))
        {
            return null;
        }

        Matrix<double> scaled = Matrix<double>.Build.Dense(_globals, _globals, (r, c) => schur[r, c] * scale[r] * scale[c]);
        try
        {
            Matrix<double> inverse = scaled.Cholesky().Solve(Matrix<double>.Build.DenseIdentity(_globals));
            return Matrix<double>.Build.Dense(_globals, _globals, (r, c) => inverse[r, c] * scale[r] * scale[c]);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    /// <summary>How a place follows the global unknowns (6 × globals), and its own covariance with those fixed (6 × 6), corners of σ 1 pixel.</summary>
    public (Matrix<double> Follow, Matrix<double> Own)? PlaceResponse(int place)
    {
        double[] block = _pp[(place * 36)..((place + 1) * 36)];
        if (!SmallCholesky.Factor6(block))
        {
            return null;
        }

        Matrix<double> follow = Matrix<double>.Build.Dense(6, _globals);
        double[] column = new double[6];
        for (int g = 0; g < _globals; g++)
        {
            for (int i = 0; i < 6; i++)
            {
                column[i] = -_gp[(((place * 6) + i) * _globals) + g];
            }

            SmallCholesky.Substitute6(block, column);
            follow.SetColumn(g, column);
        }

        Matrix<double> own = Matrix<double>.Build.Dense(6, 6);
        for (int c = 0; c < 6; c++)
        {
            Array.Clear(column);
            column[c] = 1;
            SmallCholesky.Substitute6(block, column);
            own.SetColumn(c, column);
        }

        return (follow, own);
    }

    private void Reduce(int place, ReadOnlySpan<double> factor, double[] column, double[] reduced, Matrix<double> schur, double[] side)
    {
        // reduced = block⁻¹ · (join, right side), then schur −= joinᵀ · reduced.
        int start = place * 6 * _globals;
        for (int g = 0; g < _globals; g++)
        {
            for (int i = 0; i < 6; i++)
            {
                column[i] = _gp[start + (i * _globals) + g];
            }

            SmallCholesky.Substitute6(factor, column);
            column.CopyTo(reduced, 6 * g);
        }

        for (int i = 0; i < 6; i++)
        {
            column[i] = _p[(6 * place) + i];
        }

        SmallCholesky.Substitute6(factor, column);
        for (int r = 0; r < _globals; r++)
        {
            bool any = false;
            for (int i = 0; i < 6; i++)
            {
                double join = _gp[start + (i * _globals) + r];
                any |= join != 0;
                side[r] -= join * column[i];
            }

            if (!any)
            {
                continue; // a camera that did not see this place
            }

            for (int c = 0; c < _globals; c++)
            {
                double sum = 0;
                for (int i = 0; i < 6; i++)
                {
                    sum += _gp[start + (i * _globals) + r] * reduced[(6 * c) + i];
                }

                schur[r, c] -= sum;
            }
        }
    }

    private void Add(Bundle bundle, Sighting s, Func<double, double>? weightOf)
    {
        BundleCamera camera = bundle.Cameras[s.Camera];
        int lenses = bundle.VaryLenses ? camera.Lens.Count : 0;
        int lensAt = bundle.LensOffset(s.Camera), poseAt = bundle.PoseOffset(s.Camera), lagAt = bundle.LagOffset(s.Camera), boardAt = bundle.BoardOffset(s.Board);
        Pose board = bundle.BoardOf(s);
        Pose place = bundle.PlaceAt(s);
        Matrix3d turn = camera.FromRig.Rotation.ToMatrix();
        Span<double> byPoint = stackalloc double[6];
        Span<double> byLens = stackalloc double[2 * 16];
        Span<double> poseRow = stackalloc double[6];
        Span<double> placeRow = stackalloc double[6];
        Span<double> boardRow = stackalloc double[6];
        Matrix3d placeBack = place.Rotation.Inverse().ToMatrix();
        Span<int> at = stackalloc int[16 + 13];
        Span<double> row = stackalloc double[16 + 13];
        for (int i = 0; i < s.Points.Length; i++)
        {
            if (!s.Use[i])
            {
                continue;
            }

            Vector3d onBoard = board.Rotation * s.Points[i];
            Vector3d arm = place.Rotation * (onBoard + board.Translation);
            Vector3d inRig = arm + place.Translation;
            Vector3d turned = camera.FromRig.Rotation * inRig;
            Span<double> lensRows = bundle.VaryLenses ? byLens[..(2 * camera.Lens.Count)] : [];
            if (!camera.Lens.Project(camera.Intrinsics, turned + camera.FromRig.Translation, out double u, out double v, byPoint, lensRows))
            {
                continue;
            }

            double du = s.Uv[2 * i] - u, dv = s.Uv[(2 * i) + 1] - v;
            double square = (du * du) + (dv * dv);
            double weight = weightOf is null ? 1 : weightOf(square);
            Cost += weight * square;
            for (int axis = 0; axis < 2; axis++)
            {
                ReadOnlySpan<double> g = byPoint.Slice(3 * axis, 3);
                Vector3d inRigSlope = turn.Transposed() * new Vector3d(g[0], g[1], g[2]);
                PlanarPose.PoseRow([inRigSlope.X, inRigSlope.Y, inRigSlope.Z], arm, placeRow);
                int count = 0;
                for (int k = 0; k < lenses; k++)
                {
                    (at[count], row[count++]) = (lensAt + k, lensRows[(axis * camera.Lens.Count) + k]);
                }

                if (poseAt >= 0)
                {
                    PlanarPose.PoseRow(g, turned, poseRow);
                    for (int k = 0; k < 6; k++)
                    {
                        (at[count], row[count++]) = (poseAt + k, poseRow[k]);
                    }
                }

                if (boardAt >= 0)
                {
                    Vector3d inPlace = placeBack * inRigSlope;
                    PlanarPose.PoseRow([inPlace.X, inPlace.Y, inPlace.Z], onBoard, boardRow);
                    for (int k = 0; k < 6; k++)
                    {
                        (at[count], row[count++]) = (boardAt + k, boardRow[k]);
                    }
                }

                if (lagAt >= 0 && bundle.Motions is { } motions)
                {
                    double t = s.SecondsAfterPlace - camera.LagSeconds;
                    PlaceMotion m = motions[s.Place];
                    Vector3d velocity = m.Velocity + (m.Acceleration * t), spin = m.Turn + (m.TurnChange * t);
                    double slope = (placeRow[0] * velocity.X) + (placeRow[1] * velocity.Y) + (placeRow[2] * velocity.Z)
                        + (placeRow[3] * spin.X) + (placeRow[4] * spin.Y) + (placeRow[5] * spin.Z);
                    (at[count], row[count++]) = (lagAt, -slope);
                }

                Accumulate(s.Place, at[..count], row[..count], placeRow, axis == 0 ? du : dv, weight);
            }
        }
    }

    private void Accumulate(int place, ReadOnlySpan<int> at, ReadOnlySpan<double> row, ReadOnlySpan<double> placeRow, double residual, double weight)
    {
        for (int r = 0; r < at.Length; r++)
        {
            double wr = weight * row[r];
            _g[at[r]] += wr * residual;
            int line = at[r] * _globals;
            for (int c = 0; c < at.Length; c++)
            {
                _gg[line + at[c]] += wr * row[c];
            }

            for (int k = 0; k < 6; k++)
            {
                _gp[(((place * 6) + k) * _globals) + at[r]] += wr * placeRow[k];
            }
        }

        for (int k = 0; k < 6; k++)
        {
            double wk = weight * placeRow[k];
            _p[(6 * place) + k] += wk * residual;
            for (int l = 0; l < 6; l++)
            {
                _pp[(36 * place) + (6 * k) + l] += wk * placeRow[l];
            }
        }
    }
}
