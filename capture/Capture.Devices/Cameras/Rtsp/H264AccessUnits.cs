namespace Capture.Devices.Cameras.Rtsp;

/// <summary>What became of a packet, and of the access unit before it.</summary>
public enum AccessUnitEvent
{
    /// <summary>The unit goes on.</summary>
    Going,

    /// <summary>A whole unit stands in <see cref="H264AccessUnits.Unit"/> until the next call.</summary>
    Complete,

    /// <summary>A unit cannot be used: packets of it are missing or malformed, or it is too large.</summary>
    Spoilt,
}

/// <summary>
/// Joins RTP payloads of H.264 (RFC 6184, packetization modes 0 and 1) to access units in Annex B form (ITU-T H.264): each unit of the network layer behind a start code of four bytes.
/// Key frames always carry their parameter sets: those of the stream, or the ones of the session description. One buffer, bounded; allocates nothing after construction.
/// </summary>
/// <remarks>
/// A unit ends with the marker bit, or where the RTP timestamp changes: then it is complete only if no packet between the two is missing. A number that jumps spoils the unit
/// that it falls into; whether units before it were lost whole cannot be told from the numbers.
/// </remarks>
public sealed class H264AccessUnits
{
    private const int SingleLast = 23;
    private const int StapA = 24;
    private const int FuA = 28;
    private const int KeyFrameUnit = 5;
    private const int SequenceParameters = 7;
    private const int Delimiter = 9;

    private readonly byte[] _buffer;
    private readonly byte[] _parameters;
    private int _length;
    private int _unitEnd;
    private bool _any;
    private bool _open;
    private bool _fragment;
    private bool _spoilt;
    private bool _hasParameters;
    private bool _pendingReset;
    private ushort _next;
    private uint _timestamp;

    /// <param name="maxBytes">Largest unit kept.</param>
    /// <param name="parameters">Parameter sets of the session description in Annex B form; empty where it gives none.</param>
    public H264AccessUnits(int maxBytes, ReadOnlySpan<byte> parameters)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxBytes, 1024);
        _parameters = parameters.ToArray();
        _buffer = new byte[maxBytes + _parameters.Length];
    }

    /// <summary>The last whole access unit.</summary>
    public ReadOnlySpan<byte> Unit => _buffer.AsSpan(0, _unitEnd);

    /// <summary>The unit is an instantaneous refresh: decoding can begin here.</summary>
    public bool IsKeyFrame { get; private set; }

    /// <summary>RTP time of the unit that the last event speaks of.</summary>
    public uint Timestamp { get; private set; }

    /// <summary>Packets that the numbers say are missing, in all.</summary>
    public long MissingPackets { get; private set; }

    /// <summary>Nothing of the unit under way has come yet.</summary>
    public bool Empty => !_open;

    /// <summary>Takes a packet in. A unit that ends because another time begins is reported first: then call again with the same packet.</summary>
    /// <param name="taken">False: the event is about the unit before this packet, which is still to be taken.</param>
    public AccessUnitEvent Take(in RtpPacket packet, out bool taken)
    {
        taken = true;
        Clean();
        if (_any && packet.Sequence != _next)
        {
            int jump = (short)(packet.Sequence - _next);
            if (jump < 0)
            {
                // Late or doubled: over TCP nothing is late, so it is doubled.
                return AccessUnitEvent.Going;
            }

            MissingPackets += jump;
            _next = packet.Sequence;
            _spoilt = true;
        }

        if (_open && packet.Timestamp != _timestamp)
        {
            // No marker came: the first packet of the next picture ends this one. It is taken with the next call.
            taken = false;
            bool lost = _spoilt;
            AccessUnitEvent ended = End();

            // What is missing may belong to the next picture as well.
            _spoilt = lost;
            return ended;
        }

        _any = true;
        _next = (ushort)(packet.Sequence + 1);
        if (!_open)
        {
            _open = true;
            _timestamp = packet.Timestamp;
        }

        if (!Append(packet.Payload))
        {
            _spoilt = true;
        }

        return packet.Marker ? End() : AccessUnitEvent.Going;
    }

    /// <summary>The connection ended: what was under way is lost.</summary>
    public void Reset()
    {
        _any = false;
        _spoilt = false;
        _open = false;
        _pendingReset = true;
        Clean();
    }

    private AccessUnitEvent End()
    {
        Timestamp = _timestamp;
        bool whole = !_spoilt && !_fragment && _length > 0;
        _open = false;
        _spoilt = false;
        _unitEnd = whole ? _length : 0;
        _pendingReset = true;
        return whole ? AccessUnitEvent.Complete : AccessUnitEvent.Spoilt;
    }

    private void Clean()
    {
        if (_pendingReset)
        {
            _length = 0;
            _unitEnd = 0;
            _fragment = false;
            _hasParameters = false;
            IsKeyFrame = false;
            _pendingReset = false;
        }
    }

    private bool Append(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return false;
        }

        int type = payload[0] & 0x1F;
        if (_fragment && type != FuA)
        {
            return false;
        }

        switch (type)
        {
            case >= 1 and <= SingleLast:
                return AppendWhole(payload);
            case StapA:
                return AppendAggregate(payload[1..]);
            case FuA:
                return AppendFragment(payload);
            default:
                // Interleaved modes (STAP-B, MTAP, FU-B) are never sent unless asked for.
                return false;
        }
    }

    private bool AppendAggregate(ReadOnlySpan<byte> units)
    {
        while (units.Length >= 2)
        {
            int length = (units[0] << 8) | units[1];
            if (length == 0 || length > units.Length - 2 || !AppendWhole(units.Slice(2, length)))
            {
                return false;
            }

            units = units[(2 + length)..];
        }

        return units.IsEmpty;
    }

    private bool AppendFragment(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 3)
        {
            return false;
        }

        bool starts = (payload[1] & 0x80) != 0;
        bool ends = (payload[1] & 0x40) != 0;
        if (starts == _fragment || (starts && ends))
        {
            return false;
        }

        if (starts)
        {
            Span<byte> head = [(byte)((payload[0] & 0xE0) | (payload[1] & 0x1F))];
            if (!AppendWhole(head))
            {
                return false;
            }
        }

        _fragment = !ends;
        return Put(payload[2..]);
    }

    private bool AppendWhole(ReadOnlySpan<byte> unit)
    {
        int type = unit[0] & 0x1F;
        _hasParameters |= type == SequenceParameters;
        if (type == KeyFrameUnit && !IsKeyFrame)
        {
            IsKeyFrame = true;
            if (!_hasParameters && !PutParameters())
            {
                return false;
            }
        }

        return type is Delimiter ? true : PutStartCode() && Put(unit);
    }

    // Before everything of the unit that has come so far, so that a decoder can begin at its first byte.
    private bool PutParameters()
    {
        if (_length + _parameters.Length > _buffer.Length)
        {
            return false;
        }

        _buffer.AsSpan(0, _length).CopyTo(_buffer.AsSpan(_parameters.Length));
        _parameters.CopyTo(_buffer, 0);
        _length += _parameters.Length;
        _hasParameters = true;
        return true;
    }

    private bool PutStartCode() => Put([0, 0, 0, 1]);

    private bool Put(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _buffer.Length)
        {
            return false;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
        return true;
    }
}
