using Capture.Arrow;
using Capture.Episodes.Closing;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;
using Capture.Episodes.Schema;

namespace Capture.Episodes.Verification;

/// <summary>Checks one stream: its messages, the order of its rows, its pictures, and its final times.</summary>
internal sealed class StreamCheck(EpisodeReader episode, EpisodeStream stream, VerifyOptions options, List<Finding> findings)
{
    // A damaged camera would fill the report: the rest is counted.
    private const int MostPictureFindings = 10;

    private readonly string _place = EpisodeVerifier.Relative(episode, stream.FilePath);
    private readonly StreamScan _scan = new(stream);
    private TimesCheck? _times;
    private int? _segment;
    private long _sequence;
    private int _disordered;
    private int _backwards;
    private long _host = long.MinValue;
    private long _pictures;
    private int _badPictures;

    /// <summary>Checks the stream. Returns what it holds where it can be read whole; else null.</summary>
    public StreamScan? Run()
    {
        Tail();
        Format();
        _times = stream.Info.HasSamples ? OpenTimes() : null;
        using PictureCheck? look = PictureCheck.Of(stream, options.DecodePictures);
        bool whole = MessageChecks.Run(stream.File, _place, findings, (index, batch) =>
        {
            if (stream.Info.HasSamples)
            {
                Order(batch);
                _scan.Take(batch);
            }

            if (look is not null)
            {
                Pictures(batch, index, look);
            }
        });
        foreach ((long row, FindingSeverity severity, string problem) in look?.Finish() ?? [])
        {
            if (severity != FindingSeverity.Error || _badPictures++ < MostPictureFindings)
            {
                findings.Add(new Finding(severity, row < 0 ? _place : $"{_place}, row {row}", problem));
            }
        }

        Report(_disordered, "rows whose sequence does not rise within its segment");
        Report(_backwards, "rows whose host_time_ns lies before that of the row above");
        if (_badPictures > MostPictureFindings)
        {
            findings.Add(new Finding(FindingSeverity.Error, _place, $"{_badPictures} pictures in all cannot be decoded"));
        }

        _times?.Finish(whole);
        return whole && stream.Info.HasSamples ? _scan : null;
    }

    private void Tail()
    {
        bool recording = episode.Manifest.State == EpisodeState.Recording;
        switch (stream.Tail.Kind)
        {
            case ArrowTailKind.Sealed:
                break;
            case ArrowTailKind.Open when recording:
                findings.Add(new Finding(FindingSeverity.Info, _place, "it has no footer yet: a recorder writes it, or was killed (then run 'capture recover')"));
                break;
            case ArrowTailKind.Torn when recording:
                findings.Add(new Finding(FindingSeverity.Warning, _place, $"{stream.Tail.Length} bytes at its end are no whole message: {stream.Tail.Reason} 'capture recover' moves them aside."));
                break;
            default:
                findings.Add(new Finding(FindingSeverity.Error, _place, $"it ends wrongly at byte {stream.Tail.Offset}: {stream.Tail.Reason ?? "the footer is missing"}"));
                break;
        }
    }

    /// <summary>Every value may be right in a file that another tool has rewritten, but a recovery and a reader of growing files cannot take it.</summary>
    private void Format()
    {
        if (StreamFormat.HasDictionaries(stream.Schema))
        {
            findings.Add(new Finding(FindingSeverity.Warning, _place, "columns are encoded by dictionaries, which the format leaves out: another tool has rewritten the file. Bring back the recorder's own from a copy."));
        }

        int compressed = stream.File.Batches.Count(b => b.Compression != ArrowCompression.None);
        if (compressed > 0)
        {
            findings.Add(new Finding(FindingSeverity.Warning, _place, $"{compressed} of {stream.File.Batches.Count} batches are compressed, which the format leaves out: another tool has rewritten the file. 'capture rewrite' makes it uncompressed again."));
        }
    }

    private void Order(RecordBatch batch)
    {
        ReadOnlySpan<long> sequences = batch.Column(CommonColumns.Sequence).Values<long>();
        ReadOnlySpan<int> segments = batch.Column(CommonColumns.Segment).Values<int>();
        ReadOnlySpan<long> hosts = batch.Column(CommonColumns.HostTime).Values<long>();
        for (int i = 0; i < sequences.Length; i++)
        {
            _disordered += _segment is { } s && (segments[i] < s || (segments[i] == s && sequences[i] <= _sequence)) ? 1 : 0;
            _backwards += hosts[i] < _host ? 1 : 0;
            (_segment, _sequence, _host) = (segments[i], sequences[i], hosts[i]);
        }

        _times?.Take(sequences, segments);
    }

    private void Pictures(RecordBatch batch, int index, PictureCheck look)
    {
        for (int i = 0; i < batch.Rows; i++)
        {
            // Pictures that need others before them are looked at one and all.
            if (_pictures++ % Math.Max(options.PictureEvery, 1) != 0 && !look.NeedsAll)
            {
                continue;
            }

            long row = stream.FirstRow(index) + i;
            if (look.Check(batch, i, row) is { } problem && _badPictures++ < MostPictureFindings)
            {
                findings.Add(new Finding(FindingSeverity.Error, $"{_place}, batch {index}, row {row}", $"the picture cannot be decoded: {problem}"));
            }
        }
    }

    private TimesCheck? OpenTimes()
    {
        if (episode.Manifest.Times?.InForce is not { } version)
        {
            return null;
        }

        string place = $"{EpisodeFolder.Times}/{stream.Info.Name}.{version}{EpisodeFolder.ArrowSuffix}";
        try
        {
            if (stream.Times is { } times)
            {
                return new TimesCheck(times, place, findings);
            }

            findings.Add(new Finding(FindingSeverity.Error, place, "the manifest names these times in force, and the file is missing"));
        }
        catch (EpisodeException e)
        {
            findings.Add(new Finding(FindingSeverity.Error, place, e.Message));
        }

        return null;
    }

    private void Report(int count, string what)
    {
        if (count > 0)
        {
            findings.Add(new Finding(FindingSeverity.Error, _place, $"{count} {what}"));
        }
    }
}
