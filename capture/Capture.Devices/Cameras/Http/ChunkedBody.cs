namespace Capture.Devices.Cameras.Http;

/// <summary>Takes the chunk framing off an HTTP body (RFC 9112, 7.1), whatever pieces it arrives in. Allocates nothing.</summary>
public struct ChunkedBody
{
    private Stage stage;
    private long remaining;
    private int digits;
    private int lineBytes;

    private enum Stage
    {
        Size,
        Extension,
        SizeLineFeed,
        Data,
        DataReturn,
        DataLineFeed,
        Ended,
    }

    /// <summary>The last chunk was read: no picture follows.</summary>
    public readonly bool Ended => stage == Stage.Ended;

    /// <summary>Takes as much of <paramref name="input"/> as holds at most one run of body bytes.</summary>
    /// <param name="body">Body bytes within <paramref name="input"/>; may be empty.</param>
    /// <returns>Malformed where the framing is broken: the connection is of no more use.</returns>
    public ParseStatus Read(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> body, out int consumed)
    {
        body = default;
        consumed = 0;
        while (consumed < input.Length && stage != Stage.Ended)
        {
            if (stage == Stage.Data)
            {
                int count = (int)Math.Min(remaining, input.Length - consumed);
                body = input.Slice(consumed, count);
                consumed += count;
                remaining -= count;
                stage = remaining == 0 ? Stage.DataReturn : Stage.Data;
                return ParseStatus.Complete;
            }

            if (!Step(input[consumed++]))
            {
                return ParseStatus.Malformed;
            }
        }

        return ParseStatus.NeedMore;
    }

    private bool Step(byte b)
    {
        switch (stage)
        {
            case Stage.Size when HexDigit(b) is >= 0 and var digit:
                remaining = (remaining << 4) | (uint)digit;
                return ++digits <= 8;
            case Stage.Size or Stage.Extension when b == '\r':
                stage = Stage.SizeLineFeed;
                return digits > 0;
            case Stage.Size when b is (byte)';' or (byte)' ' or (byte)'\t':
                stage = Stage.Extension;
                lineBytes = 0;
                return digits > 0;
            case Stage.Extension:
                return ++lineBytes <= 1024;
            case Stage.SizeLineFeed when b == '\n':
                stage = remaining == 0 ? Stage.Ended : Stage.Data;
                digits = 0;
                return true;
            case Stage.DataReturn when b == '\r':
                stage = Stage.DataLineFeed;
                return true;
            case Stage.DataLineFeed when b == '\n':
                stage = Stage.Size;
                return true;
            default:
                return false;
        }
    }

    private static int HexDigit(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };
}
