using System.Text;

namespace Capture.Devices.Mocap;

/// <summary>A rigid body as the server describes it.</summary>
public sealed record NatNetBodyModel(string Name, int Id, int ParentId, int Markers);

/// <summary>The server's descriptions of what it tracks (message 5), as far as rigid bodies go.</summary>
/// <param name="Datasets">Descriptions read, of every type.</param>
/// <param name="Unread">Why reading stopped early: a type that this bitstream gives no length for; null where all was read.</param>
public sealed record NatNetModels(IReadOnlyList<NatNetBodyModel> Bodies, int Datasets, string? Unread)
{
    private const int MarkerSet = 0;
    private const int RigidBody = 1;
    private const int Skeleton = 2;
    private const int ForcePlate = 3;
    private const int Device = 4;
    private const int Camera = 5;

    /// <summary>Reads the payload of message 5, bitstream 3.0–4.1. Allocates what the payload holds, never more.</summary>
    public static bool TryRead(ReadOnlySpan<byte> payload, NatNetVersion version, out NatNetModels? models)
    {
        models = null;
        List<NatNetBodyModel> bodies = [];
        NatNetCursor c = new(payload);
        int count = c.Count(4);
        string? unread = null;
        int read = 0;
        for (; read < count && !c.Failed && unread is null; read++)
        {
            int type = c.Int32();
            if (version.HasSectionSizes)
            {
                int bytes = c.Int32();
                int start = c.Offset;
                if (c.Failed || bytes < 0 || bytes > c.Remaining)
                {
                    return false;
                }

                if (type == RigidBody)
                {
                    bodies.Add(ReadBody(ref c, version));
                }

                if (c.Failed || c.Offset > start + bytes)
                {
                    return false;
                }

                c.Skip(start + bytes - c.Offset);
            }
            else
            {
                unread = ReadWithoutSize(ref c, type, version, bodies);
            }
        }

        if (c.Failed)
        {
            return false;
        }

        models = new NatNetModels(bodies, read, unread);
        return true;
    }

    private static string? ReadWithoutSize(ref NatNetCursor c, int type, NatNetVersion version, List<NatNetBodyModel> bodies)
    {
        switch (type)
        {
            case MarkerSet:
                _ = c.Text();
                SkipTexts(ref c);
                return null;
            case RigidBody:
                bodies.Add(ReadBody(ref c, version));
                return null;
            case Skeleton:
                _ = c.Text();
                c.Skip(4);
                int bones = c.Count(24);
                for (int i = 0; i < bones && !c.Failed; i++)
                {
                    _ = ReadBody(ref c, version);
                }

                return null;
            case ForcePlate:
                c.Skip(4);
                _ = c.Text();
                c.Skip((2 + 3 + 144 + 12) * 4);
                c.Skip(8);
                SkipTexts(ref c);
                return null;
            case Device:
                c.Skip(4);
                _ = c.Text();
                _ = c.Text();
                c.Skip(8);
                SkipTexts(ref c);
                return null;
            case Camera:
                _ = c.Text();
                c.Skip(7 * 4);
                return null;
            default:
                return $"description of unknown type {type}";
        }
    }

    private static void SkipTexts(ref NatNetCursor c)
    {
        int count = c.Count(1);
        for (int i = 0; i < count && !c.Failed; i++)
        {
            _ = c.Text();
        }
    }

    private static NatNetBodyModel ReadBody(ref NatNetCursor c, NatNetVersion version)
    {
        string name = Encoding.UTF8.GetString(c.Text());
        int id = c.Int32();
        int parent = c.Int32();
        c.Skip(12);
        int markers = c.Count(16);
        c.Skip(markers * 16L);
        for (int i = 0; version.HasPrecisionStamp && i < markers && !c.Failed; i++)
        {
            _ = c.Text();
        }

        return new NatNetBodyModel(name, id, parent, markers);
    }
}
