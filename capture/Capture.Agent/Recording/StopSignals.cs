using System.Runtime.InteropServices;

namespace Capture.Agent.Recording;

/// <summary>SIGINT, SIGTERM and SIGHUP as a wish to end: the recording seals, the process is not torn away.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _received = new();
    private readonly PosixSignalRegistration[] _registrations;
    private volatile bool _seen;

    public StopSignals() =>
        _registrations = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, Handle))];

    public bool Received => _seen;

    /// <summary>Waits at most so long; returns early when a signal comes.</summary>
    public void Wait(int milliseconds) => _received.Token.WaitHandle.WaitOne(milliseconds);

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _received.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _received.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        _seen = true;
        _received.Cancel();
    }
}
