using System.Net;
using System.Net.Sockets;
using Capture.Core.Time;

namespace Capture.Devices.Cameras;

/// <summary>Where a network camera is, and how to get a connection there. No credentials are in it.</summary>
internal sealed class CameraAddress
{
    private readonly IPEndPoint[] _endpoints;
    private readonly HostClock _clock;
    private readonly Duration _timeout;
    private readonly int _port;

    private CameraAddress(Uri url, int port, IPEndPoint[] endpoints, HostClock clock, Duration timeout)
    {
        Where = Text(url);
        _port = port;
        _endpoints = endpoints;
        _clock = clock;
        _timeout = timeout;
    }

    /// <summary>As it is shown, and written into the stream's metadata.</summary>
    public string Where { get; }

    /// <summary>Finds the host once; reconnections use the same addresses, for a name server may block for long.</summary>
    public static CameraAddress Resolve(Uri url, string scheme, int defaultPort, HostClock clock, Duration timeout)
    {
        if (!url.IsAbsoluteUri || url.Scheme != scheme)
        {
            throw new DeviceException(DeviceTrouble.Unsupported, $"only {scheme}:// addresses are read", url.OriginalString, $"Give url: \"{scheme}://HOST:PORT/PATH\".");
        }

        if (url.UserInfo.Length > 0)
        {
            throw new DeviceException(DeviceTrouble.Refused, "the address holds a user name or password", Text(url), "Put them into environment variables and name those in rig.yaml.");
        }

        int port = url.Port > 0 ? url.Port : defaultPort;
        try
        {
            return new CameraAddress(url, port, [.. Dns.GetHostAddresses(url.DnsSafeHost).Select(a => new IPEndPoint(a, port))], clock, timeout);
        }
        catch (SocketException e)
        {
            throw new DeviceException(DeviceTrouble.NotFound, $"the host {url.Host} is not known", Text(url), "Check the name, or give the camera's IP address.", e);
        }
    }

    /// <summary>The value of an environment variable; empty where none is named.</summary>
    public string FromEnvironment(string? variable) =>
        variable is null ? string.Empty
        : Environment.GetEnvironmentVariable(variable)
            ?? throw new DeviceException(DeviceTrouble.Refused, $"the environment variable {variable} is not set", Where, $"export {variable}=… before starting.");

    /// <summary>A blocking socket, connected.</summary>
    /// <param name="waiting">Called every 20 ms while waiting; false breaks off.</param>
    public Socket Dial(HostTime deadline, Func<bool>? waiting)
    {
        SocketError last = SocketError.HostUnreachable;
        foreach (IPEndPoint endpoint in _endpoints)
        {
            Socket dialling = new(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            try
            {
                dialling.Connect(endpoint);
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
            {
                // Not blocking: the answer is waited for below.
            }
            catch (SocketException e)
            {
                last = e.SocketErrorCode;
                dialling.Dispose();
                continue;
            }

            last = Await(dialling, deadline, waiting);
            if (last == SocketError.Success)
            {
                dialling.Blocking = true;
                dialling.NoDelay = true;
                return dialling;
            }

            dialling.Dispose();
        }

        throw last switch
        {
            SocketError.ConnectionRefused => new DeviceException(DeviceTrouble.Unreachable, $"nothing listens on port {_port}", Where, "Start the camera's server, or correct the port."),
            SocketError.TimedOut => new DeviceException(DeviceTrouble.Timeout, $"no connection within {_timeout.TotalSeconds} s", Where, "Check the address, the cable and the firewall."),
            _ => new DeviceException(DeviceTrouble.Unreachable, $"the camera cannot be reached ({last})", Where, "Check the address, the cable and the network."),
        };
    }

    private SocketError Await(Socket dialling, HostTime deadline, Func<bool>? waiting)
    {
        while (!dialling.Poll(20_000, SelectMode.SelectWrite))
        {
            if (_clock.Now > deadline || waiting?.Invoke() == false)
            {
                return SocketError.TimedOut;
            }
        }

        return (SocketError)(int)dialling.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
    }

    private static string Text(Uri url) => url.GetComponents(UriComponents.SchemeAndServer | UriComponents.PathAndQuery, UriFormat.UriEscaped);
}
