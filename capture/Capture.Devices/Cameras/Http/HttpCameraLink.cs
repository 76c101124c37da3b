using System.Net.Sockets;
using System.Text;
using Capture.Core.Time;

namespace Capture.Devices.Cameras.Http;

/// <summary>The connection to an HTTP camera: dials, asks, and gives the bytes of the answer's body.</summary>
internal sealed class HttpCameraLink : IDisposable
{
    private readonly NetworkCameraSettings settings;
    private readonly HostClock clock;
    private readonly CameraAddress address;
    private readonly byte[] request;

    // Body bytes that came with the head, or were given back.
    private readonly byte[] pending = new byte[HttpResponseHead.MaxBytes + (64 * 1024)];
    private readonly byte[] wire = new byte[64 * 1024];
    private int pendingStart;
    private int pendingEnd;
    private int wireStart;
    private int wireEnd;
    private ChunkedBody chunks;
    private bool chunked;
    private Socket? socket;

    private HttpCameraLink(NetworkCameraSettings settings, HostClock clock, CameraAddress address, byte[] request)
    {
        this.settings = settings;
        this.clock = clock;
        this.address = address;
        this.request = request;
    }

    /// <summary>The address, without credentials.</summary>
    public string Where => address.Where;

    /// <summary>What the camera's server calls itself; null where it does not.</summary>
    public string? Server { get; private set; }

    /// <summary>Finds the host once; reconnections use the same addresses, for a name server may block for long.</summary>
    public static HttpCameraLink Resolve(NetworkCameraSettings settings, HostClock clock)
    {
        CameraAddress camera = CameraAddress.Resolve(settings.Url, Uri.UriSchemeHttp, 80, clock, settings.OpenTimeout);
        return new HttpCameraLink(settings, clock, camera, BuildRequest(settings, camera));
    }

    public DeviceException Wrong(string what, string remedy) => new(DeviceTrouble.WrongFormat, what, Where, remedy);

    /// <summary>Dials, sends the request and reads the head of the answer.</summary>
    /// <param name="waiting">Called every 20 ms while waiting; false breaks off.</param>
    public HttpResponseHead Connect(Func<bool>? waiting)
    {
        Close();
        HostTime deadline = clock.Now + settings.OpenTimeout;
        socket = address.Dial(deadline, waiting);
        socket.Send(request);
        HttpResponseHead head = ReadHead(deadline, waiting);
        chunked = head.Chunked;
        chunks = default;
        Server = head.Server;
        Check(head);
        return head;
    }

    /// <summary>Reads body bytes. Allocates nothing.</summary>
    /// <returns>False when the connection ended. A count of 0 with true: nothing came in time.</returns>
    public bool Read(Span<byte> destination, int microseconds, out int count)
    {
        count = 0;
        if (pendingEnd > pendingStart)
        {
            count = Math.Min(destination.Length, pendingEnd - pendingStart);
            pending.AsSpan(pendingStart, count).CopyTo(destination);
            pendingStart += count;
            return true;
        }

        if (socket is null)
        {
            return false;
        }

        if (!chunked)
        {
            return Receive(destination, microseconds, out count);
        }

        if (wireStart == wireEnd)
        {
            wireStart = 0;
            bool open = Receive(wire, microseconds, out wireEnd);
            if (wireEnd == 0)
            {
                return open;
            }
        }

        // One run of body bytes per call keeps the copy bounded by the destination.
        ReadOnlySpan<byte> input = wire.AsSpan(wireStart, Math.Min(wireEnd - wireStart, destination.Length));
        ParseStatus status = chunks.Read(input, out ReadOnlySpan<byte> body, out int consumed);
        wireStart += consumed;
        body.CopyTo(destination);
        count = body.Length;
        return status != ParseStatus.Malformed && !chunks.Ended;
    }

    /// <summary>Puts bytes back that the next reads shall give first.</summary>
    public void GiveBack(ReadOnlySpan<byte> bytes)
    {
        int rest = pendingEnd - pendingStart;
        pending.AsSpan(pendingStart, rest).CopyTo(pending.AsSpan(bytes.Length));
        bytes.CopyTo(pending);
        pendingStart = 0;
        pendingEnd = bytes.Length + rest;
    }

    public void Close()
    {
        socket?.Dispose();
        socket = null;
        pendingStart = 0;
        pendingEnd = 0;
        wireStart = 0;
        wireEnd = 0;
    }

    public void Dispose() => Close();

    private static byte[] BuildRequest(NetworkCameraSettings settings, CameraAddress address)
    {
        StringBuilder text = new();
        text.Append("GET ").Append(settings.Url.PathAndQuery).Append(" HTTP/1.1\r\nHost: ").Append(settings.Url.Authority)
            .Append("\r\nUser-Agent: capture\r\nAccept: multipart/x-mixed-replace, image/jpeg\r\n");
        if (settings.UserVariable is not null || settings.PasswordVariable is not null)
        {
            string credentials = $"{address.FromEnvironment(settings.UserVariable)}:{address.FromEnvironment(settings.PasswordVariable)}";
            text.Append("Authorization: Basic ").Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))).Append("\r\n");
        }

        return Encoding.ASCII.GetBytes(text.Append("\r\n").ToString());
    }

    private HttpResponseHead ReadHead(HostTime deadline, Func<bool>? waiting)
    {
        while (true)
        {
            ParseStatus status = HttpResponseHead.Read(pending.AsSpan(0, pendingEnd), out HttpResponseHead? head, out int consumed);
            if (status == ParseStatus.Complete)
            {
                pendingStart = consumed;
                if (head!.Chunked)
                {
                    // What came with the head is still in chunks.
                    wireEnd = pendingEnd - pendingStart;
                    pending.AsSpan(pendingStart, wireEnd).CopyTo(wire);
                    wireStart = 0;
                    pendingStart = pendingEnd = 0;
                }

                return head;
            }

            if (status == ParseStatus.Malformed)
            {
                throw Wrong("its answer is no HTTP", "Check the port: another service may be listening there.");
            }

            bool open = Receive(pending.AsSpan(pendingEnd, Math.Min(pending.Length - pendingEnd, HttpResponseHead.MaxBytes)), 20_000, out int got);
            pendingEnd += got;
            if (!open)
            {
                throw new DeviceException(DeviceTrouble.Refused, "the camera closed the connection without an answer", Where, "It may serve one client only: close the others.");
            }

            if (clock.Now > deadline || waiting?.Invoke() == false)
            {
                throw new DeviceException(DeviceTrouble.Timeout, $"no answer within {settings.OpenTimeout.TotalSeconds} s", Where, "Check that the camera is streaming and not in use by another client.");
            }
        }
    }

    private bool Receive(Span<byte> destination, int microseconds, out int count)
    {
        count = 0;
        if (!socket!.Poll(microseconds, SelectMode.SelectRead))
        {
            return true;
        }

        count = socket.Receive(destination, SocketFlags.None, out SocketError error);
        return error is SocketError.WouldBlock || (error == SocketError.Success && count > 0);
    }

    private void Check(HttpResponseHead head)
    {
        DeviceException? problem = head.Status switch
        {
            200 => null,
            401 or 403 => new DeviceException(
                DeviceTrouble.PermissionDenied,
                $"the camera wants a user and password (HTTP {head.Status})",
                Where,
                "Name environment variables with them in rig.yaml (user_env, password_env) and set those."),
            404 => new DeviceException(DeviceTrouble.NotFound, "the camera has no such page (HTTP 404)", Where, "Correct the path of url."),
            >= 300 and < 400 => new DeviceException(DeviceTrouble.Refused, $"the camera points elsewhere (HTTP {head.Status})", Where, $"Give that address as url: {head.Location}"),
            503 => new DeviceException(DeviceTrouble.InUse, "the camera is busy (HTTP 503)", Where, "It may serve one client only: close the others."),
            _ => new DeviceException(DeviceTrouble.Refused, $"the camera refused (HTTP {head.Status})", Where, "Look into the camera's own log."),
        };
        if (problem is not null)
        {
            throw problem;
        }

        // ffmpeg calls its stream application/octet-stream.
        bool possible = head.ContentType is "" or "application/octet-stream" || head.ContentType.StartsWith("multipart/", StringComparison.Ordinal);
        if (!possible)
        {
            throw Wrong($"it answers with {head.ContentType}, not with a stream of pictures", "Give the address of the MJPEG stream, not of a page or a single picture.");
        }
    }
}
