namespace Calibration.Solving;

/// <summary>Levenberg-Marquardt on a bundle.</summary>
/// <remarks>Robust runs reweight (Cauchy's loss); the last run of a calibration is plain least squares on the corners that are left, so that its covariance means what it says.</remarks>
internal static class BundleSolver
{
    /// <param name="robustPixels">Error beyond which a corner loses weight, pixels; null: plain least squares.</param>
    /// <returns>Whether it came to rest.</returns>
    public static bool Solve(Bundle bundle, double? robustPixels, int iterations = 60)
    {
        double c2 = (robustPixels ?? 0) * (robustPixels ?? 0);
        Func<double, double>? weight = robustPixels is null ? null : square => 1 / (1 + (square / c2));
        Func<double, double>? loss = robustPixels is null ? null : square => c2 * Math.Log(1 + (square / c2));
        double cost = BundleNormal.CostOf(bundle, loss);
        double lambda = 1e-4;
        for (int iteration = 0; iteration < iterations; iteration++)
        {
            BundleNormal normal = BundleNormal.Of(bundle, weight);
            bool moved = false;
            for (int attempt = 0; attempt < 12 && !moved; attempt++)
            {
                if (normal.Step(lambda) is { } step)
                {
                    Bundle candidate = bundle.Copy();
                    if (Apply(candidate, step.Global, step.Local))
                    {
                        double newCost = BundleNormal.CostOf(candidate, loss);
                        if (newCost <= cost)
                        {
                            Take(bundle, candidate);
                            bool rest = cost - newCost <= 1e-11 * cost;
                            cost = newCost;
                            lambda = Math.Max(1e-14, lambda / 10);
                            if (rest)
                            {
                                return true;
                            }

                            moved = true;
                            continue;
                        }
                    }
                }

                lambda = Math.Max(1e-10, lambda * 10);
            }

            if (!moved)
            {
                // No step helps any more: at rest to rounding when the start was good.
                return double.IsFinite(cost);
            }
        }

        return false;
    }

    private static bool Apply(Bundle bundle, double[] global, double[] local)
    {
        for (int c = 0; c < bundle.Cameras.Length; c++)
        {
            BundleCamera camera = bundle.Cameras[c];
            if (bundle.VaryLenses)
            {
                int at = bundle.LensOffset(c);
                for (int k = 0; k < camera.Lens.Count; k++)
                {
                    camera.Intrinsics[k] += global[at + k];
                }

                if (camera.Intrinsics[0] <= 0 || camera.Intrinsics[1] <= 0)
                {
                    return false;
                }
            }

            if (bundle.PoseOffset(c) is >= 0 and int poseAt)
            {
                camera.FromRig = camera.FromRig.Moved(global.AsSpan(poseAt, 6));
            }

            if (bundle.LagOffset(c) is >= 0 and int lagAt)
            {
                camera.LagSeconds += global[lagAt];
            }
        }

        for (int b = 1; b < (bundle.Boards?.Length ?? 0); b++)
        {
            bundle.Boards![b] = bundle.Boards[b].Moved(global.AsSpan(bundle.BoardOffset(b), 6));
        }

        for (int k = 0; k < bundle.Places.Length; k++)
        {
            bundle.Places[k] = bundle.Places[k].Moved(local.AsSpan(6 * k, 6));
        }

        return true;
    }

    private static void Take(Bundle into, Bundle from)
    {
        for (int c = 0; c < into.Cameras.Length; c++)
        {
            into.Cameras[c].Intrinsics = from.Cameras[c].Intrinsics;
            into.Cameras[c].FromRig = from.Cameras[c].FromRig;
            into.Cameras[c].LagSeconds = from.Cameras[c].LagSeconds;
        }

        into.Boards = from.Boards;
        from.Places.CopyTo(into.Places, 0);
    }
}
