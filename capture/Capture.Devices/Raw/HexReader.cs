namespace Capture.Devices.Raw;

/// <summary>
/// Bytes as text: pairs of hexadecimal digits; white space, commas, colons and dashes between pairs, an optional 0x before each, and comments
/// from '#' to the line's end. Offsets count the bytes that the text stands for; a problem names the character.
/// </summary>
internal sealed class HexReader(RawInput input) : RawReader
{
    private const int PieceBytes = 32 * 1024;

    private readonly byte[] decoded = new byte[PieceBytes];
    private int high = -1;
    private bool comment;
    private bool ended;
    private long offset;

    public override RawFormat Format => RawFormat.Hex;

    /// <summary>Only what a hex file may hold, and at least one pair of digits.</summary>
    public static bool LooksLikeHex(ReadOnlySpan<byte> start)
    {
        int digits = 0;
        bool inComment = false;
        foreach (byte b in start)
        {
            inComment = b != '\n' && (inComment || b == '#');
            if (inComment)
            {
                if (b is < 0x20 and not (byte)'\t' and not (byte)'\r' or 0x7F)
                {
                    return false;
                }

                continue;
            }

            if (Digit(b) >= 0)
            {
                digits++;
            }
            else if (!IsBetween(b) && b is not (byte)'x' and not (byte)'X')
            {
                return false;
            }
        }

        return digits >= 2;
    }

    public override bool Next(out RawPayload payload)
    {
        payload = default;
        if (ended)
        {
            return false;
        }

        int count = 0;
        while (count < decoded.Length)
        {
            ReadOnlySpan<byte> text = input.Peek(1);
            if (text.IsEmpty)
            {
                // What is whole goes first; half a byte comes up at the next call.
                ended = high < 0 || count == 0;
                if (high >= 0 && count == 0)
                {
                    return Problem("the text ends with half a byte", out payload);
                }

                break;
            }

            byte b = text[0];
            if (!Take(b, decoded, ref count))
            {
                // Hand over what is whole first; the odd character comes up again at the next call.
                if (count > 0)
                {
                    break;
                }

                long at = input.Offset;
                high = -1;
                input.Skip(1);
                return Problem($"character {at} (0x{b:X2}) is not part of a hexadecimal byte", out payload);
            }

            input.Skip(1);
        }

        payload = new RawPayload { Offset = offset, Transport = RawTransport.Stream, Bytes = decoded.AsSpan(0, count) };
        offset += count;
        return count > 0;
    }

    private bool Problem(string what, out RawPayload payload)
    {
        payload = new RawPayload { Offset = offset, Transport = RawTransport.Other, Problem = what };
        return true;
    }

    private bool Take(byte b, byte[] target, ref int count)
    {
        if (comment)
        {
            comment = b != '\n';
            return true;
        }

        int digit = Digit(b);
        if (digit >= 0)
        {
            if (high < 0)
            {
                high = digit;
            }
            else
            {
                target[count++] = (byte)((high << 4) | digit);
                high = -1;
            }

            return true;
        }

        // "0x": the zero was no digit of a pair.
        if (b is (byte)'x' or (byte)'X' && high == 0)
        {
            high = -1;
            return true;
        }

        comment = b == '#' && high < 0;
        return comment || (IsBetween(b) && high < 0);
    }

    private static bool IsBetween(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)',' or (byte)':' or (byte)'-' or (byte)'#';

    private static int Digit(byte b) => b switch
    {
        >= (byte)'0' and <= (byte)'9' => b - '0',
        >= (byte)'a' and <= (byte)'f' => b - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => b - 'A' + 10,
        _ => -1,
    };
}
