namespace Capture.Core.Time;

/// <summary>An instant in an episode: nanoseconds since its anchor; negative is pre-roll. It never steps.</summary>
public readonly record struct EpisodeTime(long Nanoseconds) : IComparable<EpisodeTime>
{
    public static Duration operator -(EpisodeTime a, EpisodeTime b) => new(a.Nanoseconds - b.Nanoseconds);

    public static EpisodeTime operator +(EpisodeTime a, Duration b) => new(a.Nanoseconds + b.Nanoseconds);

    public static EpisodeTime operator -(EpisodeTime a, Duration b) => new(a.Nanoseconds - b.Nanoseconds);

    public static bool operator <(EpisodeTime a, EpisodeTime b) => a.Nanoseconds < b.Nanoseconds;

    public static bool operator >(EpisodeTime a, EpisodeTime b) => a.Nanoseconds > b.Nanoseconds;

    public static bool operator <=(EpisodeTime a, EpisodeTime b) => a.Nanoseconds <= b.Nanoseconds;

    public static bool operator >=(EpisodeTime a, EpisodeTime b) => a.Nanoseconds >= b.Nanoseconds;

    public int CompareTo(EpisodeTime other) => Nanoseconds.CompareTo(other.Nanoseconds);
}

/// <summary>The anchor of an episode: the host instant that is its time 0.</summary>
public readonly record struct EpisodeAnchor(HostTime Origin)
{
    public EpisodeTime ToEpisode(HostTime instant) => new((instant - Origin).Nanoseconds);

    public HostTime ToHost(EpisodeTime instant) => Origin + new Duration(instant.Nanoseconds);
}
