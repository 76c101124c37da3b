namespace Capture.Arrow;

/// <summary>Rounding up to the alignments of the format.</summary>
internal static class Padding
{
    public static long To64(long value) => (value + 63) & ~63L;

    public static int To8(int value) => (value + 7) & ~7;
}
