using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Capture.Core.Time;

namespace Capture.Devices.Cameras.Rtsp;

/// <summary>
/// The connection to an RTSP camera (RFC 2326), all of it over one TCP connection: requests, answers, and the packets of the video between them, framed as chapter 10.12 says.
/// </summary>
/// <remarks>UDP is not used: a lost datagram would spoil pictures until the next key frame, and what a recorder wants is every picture, not the newest.</remarks>
internal sealed class RtspLink(NetworkCameraSettings settings, CameraAddress address, HostClock clock) : IDisposable
{
    private const int HeaderBytes = 4;
    private const string ControlAttribute = "*";

    // A whole packet of 64 KiB, and room to read behind it.
    private readonly byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;

    // Bytes before this were there before the last read, and came at _earlierArrival.
    private int _fresh;
    private HostTime _earlierArrival;
    private HostTime _arrival;
    private Socket? _socket;
    private RtspAuthorization? _authorization;
    private int _sequence;
    private string? _session;
    private Duration _keepAliveEvery = Duration.FromSeconds(30);
    private HostTime _lastRequest;
    private string _home = string.Empty;
    private byte _videoChannel;

    public string Where => address.Where;

    /// <summary>What the camera's server calls itself; null where it does not.</summary>
    public string? Server { get; private set; }

    /// <summary>Dials, asks what there is, sets the video up and lets it play.</summary>
    /// <param name="waiting">Called every 20 ms while waiting; false breaks off.</param>
    public SdpVideo Connect(Func<bool>? waiting)
    {
        Close();
        _socket = address.Dial(clock.Now + settings.OpenTimeout, waiting);
        string url = address.Where;
        RtspMessage description = Ask("DESCRIBE", url, "Accept: application/sdp\r\n", waiting);
        Server = description.Header("Server");
        string home = description.Header("Content-Base") ?? description.Header("Content-Location") ?? url;
        ParseStatus status = SdpVideo.Read(description.Body, out SdpVideo? video, out string offered);
        if (status != ParseStatus.Complete)
        {
            throw Wrong("its answer holds no description of the session", "Check the path of url: it must be that of a stream.");
        }

        if (video is null)
        {
            throw Wrong($"it sends no H.264 video, but {(offered.Length > 0 ? offered : "nothing")}", "Set the camera to H.264, or give its Motion JPEG address (http://…) as url.");
        }

        RtspMessage setUp = Ask("SETUP", Resolve(home, video.Control), "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n", waiting);
        _session = setUp.Header("Session")?.Split(';')[0].Trim() ?? throw Wrong("it gave no session", "Look into the camera's own log.");
        _keepAliveEvery = KeepAlive(setUp.Header("Session")!);
        _videoChannel = Channel(setUp.Header("Transport") ?? string.Empty);
        Ask("PLAY", home, "Range: npt=0.000-\r\n", waiting);
        _home = home;
        return video;
    }

    /// <summary>
    /// The next packet of the video or of its reports, if a whole one is there; else reads once and looks again. Answers to keep-alive requests are passed over.
    /// Allocates nothing for packets.
    /// </summary>
    /// <param name="packet">Valid until the next call.</param>
    /// <param name="arrival">Return of the read that brought its first byte.</param>
    /// <returns>False when the connection ended. An empty packet with true: nothing came in time.</returns>
    public bool Read(int microseconds, out ReadOnlySpan<byte> packet, out bool isReport, out HostTime arrival)
    {
        packet = default;
        isReport = false;
        arrival = default;
        bool mayRead = true;
        while (true)
        {
            ReadOnlySpan<byte> bytes = _buffer.AsSpan(_start, _end - _start);
            if (bytes.Length >= HeaderBytes && bytes[0] == '$')
            {
                int length = (bytes[2] << 8) | bytes[3];
                if (bytes.Length >= HeaderBytes + length)
                {
                    byte channel = bytes[1];
                    arrival = _start < _fresh ? _earlierArrival : _arrival;
                    packet = bytes.Slice(HeaderBytes, length);
                    _start += HeaderBytes + length;
                    if ((channel == _videoChannel || channel == _videoChannel + 1) && length > 0)
                    {
                        isReport = channel != _videoChannel;
                        return true;
                    }

                    packet = default;
                    continue;
                }
            }
            else if (bytes.Length > 0 && bytes[0] != '$')
            {
                ParseStatus status = RtspMessage.Read(bytes, out _, out int consumed);
                if (status == ParseStatus.Malformed)
                {
                    return false;
                }

                if (status == ParseStatus.Complete)
                {
                    _start += consumed;
                    continue;
                }
            }

            if (!mayRead)
            {
                return true;
            }

            mayRead = false;
            if (!Receive(microseconds))
            {
                return false;
            }
        }
    }

    /// <summary>Tells the camera that somebody is still there, when it is time; it would end the session otherwise.</summary>
    public void KeepAliveIfDue(HostTime now)
    {
        if (now - _lastRequest >= _keepAliveEvery)
        {
            _lastRequest = now;
            _socket?.Send(Request("GET_PARAMETER", _home, string.Empty), SocketFlags.None, out _);
        }
    }

    public void Close()
    {
        if (_socket is not null && _session is not null)
        {
            // The camera frees the session at once instead of by its time-out; what it answers nobody reads.
            _socket.Blocking = false;
            _socket.Send(Request("TEARDOWN", address.Where, string.Empty), SocketFlags.None, out _);
        }

        _socket?.Dispose();
        _socket = null;
        _session = null;
        _authorization = null;
        _start = 0;
        _end = 0;
        _fresh = 0;
    }

    public void Dispose() => Close();

    public DeviceException Wrong(string what, string remedy) => new(DeviceTrouble.WrongFormat, what, Where, remedy);

    private static string Resolve(string home, string control)
    {
        if (control.Length == 0 || control == ControlAttribute)
        {
            return home;
        }

        return control.StartsWith("rtsp://", StringComparison.OrdinalIgnoreCase) ? control : home.TrimEnd('/') + "/" + control;
    }

    // "12345678;timeout=60": asked again at half of it.
    private static Duration KeepAlive(string session)
    {
        string? text = session.Split(';').Select(p => p.Trim()).FirstOrDefault(p => p.StartsWith("timeout=", StringComparison.OrdinalIgnoreCase))?["timeout=".Length..];
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is >= 2 and <= 3600
            ? Duration.FromSeconds(seconds) / 2
            : Duration.FromSeconds(30);
    }

    private static byte Channel(string transport)
    {
        string? text = transport.Split(';').Select(p => p.Trim()).FirstOrDefault(p => p.StartsWith("interleaved=", StringComparison.OrdinalIgnoreCase))?["interleaved=".Length..];
        return byte.TryParse(text?.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out byte channel) ? channel : (byte)0;
    }

    private RtspMessage Ask(string method, string uri, string headers, Func<bool>? waiting)
    {
        RtspMessage answer = Exchange(method, uri, headers, waiting);
        if (answer.Status == 401 && _authorization is null && (settings.UserVariable ?? settings.PasswordVariable) is not null)
        {
            _authorization = RtspAuthorization.For(answer, address.FromEnvironment(settings.UserVariable), address.FromEnvironment(settings.PasswordVariable))
                ?? throw new DeviceException(DeviceTrouble.Unsupported, "it asks for a kind of log-in that is not known here", Where, "Set the camera to digest or basic authentication.");
            answer = Exchange(method, uri, headers, waiting);
        }

        return answer.Status switch
        {
            200 => answer,
            401 or 403 => throw new DeviceException(
                DeviceTrouble.PermissionDenied,
                _authorization is null ? $"the camera wants a user and password (RTSP {answer.Status})" : $"the camera does not accept this user and password (RTSP {answer.Status})",
                Where,
                _authorization is null ? "Name environment variables with them in rig.yaml (user_env, password_env) and set those." : "Correct the environment variables that rig.yaml names."),
            404 => throw new DeviceException(DeviceTrouble.NotFound, "the camera has no such stream (RTSP 404)", Where, "Correct the path of url."),
            453 or 503 => throw new DeviceException(DeviceTrouble.InUse, $"the camera is busy (RTSP {answer.Status})", Where, "It may serve few clients only: close the others."),
            461 => throw new DeviceException(DeviceTrouble.Unsupported, "the camera does not send its video over TCP (RTSP 461)", Where, "Allow RTSP over TCP in the camera's settings."),
            _ => throw new DeviceException(DeviceTrouble.Refused, $"the camera refused {method} (RTSP {answer.Status})", Where, "Look into the camera's own log."),
        };
    }

    private byte[] Request(string method, string uri, string headers)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{method} {uri} RTSP/1.0\r\nCSeq: {++_sequence}\r\nUser-Agent: capture\r\n").Append(headers);
        if (_session is not null)
        {
            text.Append("Session: ").Append(_session).Append("\r\n");
        }

        if (_authorization is not null)
        {
            text.Append("Authorization: ").Append(_authorization.Value(method, uri)).Append("\r\n");
        }

        return Encoding.UTF8.GetBytes(text.Append("\r\n").ToString());
    }

    private RtspMessage Exchange(string method, string uri, string headers, Func<bool>? waiting)
    {
        byte[] request = Request(method, uri, headers);
        _lastRequest = clock.Now;
        _socket!.Send(request);
        HostTime deadline = clock.Now + settings.OpenTimeout;
        while (true)
        {
            ReadOnlySpan<byte> bytes = _buffer.AsSpan(_start, _end - _start);
            if (bytes.Length > 0 && bytes[0] == '$')
            {
                // Video that is already there: from before anybody looked, so it is passed over.
                int length = bytes.Length >= HeaderBytes ? HeaderBytes + ((bytes[2] << 8) | bytes[3]) : int.MaxValue;
                if (length <= bytes.Length)
                {
                    _start += length;
                    continue;
                }
            }
            else
            {
                ParseStatus status = RtspMessage.Read(bytes, out RtspMessage? message, out int consumed);
                if (status == ParseStatus.Malformed)
                {
                    throw Wrong("its answer is no RTSP", "Check the port: another service may be listening there.");
                }

                if (status == ParseStatus.Complete)
                {
                    _start += consumed;
                    if (message!.Status != 0 && (message.CSeq == _sequence || message.CSeq < 0))
                    {
                        return message;
                    }

                    continue;
                }
            }

            if (!Receive(20_000))
            {
                throw new DeviceException(DeviceTrouble.Refused, "the camera closed the connection without an answer", Where, "It may serve few clients only: close the others.");
            }

            if (clock.Now > deadline || waiting?.Invoke() == false)
            {
                throw new DeviceException(DeviceTrouble.Timeout, $"no answer within {settings.OpenTimeout.TotalSeconds} s", Where, "Check that the camera is on and not in use by another client.");
            }
        }
    }

    private bool Receive(int microseconds)
    {
        if (_socket is null)
        {
            return false;
        }

        if (!_socket.Poll(microseconds, SelectMode.SelectRead))
        {
            return true;
        }

        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _earlierArrival = _start < _fresh ? _earlierArrival : _arrival;
            _end -= _start;
            _start = 0;
        }
        else if (_fresh == 0)
        {
            _earlierArrival = _arrival;
        }

        _fresh = _end;
        int count = _socket.Receive(_buffer.AsSpan(_end), SocketFlags.None, out SocketError error);
        _arrival = clock.Now;
        _end += count;
        return error is SocketError.WouldBlock || (error == SocketError.Success && count > 0);
    }
}
