namespace Capture.Devices.Cameras.V4l2;

/// <summary>What an H.264 access unit says of itself without being decoded (ITU-T H.264 annex B: units behind start codes).</summary>
internal static class H264Units
{
    // nal_unit_type of a coded slice of an IDR picture.
    private const int IdrSlice = 5;

    /// <summary>True where decoding can begin at this access unit.</summary>
    public static bool HasKeyFrame(ReadOnlySpan<byte> unit)
    {
        ReadOnlySpan<byte> startCode = [0, 0, 1];
        while (unit.IndexOf(startCode) is >= 0 and int at && at + 3 < unit.Length)
        {
            int type = unit[at + 3] & 0x1F;
            if (type == IdrSlice)
            {
                return true;
            }

            unit = unit[(at + 3)..];
        }

        return false;
    }
}
