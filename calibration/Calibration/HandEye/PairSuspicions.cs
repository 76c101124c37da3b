namespace Calibration.HandEye;

/// <summary>Placeholder of the first build.</summary>
internal static class PairSuspicions
{
    public static IReadOnlyList<string> Find(IReadOnlyList<PosePair> pairs, HandEyeSetup setup, IReadOnlyList<PairResidual> residuals) => [];
}
