using System.Globalization;
using Calibration.Detection;
using Capture.Core.Time;
using Capture.Episodes.Reading;

namespace Calibration.Episodes;

/// <summary>A camera of an episode as a source of pictures: sealed, recovered, or growing, and then as far as it has come.</summary>
public sealed class EpisodeCamera : IDisposable
{
    private readonly EpisodeReader _reader;
    private readonly List<ImageSource> _pictures = [];
    private CameraPictures? _rows;

    private EpisodeCamera(string folder, string name, EpisodeReader reader) => (Folder, Name, _reader) = (folder, name, reader);

    public string Folder { get; }

    public string Name { get; }

    /// <summary>One per row, in order. Names are <c>FOLDER:CAMERA#ROW</c>; stamps are episode time, ns.</summary>
    public IReadOnlyList<ImageSource> Pictures => _pictures;

    /// <summary>What tells this camera from others of its kind, as the recorder found it; null where nothing does.</summary>
    public string? Device => _reader.Stream(Name).Info.Device.Identity;

    /// <summary>Whether a recorder still writes the episode.</summary>
    public bool IsGrowing => _reader.IsHeld;

    /// <summary>The way from mid-exposure to the host's stamp that the times in force were made with: as declared, or as a refit took it; null where unknown.</summary>
    public LatencyRange? Latency
    {
        get
        {
            LatencyRange? declared = _reader.Stream(Name).Info.Latency;
            long? applied = _reader.Manifest.Certificate?.Streams.FirstOrDefault(s => s.Stream == Name)?.LatencyAppliedNs;
            return applied is { } min ? new LatencyRange(new Duration(min), new Duration(Math.Max(min, min + ((declared?.Max - declared?.Min)?.Nanoseconds ?? 0)))) : declared;
        }
    }

    /// <exception cref="Capture.Episodes.EpisodeException">There is no such episode.</exception>
    /// <exception cref="CalibrationException">It has no such camera, or its pictures do not stand alone.</exception>
    public static EpisodeCamera Open(string folder, string name)
    {
        var camera = new EpisodeCamera(folder.TrimEnd('/'), name, EpisodeReader.Open(folder));
        try
        {
            camera.Take();
            return camera;
        }
        catch
        {
            camera.Dispose();
            throw;
        }
    }

    /// <summary>Looks for pictures that were recorded since.</summary>
    public void Refresh()
    {
        if (_reader.Refresh())
        {
            Take();
        }
    }

    /// <summary>Whether a name is one of <see cref="Pictures"/> of an episode that still lies where it lay.</summary>
    public static bool IsPicture(string text) => text.LastIndexOf('#') is > 0 and int hash && EpisodeSource.TryParse(text[..hash]) is not null;

    /// <summary>The picture that <see cref="Pictures"/> calls so, where its episode still lies; null for any other text.</summary>
    public static ImageSource? TryPicture(string text)
    {
        int hash = text.LastIndexOf('#');
        if (hash < 0 || EpisodeSource.TryParse(text[..hash]) is not { } source || !int.TryParse(text[(hash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int row))
        {
            return null;
        }

        return new ImageSource(text, () =>
        {
            using EpisodeCamera camera = Open(source.Folder, source.Stream);
            return row < camera.Pictures.Count
                ? camera.Pictures[row].Read()
                : throw new CalibrationException(CalibrationProblem.Data, $"it holds {camera.Pictures.Count} pictures", text, "Give the episode that the result was made from.");
        });
    }

    public void Dispose() => _reader.Dispose();

    private void Take()
    {
        if (_rows is null && IsGrowing && _reader.Find(Name) is { Rows: 0 })
        {
            return;
        }

        CameraPictures rows = CameraPictures.Of(_reader, Name, out string why) ?? throw new CalibrationException(CalibrationProblem.Data, why, Folder, "Name a camera of the episode whose pictures are mjpeg or png.");
        _rows = rows;
        bool renewed = _pictures.Count > 0 && _pictures[^1].StampNs != rows.TimesNs[_pictures.Count - 1];
        if (renewed)
        {
            // The final times have come: the same rows, better known.
            for (int i = 0; i < _pictures.Count; i++)
            {
                _pictures[i] = _pictures[i] with { StampNs = rows.TimesNs[i] };
            }
        }

        for (int i = _pictures.Count; i < rows.TimesNs.Length; i++)
        {
            int row = i;
            _pictures.Add(new ImageSource(string.Create(CultureInfo.InvariantCulture, $"{Folder}:{Name}#{row}"), () => rows.Bytes(row), rows.TimesNs[row]));
        }
    }
}
