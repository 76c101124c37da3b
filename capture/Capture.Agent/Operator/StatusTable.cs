using System.Globalization;
using System.Text.Unicode;

namespace Capture.Agent.Operator;

/// <summary>
/// Draws the live table of a recording. Formats into one fixed buffer and writes bytes: the recorder allocates nothing while it is armed, and a
/// console that allocates would bring the collector back into its process.
/// </summary>
internal sealed class StatusTable
{
    private const int NameWidth = 16;

    private readonly byte[] _buffer;
    private readonly Stream _output;
    private readonly bool _redraw;
    private readonly bool _colour;
    private int _length;
    private int _drawnLines;

    /// <param name="redraw">True on a terminal: the table is drawn over itself. Otherwise each call appends one line that sums up.</param>
    public StatusTable(Stream output, int streams, bool redraw, bool colour)
    {
        _output = output;
        _redraw = redraw;
        _colour = colour && redraw;
        _buffer = new byte[(streams + 6) * 256];
    }

    public void Draw(ReadOnlySpan<StreamLine> lines, TimeSpan elapsed, string note)
    {
        _length = 0;
        if (_redraw)
        {
            DrawTable(lines, elapsed, note);
        }
        else
        {
            DrawSummary(lines, elapsed, note);
        }

        _output.Write(_buffer.AsSpan(0, _length));
        _output.Flush();
    }

    private void DrawTable(ReadOnlySpan<StreamLine> lines, TimeSpan elapsed, string note)
    {
        if (_drawnLines > 0)
        {
            // CSI n F: up n lines, to the first column.
            Put($"\e[{_drawnLines}F");
        }

        Total(lines, out long bytes, out long dropped);
        Put($" recording {(int)elapsed.TotalHours:00}:{elapsed.Minutes:00}:{elapsed.Seconds:00}   ");
        Bytes(bytes);
        Put($"   {dropped} dropped   Ctrl+C ends   {note}\e[K\n");
        Put($" {"stream",-NameWidth} {"state",-10} {"rate /s",9} {"lag ms",8} {"rows",10} {"drops",8} {"bytes",10} {"sigma us",10}\e[K\n");
        foreach (ref readonly StreamLine line in lines)
        {
            bool lost = line.State is "lost" or "stopped";
            bool slow = line.NominalHz > 0 && line.Rows > line.NominalHz && line.RateHz < 0.9 * line.NominalHz;
            bool marked = !lost && line.Mark is not null;
            if (_colour && (lost || marked || line.Dropped > 0 || slow))
            {
                Put($"{(lost || marked ? "\e[31m" : "\e[33m")}");
            }

            Put($" {line.Name,-NameWidth} {(marked ? line.Mark! : line.State),-10} {line.RateHz,9:0.0} ");
            Number(line.LagMs, 8);
            Put($" {line.Rows,10} {line.Dropped,8} ");
            Bytes(line.Bytes);
            Put($" ");
            Number(line.SigmaUs, 10);
            Put($"{(_colour ? "\e[0m" : "")}\e[K\n");
        }

        _drawnLines = lines.Length + 2;
    }

    private void DrawSummary(ReadOnlySpan<StreamLine> lines, TimeSpan elapsed, string note)
    {
        Total(lines, out long bytes, out long dropped);
        int running = 0;
        foreach (ref readonly StreamLine line in lines)
        {
            running += line.State == "running" ? 1 : 0;
        }

        Put($"recording {elapsed.TotalSeconds,6:0.0} s  {running}/{lines.Length} streams running  ");
        Bytes(bytes);
        Put($"  {dropped} dropped  {note}");
        foreach (ref readonly StreamLine line in lines)
        {
            if (line.Mark is not null)
            {
                Put($"  {line.Name}: {line.Mark}");
            }
        }

        Put($"\n");
    }

    private static void Total(ReadOnlySpan<StreamLine> lines, out long bytes, out long dropped)
    {
        bytes = 0;
        dropped = 0;
        foreach (ref readonly StreamLine line in lines)
        {
            bytes += line.Bytes;
            dropped += line.Dropped;
        }
    }

    private void Bytes(long bytes)
    {
        if (bytes >= 1_000_000_000)
        {
            Put($"{bytes / 1e9,7:0.00} GB");
        }
        else if (bytes >= 1_000_000)
        {
            Put($"{bytes / 1e6,7:0.0} MB");
        }
        else
        {
            Put($"{bytes / 1e3,7:0.0} kB");
        }
    }

    private void Number(double value, int width)
    {
        if (double.IsNaN(value))
        {
            Put($"{(width == 8 ? "       -" : "         -")}");
        }
        else if (width == 8)
        {
            Put($"{value,8:0.0}");
        }
        else
        {
            Put($"{value,10:0.0}");
        }
    }

    // The handler formats straight into the buffer; what does not fit is left out rather than drawn half.
    private void Put([System.Runtime.CompilerServices.InterpolatedStringHandlerArgument("")] Utf8Text text) => _length += text.Length;

    private Span<byte> Free => _buffer.AsSpan(_length);

    /// <summary>Appends to the table's buffer, invariant culture, no allocation.</summary>
    [System.Runtime.CompilerServices.InterpolatedStringHandler]
    internal ref struct Utf8Text
    {
        private readonly Span<byte> _target;

        public Utf8Text(int literalLength, int formattedCount, StatusTable table)
        {
            _ = literalLength;
            _ = formattedCount;
            _target = table.Free;
            Length = 0;
        }

        public int Length { get; set; }

        public void AppendLiteral(string text) => AppendFormatted(text);

        public void AppendFormatted(string text) => AppendFormatted(text, 0);

        public void AppendFormatted(string text, int alignment)
        {
            int width = Math.Abs(alignment);
            int pad = Math.Max(0, width - text.Length);
            if (alignment > 0)
            {
                Spaces(pad);
            }

            if (Utf8.FromUtf16(text, _target[Length..], out _, out int written) == System.Buffers.OperationStatus.Done)
            {
                Length += written;
            }

            if (alignment < 0)
            {
                Spaces(pad);
            }
        }

        public void AppendFormatted<T>(T value, string? format = null)
            where T : IUtf8SpanFormattable => AppendFormatted(value, 0, format);

        public void AppendFormatted<T>(T value, int alignment, string? format = null)
            where T : IUtf8SpanFormattable
        {
            Span<byte> text = stackalloc byte[40];
            if (!value.TryFormat(text, out int written, format, CultureInfo.InvariantCulture))
            {
                return;
            }

            Spaces(Math.Max(0, alignment - written));
            if (text[..written].TryCopyTo(_target[Length..]))
            {
                Length += written;
            }
        }

        private void Spaces(int count)
        {
            count = Math.Min(count, _target.Length - Length);
            _target.Slice(Length, count).Fill((byte)' ');
            Length += count;
        }
    }
}
