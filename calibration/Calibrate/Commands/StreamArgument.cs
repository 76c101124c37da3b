using System.CommandLine;
using Calibration;
using Calibration.Episodes;
using Calibration.Results;
using Calibration.Tables;
using Capture.Episodes.Schema;

namespace Calibrate.Commands;

/// <summary>A stream on the command line: a text file, or <c>EPISODE:STREAM[/BODY]</c>.</summary>
internal static class StreamArgument
{
    public const string Notation = "a text file (t x y z qx qy qz qw, or a header that names the columns), or EPISODE:STREAM, as day.episode:mocap/gripper or day.episode:follower.state";

    private const long MaxBytes = 1L << 32;

    public static Option<string> Order()
    {
        var option = new Option<string>("--order") { Description = "Order of quaternions in files without a header: xyzw or wxyz.", DefaultValueFactory = _ => "xyzw" };
        option.AcceptOnlyFromAmong("xyzw", "wxyz");
        return option;
    }

    public static Option<string> Angles()
    {
        var option = new Option<string>("--angles") { Description = "Unit of rotation vectors: rad or deg.", DefaultValueFactory = _ => "rad" };
        option.AcceptOnlyFromAmong("rad", "deg");
        return option;
    }

    public static Option<string?> TimeUnit()
    {
        var option = new Option<string?>("--time-unit") { Description = "Unit of the stamps: s, ms, us or ns; found out when not given." };
        option.AcceptOnlyFromAmong("s", "ms", "us", "ns");
        return option;
    }

    public static PoseFileOptions Options(string order, string angles, string? unit) => new(order == "wxyz", angles == "deg", Unit(unit));

    public static PoseStream Poses(string text, PoseFileOptions options) => EpisodeSource.TryParse(text) is { } source ? source.ReadPoses() : StreamFile.ReadPoses(text, options);

    public static ChannelStream Channels(string text, PoseFileOptions options) => EpisodeSource.TryParse(text) is { } source ? source.ReadChannels() : StreamFile.ReadChannels(text, options.TimeUnit);

    /// <exception cref="CalibrationException">The text names no stream of an episode.</exception>
    public static EpisodeSource Episode(string text) => EpisodeSource.TryParse(text)
        ?? throw new CalibrationException(CalibrationProblem.Asked, "names no stream of an episode", text, "Write EPISODE:STREAM, as day.episode:room.");

    /// <summary>Whether the stream is joints rather than poses: of an episode an arm's state or command, of a file columns that are no pose.</summary>
    public static bool IsChannels(string text) => EpisodeSource.TryParse(text) is { } source
        ? source.Kind() is StreamKinds.JointState or StreamKinds.JointCommand
        : !StreamFile.HoldsPoses(text);

    /// <summary>What went in, for the result: the file, or the stream's file.</summary>
    public static InputFile Input(string text)
    {
        string path = EpisodeSource.TryParse(text) is { } source ? Path.Combine(source.Folder, "streams", source.Stream + ".arrow") : text;
        long length = new FileInfo(path).Length;
        return length <= MaxBytes / 4
            ? InputFile.Of(text, File.ReadAllBytes(path))
            : throw new CalibrationException(CalibrationProblem.Data, $"it is {length >> 20} MiB large", path, "Cut it into shorter recordings.");
    }

    private static StampUnit? Unit(string? unit) => unit switch
    {
        "s" => StampUnit.Seconds,
        "ms" => StampUnit.Milliseconds,
        "us" => StampUnit.Microseconds,
        "ns" => StampUnit.Nanoseconds,
        _ => null,
    };
}
