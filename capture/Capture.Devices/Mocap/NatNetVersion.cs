namespace Capture.Devices.Mocap;

/// <summary>Version of the NatNet bitstream; decides which fields a packet has.</summary>
public readonly record struct NatNetVersion(byte Major, byte Minor) : IComparable<NatNetVersion>
{
    /// <summary>Oldest bitstream read: the first with high-resolution time stamps.</summary>
    public static NatNetVersion Oldest => new(3, 0);

    /// <summary>Newest bitstream read; newer servers are asked to send this one.</summary>
    public static NatNetVersion Newest => new(4, 1);

    public bool IsReadable => CompareTo(Oldest) >= 0 && CompareTo(Newest) <= 0;

    /// <summary>Every section count is followed by the section's size in bytes, and frames have assets.</summary>
    public bool HasSectionSizes => CompareTo(new NatNetVersion(4, 1)) >= 0;

    /// <summary>Frames end with a PTP time stamp; body descriptions name their markers.</summary>
    public bool HasPrecisionStamp => Major >= 4;

    public int CompareTo(NatNetVersion other) => ((Major << 8) | Minor).CompareTo((other.Major << 8) | other.Minor);

    public override string ToString() => $"{Major}.{Minor}";
}
