using Capture.Core.Time;
using Replay.Labels;
using Replay.Labels.Log;
using Replay.Labels.Release;
using Replay.Server.Episodes;
using Replay.Server.Hosting;

namespace Replay.Server.Labelling;

/// <summary>The label log of the served folder, and what requests do with it. Where the folder cannot be written, labels are read as none and refused.</summary>
internal sealed class LabelDesk : IDisposable
{
    private readonly LabelLog? _log;
    private readonly LabelLogException? _problem;
    private readonly HostClock _clock;

    private LabelDesk() => _clock = HostClock.System;

    public LabelDesk(string folder, HostClock clock)
    {
        _clock = clock;
        try
        {
            _log = LabelLog.Open(folder, clock);
        }
        catch (LabelLogException e)
        {
            _problem = e;
        }
    }

    /// <summary>For a folder in which nobody has labelled: nothing to read, nothing is made.</summary>
    public static LabelDesk Empty() => new();

    /// <summary>Why no label can be set; null when all is well.</summary>
    public LabelLogException? Problem => _problem;

    /// <summary>Segments in force of an episode.</summary>
    public int Count(string episodeId) => _log?.View(episodeId).Segments.Count ?? 0;

    /// <summary>The segments in force with their edges as they are now, by start.</summary>
    public (string Head, LabelSegment[] Segments) View(OpenEpisode episode, CancellationToken cancel)
    {
        if (_log is null)
        {
            return (LogEntry.EmptyHead, []);
        }

        LabelView view = _log.View(episode.Id);
        var times = new AnchorTimes(episode, cancel);
        return (view.Head, [.. view.Segments.Select(times.Now).OrderBy(s => s.Start.TimeNs).ThenBy(s => s.Id, StringComparer.Ordinal)]);
    }

    /// <summary>Verbs to offer: the folder's own first, then the common ones.</summary>
    public string[] Verbs() => [.. (_log?.VerbsInUse() ?? []).Concat(LabelRules.CommonVerbs).Distinct(StringComparer.Ordinal)];

    /// <summary>Writes one operation and returns the new head and the segment as it is now.</summary>
    public (string Head, LabelSegment? Segment) Append(OpenEpisode episode, OperationRequest request, CancellationToken cancel)
    {
        LabelLog log = _log ?? throw _problem!;
        if (request.Id is null || OperationText.Parse(request.Op) is not { } kind)
        {
            throw ApiException.BadRequest("an operation needs 'id', and 'op' of create, move, verb, note, delete, restore", "body", "See replay/http-api.md, Labels.");
        }

        var times = new AnchorTimes(episode, cancel);
        var operation = new LabelOperation(kind, request.Id)
        {
            Start = Edge(kind, request.Start, times),
            End = Edge(kind, request.End, times),
            Verb = kind is OperationKind.Create or OperationKind.Verb ? request.Verb : null,
            Note = kind is OperationKind.Create or OperationKind.Note ? request.Note : null,
        };
        return log.Append(episode.Id, operation, string.IsNullOrEmpty(request.Author) ? Environment.UserName : request.Author, request.Parent ?? "") switch
        {
            AppendResult.Appended done => (done.Head, done.Segment.Deleted ? null : times.Now(done.Segment)),
            AppendResult.Stale stale => throw ApiException.Conflict("somebody else has edited the labels since", "parent", "Ask for the labels again, then repeat the edit.", stale.Head),
            AppendResult.Refused refused => throw ApiException.BadRequest(refused.Reason, "body", "See replay/http-api.md, Labels."),
            _ => throw new InvalidOperationException("an outcome that is none"),
        };
    }

    /// <summary>Publishes the segments in force into the episode.</summary>
    /// <exception cref="ApiException">409: a recorder holds the episode. 400: the name is none.</exception>
    public (string File, int Segments, string Head) Release(OpenEpisode episode, string? name, CancellationToken cancel)
    {
        if (_log is null)
        {
            throw _problem!;
        }

        if (name is null || !LabelRules.IsReleaseName(name))
        {
            throw ApiException.BadRequest($"'{name}' cannot be the name of a release", "name", "Give 1 to 64 lower-case letters, digits, '_' or '-'.");
        }

        if (episode.Held)
        {
            throw ApiException.Conflict("the episode is still being recorded, and its times will change", episode.Name, "Publish when the recording has ended.");
        }

        (string head, LabelSegment[] segments) = View(episode, cancel);
        var info = new ReleaseInfo(name, episode.Id, episode.TimeVersion, head, UtcText.Of(_clock.ReadAll().RealtimeNanoseconds));
        string file = ReleaseFile.Publish(episode.Folder, info, [.. segments.Select(s => new ReleasedSegment(s, s.Start.TimeNs, s.End.TimeNs))]);
        return (file, segments.Length, head);
    }

    public void Dispose() => _log?.Dispose();

    private static Anchor? Edge(OperationKind kind, AnchorRequest? request, AnchorTimes times) =>
        request is null || kind is not (OperationKind.Create or OperationKind.Move) ? null : times.Resolve(request);
}

/// <summary>An operation as a request gives it.</summary>
internal sealed record OperationRequest(string? Op, string? Id, string? Verb, string? Note, AnchorRequest? Start, AnchorRequest? End, string? Parent, string? Author);

/// <summary>A release as a request gives it.</summary>
internal sealed record ReleaseRequest(string? Name);
