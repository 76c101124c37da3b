using System.Buffers;
using System.Globalization;
using System.Text;

namespace Capture.Arrow;

/// <summary>
/// Writes JSON text, one value a line, without a bound on the length of a value (a frame of many megabytes as base64). Commas are put where they belong;
/// nesting is the caller's to keep. Text is UTF-8 as it is, only what JSON must escape is escaped.
/// </summary>
internal sealed class JsonLines(Stream stream)
{
    private const int FlushAt = 1 << 16;

    private static readonly SearchValues<byte> s_plain = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0xE0).Select(b => (byte)b).Where(b => b is not ((byte)'"' or (byte)'\\'))]);

    private readonly byte[] _buffer = new byte[FlushAt + 4096];
    private int _filled;
    private bool _comma;

    public void BeginObject() => Open((byte)'{');

    public void EndObject() => Close((byte)'}');

    public void BeginArray() => Open((byte)'[');

    public void EndArray() => Close((byte)']');

    /// <summary>Ends the line.</summary>
    public void EndLine()
    {
        Put("\n"u8);
        _comma = false;
    }

    /// <summary>Hands all that was written to the stream.</summary>
    public void Flush()
    {
        stream.Write(_buffer, 0, _filled);
        _filled = 0;
    }

    public void Name(string name)
    {
        String(name);
        Put(":"u8);
        _comma = false;
    }

    public void String(string text) => Text(Encoding.UTF8.GetBytes(text));

    /// <summary>A string of UTF-8 that was checked.</summary>
    public void Text(ReadOnlySpan<byte> text)
    {
        Separate();
        Put("\""u8);
        while (!text.IsEmpty)
        {
            int plain = text.IndexOfAnyExcept(s_plain);
            plain = plain < 0 ? text.Length : plain;
            Put(text[..plain]);
            text = text[plain..];
            if (!text.IsEmpty)
            {
                Escape(text[0]);
                text = text[1..];
            }
        }

        Put("\""u8);
    }

    public void Base64(ReadOnlySpan<byte> bytes)
    {
        Separate();
        Put("\""u8);
        while (!bytes.IsEmpty)
        {
            int part = Math.Min(bytes.Length, 3 * 1024);
            Room(4 * 1024);
            System.Buffers.Text.Base64.EncodeToUtf8(bytes[..part], _buffer.AsSpan(_filled), out _, out int written);
            _filled += written;
            bytes = bytes[part..];
        }

        Put("\""u8);
    }

    public void Bool(bool value) => Raw(value ? "true"u8 : "false"u8);

    public void Null() => Raw("null"u8);

    /// <summary>A number of at most 53 bits, as a JSON number.</summary>
    public void Number(long value) => Formatted(value);

    /// <summary>The shortest number that reads back as this one; what JSON has no number for as text.</summary>
    public void Number(double value)
    {
        if (double.IsFinite(value))
        {
            Formatted(value, "R");
        }
        else
        {
            NotFinite(double.IsNaN(value), value > 0, BitConverter.DoubleToUInt64Bits(value), 0x7FF8_0000_0000_0000);
        }
    }

    /// <summary>The same for a single: as the double that it equals, so that a reader need not know its width.</summary>
    public void Number(float value)
    {
        if (float.IsFinite(value))
        {
            Number((double)value);
        }
        else
        {
            NotFinite(float.IsNaN(value), value > 0, BitConverter.SingleToUInt32Bits(value), 0x7FC0_0000);
        }
    }

    /// <summary>The same for a half.</summary>
    public void HalfNumber(Half value)
    {
        if (Half.IsFinite(value))
        {
            Number((double)value);
        }
        else
        {
            NotFinite(Half.IsNaN(value), Half.IsPositive(value), BitConverter.HalfToUInt16Bits(value), 0x7E00);
        }
    }

    private void Formatted<T>(T value, string? format = null)
        where T : IUtf8SpanFormattable
    {
        Separate();
        Room(64);
        if (!value.TryFormat(_buffer.AsSpan(_filled), out int written, format, CultureInfo.InvariantCulture))
        {
            throw new InvalidOperationException("A number took more than 64 characters.");
        }

        _filled += written;
    }

    /// <summary>A NaN other than the usual one keeps its bits.</summary>
    private void NotFinite(bool nan, bool positive, ulong bits, ulong usual) =>
        String(nan ? bits == usual ? "NaN" : $"NaN(0x{bits:x})" : positive ? "Infinity" : "-Infinity");

    private void Escape(byte character)
    {
        ReadOnlySpan<byte> digits = "0123456789abcdef"u8;
        switch (character)
        {
            case (byte)'"': Put("\\\""u8); break;
            case (byte)'\\': Put("\\\\"u8); break;
            case (byte)'\n': Put("\\n"u8); break;
            case (byte)'\r': Put("\\r"u8); break;
            case (byte)'\t': Put("\\t"u8); break;
            default: Put([(byte)'\\', (byte)'u', (byte)'0', (byte)'0', digits[character >> 4], digits[character & 15]]); break;
        }
    }

    private void Raw(ReadOnlySpan<byte> text)
    {
        Separate();
        Put(text);
    }

    private void Open(byte bracket)
    {
        Separate();
        Put([bracket]);
        _comma = false;
    }

    private void Close(byte bracket)
    {
        Put([bracket]);
        _comma = true;
    }

    private void Separate()
    {
        if (_comma)
        {
            Put(","u8);
        }

        _comma = true;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _filled)
        {
            Flush();
            if (bytes.Length > _buffer.Length)
            {
                stream.Write(bytes);
                return;
            }
        }

        bytes.CopyTo(_buffer.AsSpan(_filled));
        _filled += bytes.Length;
    }

    private void Room(int bytes)
    {
        if (bytes > _buffer.Length - _filled)
        {
            Flush();
        }
    }
}
