using System.Buffers.Text;
using System.Text;

namespace Capture.Simulation.Truth;

/// <summary>
/// One file of the truth: JSON Lines, appended by any thread, without allocation. What is written reaches the file by <see cref="Flush"/> (the
/// <see cref="TruthFolder"/> does that four times a second), in whole lines only, so a killed simulator leaves a readable file.
/// </summary>
public sealed class TruthFile : IDisposable
{
    private readonly Lock _lock = new();
    private readonly FileStream _file;
    private byte[] _pending = new byte[64 * 1024];
    private int _length;

    public TruthFile(string path) => _file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0);

    /// <summary>Begins a line; the file is locked until the line is disposed.</summary>
    public Line Begin()
    {
        _lock.Enter();
        return new Line(this);
    }

    public void Flush()
    {
        lock (_lock)
        {
            if (_length > 0)
            {
                _file.Write(_pending, 0, _length);
                _length = 0;
            }
        }
    }

    public void Dispose()
    {
        Flush();
        _file.Dispose();
    }

    private Span<byte> Room(int bytes)
    {
        if (_length + bytes > _pending.Length)
        {
            Array.Resize(ref _pending, Math.Max(_pending.Length * 2, _length + bytes));
        }

        return _pending.AsSpan(_length);
    }

    /// <summary>One JSON object being written. Dispose ends it.</summary>
    public ref struct Line
    {
        private readonly TruthFile _owner;
        private bool _any;

        internal Line(TruthFile owner)
        {
            _owner = owner;
            Raw("{"u8);
        }

        public void Number(string name, long value)
        {
            Name(name);
            Number(value);
        }

        public void Real(string name, double value)
        {
            Name(name);
            Real(value);
        }

        public void Flag(string name, bool value)
        {
            Name(name);
            Raw(value ? "true"u8 : "false"u8);
        }

        /// <summary>Text without quotes, backslashes or control characters.</summary>
        public void Text(string name, string value)
        {
            Name(name);
            Raw("\""u8);
            Ascii(value);
            Raw("\""u8);
        }

        public void Null(string name)
        {
            Name(name);
            Raw("null"u8);
        }

        public void Numbers(string name, scoped ReadOnlySpan<long> values)
        {
            Name(name);
            Raw("["u8);
            for (int i = 0; i < values.Length; i++)
            {
                if (i > 0)
                {
                    Raw(","u8);
                }

                Number(values[i]);
            }

            Raw("]"u8);
        }

        public void Reals(string name, scoped ReadOnlySpan<double> values)
        {
            Name(name);
            Raw("["u8);
            for (int i = 0; i < values.Length; i++)
            {
                if (i > 0)
                {
                    Raw(","u8);
                }

                Real(values[i]);
            }

            Raw("]"u8);
        }

        public readonly void Dispose()
        {
            Raw("}\n"u8);
            _owner._lock.Exit();
        }

        private void Name(string name)
        {
            Raw(_any ? ",\""u8 : "\""u8);
            _any = true;
            Ascii(name);
            Raw("\":"u8);
        }

        private readonly void Number(long value)
        {
            Utf8Formatter.TryFormat(value, _owner.Room(24), out int written);
            _owner._length += written;
        }

        private readonly void Real(double value)
        {
            if (!double.IsFinite(value))
            {
                Raw("null"u8);
                return;
            }

            Utf8Formatter.TryFormat(value, _owner.Room(40), out int written);
            _owner._length += written;
        }

        private readonly void Ascii(string text) => _owner._length += Encoding.UTF8.GetBytes(text, _owner.Room(text.Length * 3));

        private readonly void Raw(scoped ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_owner.Room(bytes.Length));
            _owner._length += bytes.Length;
        }
    }
}
