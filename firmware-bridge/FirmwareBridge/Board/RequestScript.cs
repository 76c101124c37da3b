using Capture.Core.Time;
using FirmwareBridge.Protocol;

namespace FirmwareBridge.Board;

/// <summary>The requests that bring a board to its settings, one after another: stop everything, then start each stream. Begun anew after a restart of the board.</summary>
internal sealed class RequestScript(BoardLinkOptions options)
{
    private const int TriesBeforeComplaint = 3;
    private int _step;
    private int _steps;
    private uint _request;
    private int _tries;
    private HostTime _retryAt;
    private bool _isInFlight;

    internal bool IsDone => _step >= _steps;

    /// <summary>True when the request in flight was sent as often as warrants telling somebody.</summary>
    internal bool IsOverdue => _tries == TriesBeforeComplaint + 1;

    /// <summary>When <see cref="Write"/> has something to send.</summary>
    internal HostTime? NextDue => IsDone ? null : _isInFlight ? _retryAt : new HostTime(long.MinValue);

    internal void Begin(bool onlyStop)
    {
        _step = 0;
        _steps = onlyStop ? 1 : 1 + options.Imus.Count + options.Triggers.Count;
        NextRequest();
    }

    /// <summary>The request that is due, or due again.</summary>
    internal int Write(Span<byte> payload, HostTime now)
    {
        _isInFlight = true;
        _tries++;
        _retryAt = now + options.RequestTimeout;
        if (_step == 0)
        {
            return new StopAll(_request).Write(payload);
        }

        if (_step <= options.Imus.Count)
        {
            ImuSetting imu = options.Imus[_step - 1];
            return new StartImu(_request, imu.Imu, imu.RateHz, imu.SamplesPerFrame).Write(payload);
        }

        TriggerSetting t = options.Triggers[_step - 1 - options.Imus.Count];
        return new StartTrigger(_request, t.Channel, t.Period, t.Phase, t.Width).Write(payload);
    }

    /// <summary>Takes an answer to the request in flight; false when it belongs to another.</summary>
    /// <param name="stream">The stream that the request was about; null for the stop.</param>
    internal bool TryTakeAnswer(uint request, out (BoardStreamKind Kind, int Id)? stream)
    {
        stream = null;
        if (IsDone || !_isInFlight || request != _request)
        {
            return false;
        }

        if (_step > 0)
        {
            stream = _step <= options.Imus.Count
                ? (BoardStreamKind.Imu, options.Imus[_step - 1].Imu)
                : (BoardStreamKind.Edges, options.Triggers[_step - 1 - options.Imus.Count].Channel);
        }

        _step++;
        NextRequest();
        return true;
    }

    private void NextRequest()
    {
        _request = _request == uint.MaxValue ? 1 : _request + 1;
        _tries = 0;
        _isInFlight = false;
    }
}
