using Capture.Episodes.Schema;

namespace Capture.Devices.Mocap;

/// <summary>A rigid body in a frame, by the server's id.</summary>
public readonly record struct NatNetBody(int Id, MocapBody Pose);

/// <summary>One frame of motion capture, read over and over into the same memory.</summary>
public sealed class NatNetFrame(int maxBodies, int maxMarkers)
{
    private readonly NatNetBody[] bodies = new NatNetBody[maxBodies];
    private readonly MocapMarker[] markers = new MocapMarker[maxMarkers];
    private int bodyCount;
    private int markerCount;

    public int Number { get; internal set; }

    public ReadOnlySpan<NatNetBody> Bodies => bodies.AsSpan(0, bodyCount);

    public ReadOnlySpan<MocapMarker> Markers => markers.AsSpan(0, markerCount);

    /// <summary>Bodies or markers beyond this frame's room, which were left out.</summary>
    public int CutItems { get; private set; }

    public uint Timecode { get; internal set; }

    public uint TimecodeSubframe { get; internal set; }

    /// <summary>Seconds since the server's software started.</summary>
    public double SoftwareTimeS { get; internal set; }

    /// <summary>Ticks of the server's clock; 0 where the cameras do not give it.</summary>
    public ulong MidExposureTicks { get; internal set; }

    public ulong DataReceivedTicks { get; internal set; }

    public ulong TransmitTicks { get; internal set; }

    /// <summary>PTP seconds (4.0 and later; 0 where not in use).</summary>
    public uint PrecisionSeconds { get; internal set; }

    public uint PrecisionFraction { get; internal set; }

    public bool Recording { get; internal set; }

    /// <summary>The server's list of models changed: ask for it again.</summary>
    public bool ModelsChanged { get; internal set; }

    internal void Clear()
    {
        bodyCount = 0;
        markerCount = 0;
        CutItems = 0;
    }

    internal void Add(in NatNetBody body)
    {
        if (bodyCount < bodies.Length)
        {
            bodies[bodyCount++] = body;
        }
        else
        {
            CutItems++;
        }
    }

    internal void Add(in MocapMarker marker)
    {
        if (markerCount < markers.Length)
        {
            markers[markerCount++] = marker;
        }
        else
        {
            CutItems++;
        }
    }
}
