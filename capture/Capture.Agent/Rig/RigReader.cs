using System.Text.RegularExpressions;

namespace Capture.Agent.Rig;

/// <summary>Reads and checks a <c>rig.yaml</c>: every key, type, unit and range; all problems at once, each with its line.</summary>
public static partial class RigReader
{
    /// <exception cref="RigException">The file cannot be read, is not YAML, or says something that is not understood.</exception>
    public static RigFile Read(string path)
    {
        string shown = path;
        string full = System.IO.Path.GetFullPath(path);
        YamlValue root = YamlTree.Parse(shown, ReadText(shown, full));
        var problems = new List<RigProblem>();
        RigFile rig = ReadRig(new Section(shown, "", root, problems), full);
        return problems.Count == 0 ? rig : throw new RigException([.. problems.OrderBy(p => p.Line)]);
    }

    internal static string ReadText(string shown, string full)
    {
        // Larger than any rig by far; keeps a wrong path (a recording, a device) from being read into memory.
        const long MaxBytes = 1 << 20;
        try
        {
            var info = new FileInfo(full);
            if (info.Exists && info.Length > MaxBytes)
            {
                throw new RigException([new RigProblem(shown, 0, "", $"{info.Length} bytes is no rig file: at most {MaxBytes}")]);
            }

            return File.ReadAllText(full);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new RigException([new RigProblem(shown, 0, "", "no such file")]);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RigException([new RigProblem(shown, 0, "", $"cannot be read: {e.Message}")]);
        }
    }

    private static RigFile ReadRig(Section root, string full)
    {
        string folder = System.IO.Path.GetDirectoryName(full)!;
        string Resolve(string relative) => System.IO.Path.GetFullPath(relative, folder);

        string name = root.RequiredText("rig", "the rig's name");
        if (name.Length > 0 && !SafeName().IsMatch(name))
        {
            root.Complain("rig", $"'{name}' cannot be part of a file name: use letters, digits, '-' and '_', at most 64");
        }

        string episodes = root.Text("episodes", "a folder") ?? "./episodes";
        EpisodeOptions options = ReadEpisode(root.Child("episode"));
        var devices = new List<DeviceEntry>();
        if (root.Child("streams") is { } streams)
        {
            foreach (KeyValuePair<YamlScalar, YamlValue> entry in streams.Entries)
            {
                if (!StreamName().IsMatch(entry.Key.Text))
                {
                    streams.Complain(entry.Key.Text, "a stream's name has lower-case letters, digits, '-' and '_' only, at most 32");
                }
                else if (entry.Key.Text is "clock" or "ledger" or "marks")
                {
                    streams.Complain(entry.Key.Text, "this name is taken by the recorder's own streams");
                }

                if (DeviceEntries.Read(entry.Key, streams.Nested(entry), Resolve) is { } device)
                {
                    devices.Add(device);
                }
            }

            if (!streams.Entries.Any())
            {
                root.Complain("streams", "no stream is declared");
            }
        }
        else
        {
            root.Complain("streams", "missing: expected at least one stream");
        }

        foreach (BoardEntry board in devices.OfType<BoardEntry>())
        {
            foreach (string camera in board.Triggers.Keys.Where(camera => !devices.OfType<CameraEntry>().Any(c => c.Name == camera)))
            {
                root.Complain("streams", $"{board.Name}.trigger names '{camera}', which is no camera of this rig");
            }
        }

        TaskOptions task = ReadTask(root.Child("task"));
        var calibration = new Dictionary<string, string>(StringComparer.Ordinal);
        if (root.Child("calibration") is { } calibrations)
        {
            foreach (KeyValuePair<YamlScalar, YamlValue> entry in calibrations.Entries)
            {
                string file = Resolve(calibrations.RequiredText(entry.Key.Text, "a file"));
                if (!devices.Any(d => d.Name == entry.Key.Text))
                {
                    calibrations.Complain(entry.Key.Text, "no stream has this name");
                }
                else if (!File.Exists(file))
                {
                    calibrations.Complain(entry.Key.Text, $"no such file: {file}");
                }

                if (calibration.Values.FirstOrDefault(f => f != file && System.IO.Path.GetFileName(f) == System.IO.Path.GetFileName(file)) is { } other)
                {
                    calibrations.Complain(entry.Key.Text, $"{file} and {other} would have the same name in the episode: rename one");
                }

                calibration[entry.Key.Text] = file;
            }
        }

        root.Finish();
        return new RigFile
        {
            Path = full,
            Name = name,
            EpisodesFolder = Resolve(episodes),
            Episode = options,
            Devices = devices,
            Task = task,
            Calibration = calibration,
        };
    }

    private static EpisodeOptions ReadEpisode(Section? section)
    {
        var defaults = new EpisodeOptions();
        if (section is null)
        {
            return defaults;
        }

        var options = new EpisodeOptions(
            section.Integer("batch_every_ms", "ms", 20, 10_000) ?? defaults.BatchEveryMs,
            section.Integer("durable_every_ms", "ms", 50, 60_000) ?? defaults.DurableEveryMs,
            section.Number("buffer_seconds", "s", 1, 60) ?? defaults.BufferSeconds,
            section.Integer("buffer_mb", "MiB", 16, 65_536) ?? defaults.BufferMb);
        if (section.Number("preroll_seconds", "s", 0, 600) is > 0)
        {
            section.Complain("preroll_seconds", "this version records no pre-roll: expected 0");
        }

        section.Finish();
        return options;
    }

    private static TaskOptions ReadTask(Section? section)
    {
        if (section is null)
        {
            return new TaskOptions([], new Dictionary<string, string>(StringComparer.Ordinal));
        }

        IReadOnlyList<string> required = section.TextList("required", "a list of field names, as [instruction, operator]");
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (KeyValuePair<YamlScalar, YamlValue> entry in section.Entries.Where(e => e.Key.Text != "required"))
        {
            if (section.Text(entry.Key.Text, "a text") is { } text)
            {
                fields[entry.Key.Text] = text;
            }
        }

        section.Finish();
        return new TaskOptions(required, fields);
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex SafeName();

    [GeneratedRegex("^[a-z0-9_-]{1,32}$")]
    private static partial Regex StreamName();
}
