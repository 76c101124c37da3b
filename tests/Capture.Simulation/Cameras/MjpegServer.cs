using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Capture.Simulation.Cameras;

/// <summary>
/// Serves JPEG pictures as <c>multipart/x-mixed-replace</c> over HTTP/1.0 on 127.0.0.1 at <c>/stream</c>, to up to 8 clients, as mjpg-streamer does
/// (its boundary, its X-Timestamp; each part has a Content-Length). A client that does not take its bytes loses whole pictures, never parts of one.
/// </summary>
public sealed class MjpegServer : IDisposable
{
    private const int MaxClients = 8;
    private static readonly byte[] Hello = Encoding.ASCII.GetBytes(
        "HTTP/1.0 200 OK\r\nConnection: close\r\nServer: bench-rig\r\nCache-Control: no-store\r\n" +
        "Content-Type: multipart/x-mixed-replace;boundary=boundarydonotcross\r\n\r\n--boundarydonotcross\r\n");

    private static readonly byte[] NotFound = Encoding.ASCII.GetBytes("HTTP/1.0 404 Not Found\r\nContent-Type: text/plain\r\n\r\nThe picture is at /stream.\r\n");
    private static readonly byte[] Busy = Encoding.ASCII.GetBytes("HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/plain\r\n\r\nEight clients look already, or the camera is off.\r\n");

    private readonly Lock _lock = new();
    private readonly List<Client> _clients = [];
    private readonly Socket _listener;
    private readonly Thread _acceptor;
    private byte[] _part = new byte[128 * 1024];
    private bool _closed;
    private bool _off;

    public MjpegServer(int port)
    {
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
            _listener.Listen(16);
        }
        catch (SocketException e)
        {
            _listener.Dispose();
            throw new IOException($"TCP port {port} of 127.0.0.1 cannot be used for a camera: {e.Message}. Choose another --ports.", e);
        }

        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        _acceptor = new Thread(Accept) { IsBackground = true, Name = "mjpeg " + Port };
        _acceptor.Start();
    }

    public int Port { get; }

    public bool HasClients
    {
        get
        {
            lock (_lock)
            {
                return _clients.Count > 0;
            }
        }
    }

    /// <summary>Off: open connections are closed and new ones refused with 503, until it is on again.</summary>
    public void SetOff(bool off)
    {
        lock (_lock)
        {
            _off = off;
            if (off)
            {
                CloseClients();
            }
        }
    }

    /// <summary>Sends one picture; returns how many clients took it whole. <paramref name="stamp"/> is the X-Timestamp, or empty for none.</summary>
    public int Send(ReadOnlySpan<byte> jpeg, ReadOnlySpan<byte> stamp)
    {
        int length = BuildPart(jpeg, stamp);
        int whole = 0;
        lock (_lock)
        {
            for (int i = _clients.Count - 1; i >= 0; i--)
            {
                switch (_clients[i].Offer(_part.AsSpan(0, length)))
                {
                    case Offered.Taken:
                        whole++;
                        break;
                    case Offered.Gone:
                        _clients[i].Socket.Dispose();
                        _clients.RemoveAt(i);
                        break;
                }
            }
        }

        return whole;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            CloseClients();
        }

        _listener.Dispose();
        _acceptor.Join();
    }

    private void CloseClients()
    {
        foreach (Client client in _clients)
        {
            client.Socket.Dispose();
        }

        _clients.Clear();
    }

    private int BuildPart(ReadOnlySpan<byte> jpeg, ReadOnlySpan<byte> stamp)
    {
        if (_part.Length < jpeg.Length + 512)
        {
            _part = new byte[jpeg.Length * 2];
        }

        int at = 0;
        Put(ref at, "Content-Type: image/jpeg\r\nContent-Length: "u8);
        System.Buffers.Text.Utf8Formatter.TryFormat(jpeg.Length, _part.AsSpan(at), out int digits);
        at += digits;
        if (stamp.Length > 0)
        {
            Put(ref at, "\r\nX-Timestamp: "u8);
            Put(ref at, stamp);
        }

        Put(ref at, "\r\n\r\n"u8);
        Put(ref at, jpeg);
        Put(ref at, "\r\n--boundarydonotcross\r\n"u8);
        return at;
    }

    private void Put(ref int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_part.AsSpan(at));
        at += bytes.Length;
    }

    private void Accept()
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = _listener.Accept();
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                return;
            }

            try
            {
                Welcome(socket);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }
    }

    private void Welcome(Socket socket)
    {
        socket.NoDelay = true;
        socket.SendBufferSize = 1 << 20;
        socket.ReceiveTimeout = 2_000;
        string? path = ReadRequest(socket);
        if (path is null || !(path == "/stream" || path.StartsWith("/stream?", StringComparison.Ordinal)))
        {
            End(socket, NotFound);
            return;
        }

        lock (_lock)
        {
            if (!_closed && !_off && _clients.Count < MaxClients)
            {
                socket.Send(Hello);
                socket.Blocking = false;
                _clients.Add(new Client(socket));
                return;
            }
        }

        End(socket, Busy);
    }

    private static void End(Socket socket, byte[] answer)
    {
        socket.Send(answer);
        socket.Shutdown(SocketShutdown.Both);
        socket.Dispose();
    }

    /// <summary>The path of a GET request, null when it is none or longer than 8 KiB.</summary>
    private static string? ReadRequest(Socket socket)
    {
        byte[] buffer = new byte[8192];
        int length = 0;
        while (length < buffer.Length)
        {
            int got = socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
            if (got == 0)
            {
                return null;
            }

            length += got;
            if (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0)
            {
                string[] words = Encoding.ASCII.GetString(buffer, 0, buffer.AsSpan(0, length).IndexOf("\r\n"u8)).Split(' ');
                return words.Length == 3 && words[0] == "GET" ? words[1] : null;
            }
        }

        return null;
    }

    private enum Offered
    {
        Taken,
        Missed,
        Gone,
    }

    /// <summary>One viewer. What the kernel did not take of a picture waits here, and until it is gone the following pictures are missed.</summary>
    private sealed class Client(Socket socket)
    {
        private byte[] _rest = [];
        private int _from;
        private int _to;

        public Socket Socket => socket;

        public Offered Offer(ReadOnlySpan<byte> part)
        {
            if (_from < _to)
            {
                int sent = Push(_rest.AsSpan(_from, _to - _from));
                if (sent < 0)
                {
                    return Offered.Gone;
                }

                _from += sent;
                if (_from < _to)
                {
                    return Offered.Missed;
                }
            }

            int now = Push(part);
            if (now < 0)
            {
                return Offered.Gone;
            }

            if (now == 0)
            {
                return Offered.Missed;
            }

            if (now < part.Length)
            {
                if (_rest.Length < part.Length)
                {
                    _rest = new byte[part.Length * 2];
                }

                part[now..].CopyTo(_rest);
                _from = 0;
                _to = part.Length - now;
            }

            return Offered.Taken;
        }

        private int Push(ReadOnlySpan<byte> bytes)
        {
            int sent = socket.Send(bytes, SocketFlags.None, out SocketError error);
            return error switch
            {
                SocketError.Success => sent,
                SocketError.WouldBlock => 0,
                _ => -1,
            };
        }
    }
}
