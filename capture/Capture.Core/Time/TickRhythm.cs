namespace Capture.Core.Time;

/// <summary>Follows the spacing of a periodic stream's ticks online, and says when they jumped. Lost, doubled and overtaken samples are no jump. Allocates nothing.</summary>
/// <param name="least">Smaller deviations are none, ticks.</param>
internal struct TickRhythm(double least)
{
    // Spacings that must have been even, of the last ones, for a jump to mean anything.
    private const int Learnt = 16;
    private const int Most = 24;

    private DeviceTicks _last;
    private DeviceTicks _behind;
    private bool _any;
    private bool _fellBehind;
    private double _period;
    private int _even;

    public void Clear() => this = new TickRhythm(least);

    /// <summary>Whether the ticks jumped between this sample and the ones before it.</summary>
    public bool Jumps(DeviceTicks ticks)
    {
        if (!_any)
        {
            (_any, _last) = (true, ticks);
            return false;
        }

        double step = ticks - _last;
        if (step <= 0)
        {
            if (_fellBehind && ticks > _behind)
            {
                // A second one goes on from where the first fell back to: no packet that was overtaken.
                bool even = IsEven(ticks - _behind);
                (_last, _fellBehind) = (ticks, false);
                return even && _even >= Learnt;
            }

            (_behind, _fellBehind) = (ticks, true);
            return false;
        }

        _fellBehind = false;
        _last = ticks;
        if (_period == 0)
        {
            _period = step;
            return false;
        }

        if (IsEven(step))
        {
            _period += Math.Abs(step - _period) < 0.25 * _period ? (step - _period) / 16 : 0;
            _even = Math.Min(_even + 1, Most);
            return false;
        }

        bool jumped = _even >= Learnt;
        _even = Math.Max(_even - 4, 0);
        if (_even == 0)
        {
            _period = step;
        }

        return jumped;
    }

    private readonly bool IsEven(double step)
    {
        double periods = Math.Round(step / _period);
        return periods >= 1 && Math.Abs(step - (periods * _period)) <= Math.Max(least, 0.05 * _period);
    }
}
