using Capture.Episodes.Schema;

namespace Capture.Devices.Mocap;

/// <summary>Sections of a frame, to say where reading failed.</summary>
public enum NatNetSection
{
    None,
    MarkerSets,
    OtherMarkers,
    RigidBodies,
    Skeletons,
    Assets,
    LabeledMarkers,
    ForcePlates,
    Devices,
    Suffix,
}

/// <summary>
/// Reads the payload of message 7, bitstream 3.0–4.1. Fields follow NatNet SDK's PacketClient; they are not aligned. 4.1 puts a byte count
/// after every section count, which is checked against what was read. Allocates nothing.
/// </summary>
public static class NatNetFrameReader
{
    private const int BodyBytes = 4 + 12 + 16 + 4 + 2;
    private const int MarkerBytes = 4 + 12 + 4 + 2 + 4;

    /// <returns>Complete or Malformed; a datagram is whole or it is nothing.</returns>
    /// <param name="failedAt">Where reading stopped; None when it did not.</param>
    public static ParseStatus Read(ReadOnlySpan<byte> payload, NatNetVersion version, NatNetFrame frame, out NatNetSection failedAt)
    {
        frame.Clear();
        NatNetCursor c = new(payload);
        frame.Number = c.Int32();
        failedAt = ReadSections(ref c, version, frame);
        if (failedAt != NatNetSection.None)
        {
            return ParseStatus.Malformed;
        }

        ReadSuffix(ref c, version, frame);

        // Some servers count the four closing zero bytes in, some do not.
        if (c.Failed || c.Remaining is not (0 or 4))
        {
            failedAt = NatNetSection.Suffix;
            return ParseStatus.Malformed;
        }

        return ParseStatus.Complete;
    }

    private static NatNetSection ReadSections(ref NatNetCursor c, NatNetVersion version, NatNetFrame frame)
    {
        int count = Begin(ref c, version, 5, out int end);
        for (int i = 0; i < count && !c.Failed; i++)
        {
            _ = c.Text();
            c.Skip(c.Count(12) * 12L);
        }

        if (!Ended(ref c, end))
        {
            return NatNetSection.MarkerSets;
        }

        count = Begin(ref c, version, 12, out end);
        c.Skip(count * 12L);
        if (!Ended(ref c, end))
        {
            return NatNetSection.OtherMarkers;
        }

        count = Begin(ref c, version, BodyBytes, out end);
        for (int i = 0; i < count; i++)
        {
            frame.Add(ReadBody(ref c));
        }

        if (!Ended(ref c, end))
        {
            return NatNetSection.RigidBodies;
        }

        count = Begin(ref c, version, 8, out end);
        for (int i = 0; i < count && !c.Failed; i++)
        {
            c.Skip(4);
            c.Skip((long)c.Count(BodyBytes) * BodyBytes);
        }

        if (!Ended(ref c, end))
        {
            return NatNetSection.Skeletons;
        }

        if (version.HasSectionSizes)
        {
            count = Begin(ref c, version, 12, out end);
            for (int i = 0; i < count && !c.Failed; i++)
            {
                c.Skip(4);
                c.Skip((long)c.Count(BodyBytes) * BodyBytes);
                c.Skip((long)c.Count(MarkerBytes) * MarkerBytes);
            }

            if (!Ended(ref c, end))
            {
                return NatNetSection.Assets;
            }
        }

        count = Begin(ref c, version, MarkerBytes, out end);
        for (int i = 0; i < count; i++)
        {
            frame.Add(ReadMarker(ref c));
        }

        if (!Ended(ref c, end))
        {
            return NatNetSection.LabeledMarkers;
        }

        return !SkipAnalog(ref c, version) ? NatNetSection.ForcePlates
            : !SkipAnalog(ref c, version) ? NatNetSection.Devices
            : NatNetSection.None;
    }

    /// <summary>Reads a section's count, and where it must end if the bitstream says so.</summary>
    private static int Begin(ref NatNetCursor c, NatNetVersion version, int minItemBytes, out int end)
    {
        end = -1;
        if (!version.HasSectionSizes)
        {
            return c.Count(minItemBytes);
        }

        int count = c.Int32();
        int bytes = c.Int32();
        if (c.Failed || count < 0 || bytes < 0 || bytes > c.Remaining || (long)count * minItemBytes > bytes)
        {
            c.Skip(-1);
            return 0;
        }

        end = c.Offset + bytes;
        return count;
    }

    private static bool Ended(ref NatNetCursor c, int end) => !c.Failed && (end < 0 || c.Offset == end);

    private static NatNetBody ReadBody(ref NatNetCursor c)
    {
        int id = c.Int32();
        float x = c.Single();
        float y = c.Single();
        float z = c.Single();
        float qx = c.Single();
        float qy = c.Single();
        float qz = c.Single();
        float qw = c.Single();
        float error = c.Single();
        bool tracked = (c.Int16() & 1) != 0;
        return new NatNetBody(id, new MocapBody(tracked, x, y, z, qx, qy, qz, qw, error));
    }

    private static MocapMarker ReadMarker(ref NatNetCursor c)
    {
        int id = c.Int32();
        float x = c.Single();
        float y = c.Single();
        float z = c.Single();
        float size = c.Single();
        bool occluded = (c.Int16() & 1) != 0;
        float residual = c.Single();
        return new MocapMarker(id, x, y, z, size, residual, occluded);
    }

    /// <summary>Force plates and devices are laid out alike: {id, channels: {values: f32}}.</summary>
    private static bool SkipAnalog(ref NatNetCursor c, NatNetVersion version)
    {
        int count = Begin(ref c, version, 8, out int end);
        for (int i = 0; i < count && !c.Failed; i++)
        {
            c.Skip(4);
            int channels = c.Count(4);
            for (int channel = 0; channel < channels && !c.Failed; channel++)
            {
                c.Skip(c.Count(4) * 4L);
            }
        }

        return Ended(ref c, end);
    }

    private static void ReadSuffix(ref NatNetCursor c, NatNetVersion version, NatNetFrame frame)
    {
        frame.Timecode = c.UInt32();
        frame.TimecodeSubframe = c.UInt32();
        frame.SoftwareTimeS = c.Double();
        frame.MidExposureTicks = c.UInt64();
        frame.DataReceivedTicks = c.UInt64();
        frame.TransmitTicks = c.UInt64();
        frame.PrecisionSeconds = version.HasPrecisionStamp ? c.UInt32() : 0;
        frame.PrecisionFraction = version.HasPrecisionStamp ? c.UInt32() : 0;
        short flags = c.Int16();
        frame.Recording = (flags & 1) != 0;
        frame.ModelsChanged = (flags & 2) != 0;
    }
}
