using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Capture.Devices.Tests.Cameras.Http;

/// <summary>An HTTP camera of the tests' own, with faults to order.</summary>
internal sealed class FakeCamera : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Thread thread;
    private volatile bool ended;

    public FakeCamera()
    {
        listener.Start();
        thread = new Thread(Serve) { IsBackground = true };
        thread.Start();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/stream");

    public string Head { get; set; } = "HTTP/1.1 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=b\r\n\r\n";

    /// <summary>Milliseconds between pictures.</summary>
    public int PeriodMs { get; set; } = 20;

    public bool Chunked { get; set; }

    public bool Stamped { get; set; }

    /// <summary>The connection ends in the middle of this picture (counted over all connections); 0 for never.</summary>
    public volatile int CutAt;

    /// <summary>The picture of this number has no end.</summary>
    public volatile int SpoilAt;

    /// <summary>Accept, and say nothing.</summary>
    public volatile bool Mute;

    public string LastRequest { get; private set; } = string.Empty;

    public int Sent;

    public static byte[] Picture(int number) => Jpegs.Make(320, 240, 2000 + (number % 50), (byte)number);

    public void Dispose()
    {
        ended = true;
        listener.Stop();
        thread.Join(1000);
    }

    private void Serve()
    {
        while (!ended)
        {
            try
            {
                using Socket client = listener.AcceptSocket();
                byte[] request = new byte[4096];
                LastRequest = Encoding.ASCII.GetString(request, 0, client.Receive(request));
                Stream(client);
            }
            catch (SocketException)
            {
                // The listener was stopped, or the client went away.
            }
        }
    }

    private void Stream(Socket client)
    {
        if (Mute)
        {
            while (!ended && Mute)
            {
                Thread.Sleep(20);
            }

            return;
        }

        client.Send(Encoding.ASCII.GetBytes(Head));
        while (!ended)
        {
            int number = ++Sent;
            byte[] picture = Picture(number);
            picture = number == SpoilAt ? picture[..^2] : picture;
            long us = Environment.TickCount64 * 1000;
            string extra = Stamped ? FormattableString.Invariant($"X-Timestamp: {us / 1_000_000}.{us % 1_000_000:000000}\r\n") : string.Empty;
            byte[] part = MultipartPicturesTests.Part("--b", picture, counted: true, extra);
            if (number == CutAt)
            {
                client.Send(part.AsSpan(0, part.Length / 2));
                client.Shutdown(SocketShutdown.Both);
                return;
            }

            client.Send(Chunked ? [.. Encoding.ASCII.GetBytes($"{part.Length:x}\r\n"), .. part, .. "\r\n"u8] : part);
            Thread.Sleep(PeriodMs);
        }
    }
}
