using System.Runtime.InteropServices;
using Capture.Core.Time;

namespace FirmwareBridge.Serial;

/// <summary>How a read or write ended.</summary>
public enum SerialStatus
{
    Ok,

    /// <summary>Nothing came, or not all could be handed over, in the time given.</summary>
    TimedOut,

    /// <summary>The device is gone (unplugged, or the other end of a pseudo-terminal closed). Close the port and look for it anew.</summary>
    Closed,
}

/// <summary>
/// A serial port: raw, 8N1, no flow control, exact baud rate, exclusive. Reading and writing allocate nothing and throw nothing; one thread may read while another writes.
/// Sources: termios(3), ioctl_tty(2), ioctl_tty's BOTHER and TIOCEXCL, flock(2).
/// </summary>
public sealed unsafe class SerialPort : IDisposable
{
    private readonly SerialPortHandle _handle;

    private SerialPort(string path, SerialPortHandle handle)
    {
        Path = path;
        _handle = handle;
    }

    public string Path { get; }

    /// <summary>The baud rate that the driver set, which may differ by a fraction of a percent from the one asked for.</summary>
    public int Baud { get; private set; }

    /// <summary>True if the driver took ASYNC_LOW_LATENCY (FTDI adapters otherwise hold bytes back for up to 16 ms). USB CDC boards and pseudo-terminals have no such setting and no such delay.</summary>
    public bool HasLowLatency { get; private set; }

    /// <param name="path">/dev/ttyACM0, /dev/serial/by-id/…; links are followed.</param>
    /// <param name="baud">Bits a second, 50 to 12,000,000: any number that the adapter can make, not only the classic ones. USB CDC ignores it.</param>
    /// <exception cref="SerialPortException">The port is missing, in use, not permitted, or cannot do what is asked.</exception>
    public static SerialPort Open(string path, int baud = 115_200)
    {
        if (baud is < 50 or > 12_000_000)
        {
            throw new SerialPortException(SerialFault.BaudNotSupported, path, $"{path}: baud {baud} is outside 50 to 12,000,000.");
        }

        // Non-blocking, so that opening does not wait for a carrier; all waiting is done by poll.
        int fd = SerialNative.Open(path, SerialNative.O_RDWR | SerialNative.O_NOCTTY | SerialNative.O_NONBLOCK | SerialNative.O_CLOEXEC);
        if (fd < 0)
        {
            throw SerialPortException.FromOpen(path, Marshal.GetLastPInvokeError());
        }

        SerialPort port = new(path, new SerialPortHandle(fd));
        try
        {
            port.Claim();
            port.MakeRaw(baud);
            port.AskForLowLatency();
            port.DiscardBuffers();
            return port;
        }
        catch
        {
            port.Dispose();
            throw;
        }
    }

    /// <summary>Waits for bytes and reads what is there.</summary>
    /// <param name="timeout">Rounded up to milliseconds; zero looks only.</param>
    /// <param name="count">Bytes read, more than 0 when <see cref="SerialStatus.Ok"/>.</param>
    public SerialStatus Read(Span<byte> to, Duration timeout, out int count)
    {
        count = 0;
        SerialStatus status = Wait(SerialNative.POLLIN, timeout);
        if (status != SerialStatus.Ok)
        {
            return status;
        }

        nint got;
        fixed (byte* at = to)
        {
            got = SerialNative.Read(_handle, at, (nuint)to.Length);
        }

        if (got > 0)
        {
            count = (int)got;
            return SerialStatus.Ok;
        }

        return got < 0 && Marshal.GetLastPInvokeError() is SerialNative.EAGAIN or SerialNative.EINTR ? SerialStatus.TimedOut : SerialStatus.Closed;
    }

    /// <summary>Hands bytes to the driver.</summary>
    /// <param name="timeout">For the driver to make room, each time that it is full.</param>
    /// <param name="written">Less than all only when not <see cref="SerialStatus.Ok"/>.</param>
    public SerialStatus Write(ReadOnlySpan<byte> from, Duration timeout, out int written)
    {
        written = 0;
        while (written < from.Length)
        {
            nint taken;
            fixed (byte* at = from[written..])
            {
                taken = SerialNative.Write(_handle, at, (nuint)(from.Length - written));
            }

            if (taken > 0)
            {
                written += (int)taken;
                continue;
            }

            if (taken < 0 && Marshal.GetLastPInvokeError() is not (SerialNative.EAGAIN or SerialNative.EINTR))
            {
                return SerialStatus.Closed;
            }

            SerialStatus status = Wait(SerialNative.POLLOUT, timeout);
            if (status != SerialStatus.Ok)
            {
                return status;
            }
        }

        return SerialStatus.Ok;
    }

    /// <summary>Throws away what was received and not read, and what was written and not sent.</summary>
    public void DiscardBuffers() => _ = SerialNative.Ioctl(_handle, SerialNative.TCFLSH, (void*)SerialNative.TCIOFLUSH);

    public void Dispose() => _handle.Dispose();

    private SerialStatus Wait(short events, Duration timeout)
    {
        bool counted = false;
        try
        {
            _handle.DangerousAddRef(ref counted);
            SerialNative.PollFd fd = new() { Fd = (int)_handle.DangerousGetHandle(), Events = events };
            long milliseconds = Math.Clamp((timeout.Nanoseconds + 999_999) / 1_000_000, 0, int.MaxValue);
            int ready = SerialNative.Poll(&fd, 1, (int)milliseconds);
            if (ready <= 0)
            {
                return ready == 0 || Marshal.GetLastPInvokeError() == SerialNative.EINTR ? SerialStatus.TimedOut : SerialStatus.Closed;
            }

            // Bytes that came before the hang-up are still to be read.
            return (fd.Returned & events) != 0 ? SerialStatus.Ok : SerialStatus.Closed;
        }
        catch (ObjectDisposedException)
        {
            return SerialStatus.Closed;
        }
        finally
        {
            if (counted)
            {
                _handle.DangerousRelease();
            }
        }
    }

    private void Claim()
    {
        // The lock keeps out our own kind even as root, whom TIOCEXCL does not stop; TIOCEXCL keeps out everybody else.
        if (SerialNative.Lock(_handle, SerialNative.LOCK_EX | SerialNative.LOCK_NB) != 0)
        {
            throw SerialPortException.Busy(Path, Marshal.GetLastPInvokeError());
        }

        if (SerialNative.Ioctl(_handle, SerialNative.TIOCEXCL, null) != 0)
        {
            throw SerialPortException.FromSetting(Path, "claiming it for us alone", Marshal.GetLastPInvokeError());
        }
    }

    private void MakeRaw(int baud)
    {
        SerialNative.Termios2 t = default;
        if (SerialNative.Ioctl(_handle, SerialNative.TCGETS2, &t) != 0)
        {
            throw SerialPortException.FromSetting(Path, "reading its settings", Marshal.GetLastPInvokeError());
        }

        t.InputFlags = 0;
        t.OutputFlags = 0;
        t.LocalFlags = 0;

        // HUPCL stays off: dropping DTR at close resets many boards.
        t.ControlFlags = SerialNative.CS8 | SerialNative.CREAD | SerialNative.CLOCAL | SerialNative.BOTHER | (SerialNative.BOTHER << SerialNative.InputBaudShift);
        t.ControlCharacters[SerialNative.VMIN] = 1;
        t.ControlCharacters[SerialNative.VTIME] = 0;
        t.InputSpeed = (uint)baud;
        t.OutputSpeed = (uint)baud;
        if (SerialNative.Ioctl(_handle, SerialNative.TCSETS2, &t) != 0 || SerialNative.Ioctl(_handle, SerialNative.TCGETS2, &t) != 0)
        {
            throw SerialPortException.FromSetting(Path, $"setting {baud} baud", Marshal.GetLastPInvokeError());
        }

        Baud = (int)t.OutputSpeed;

        // A UART samples each bit in its middle: over ten bits, both ends together may be some 4 % apart.
        if (Math.Abs((long)Baud - baud) * 50 > baud)
        {
            throw new SerialPortException(SerialFault.BaudNotSupported, Path, $"{Path}: the adapter makes {Baud} baud of {baud}, too far off. Choose another rate, on the board too.");
        }
    }

    private void AskForLowLatency()
    {
        SerialNative.SerialStruct serial = default;
        if (SerialNative.Ioctl(_handle, SerialNative.TIOCGSERIAL, &serial) != 0)
        {
            return;
        }

        serial.Flags |= SerialNative.ASYNC_LOW_LATENCY;
        HasLowLatency = SerialNative.Ioctl(_handle, SerialNative.TIOCSSERIAL, &serial) == 0;
    }
}
