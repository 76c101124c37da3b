namespace Capture.Core.Time;

/// <summary>
/// Follows the spacing of a periodic stream's ticks online, and says when they left their even grid: a counter that stepped by anything but whole periods. Lost, doubled and overtaken samples stay on the grid. Allocates
/// nothing.
/// </summary>
/// <param name="least">Smaller deviations are none, ticks.</param>
internal struct TickRhythm(double least)
{
    // So many of the last spacings must have been even for a jump to mean anything.
    private const int Learnt = 16;
    private const int Most = 24;

    private DeviceTicks _last;
    private bool _any;
    private double _period;
    private int _even;

    public void Clear() => this = new TickRhythm(least);

    /// <summary>Whether the ticks left their grid between the sample before and this one.</summary>
    public bool Jumps(DeviceTicks ticks)
    {
        double step = ticks - _last;
        _last = ticks;
        if (!_any || _period == 0)
        {
            _period = _any ? Math.Abs(step) : 0;
            _any = true;
            return false;
        }

        double off = step - (Math.Round(step / _period) * _period);
        if (Math.Abs(off) <= Math.Max(least, 0.05 * _period))
        {
            _period += Math.Abs(step - _period) < 0.25 * _period ? off / 16 : 0;
            _even = Math.Min(_even + 1, Most);
            return false;
        }

        bool jumped = _even >= Learnt;
        _even = Math.Max(_even - 4, 0);
        _period = _even == 0 ? Math.Abs(step) : _period;
        return jumped;
    }
}
