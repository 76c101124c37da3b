using System.Text;
using System.Text.Json;
using Capture.Episodes.Manifest;

namespace Capture.Agent.Recording;

/// <summary>A recording's result for scripts.</summary>
internal static class RecordingJson
{
    public static string Write(RecordingReport report, IReadOnlyList<string> complaints)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("episode", report.Folder);
            json.WriteString("stopped", report.Manifest.Stopped);
            json.WriteNumber("duration_ns", report.Manifest.DurationNs ?? 0);
            json.WriteNumber("managed_bytes_while_armed", report.Result.ManagedBytesAllocated);
            if (report.Manifest.Calibration is { } calibration)
            {
                json.WriteString("calibration", calibration.State);
            }

            json.WriteStartArray("streams");
            foreach (ManifestStream stream in report.Manifest.Streams.Where(s => s.Counts is not null))
            {
                json.WriteStartObject();
                json.WriteString("name", stream.Name);
                json.WriteString("kind", stream.Kind);
                json.WriteNumber("stored", stream.Counts!.Stored);
                json.WriteNumber("dropped", stream.Counts.Dropped);
                Optional(json, "produced", stream.Counts.Produced);
                Optional(json, "unknown", stream.Counts.Unknown);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("marks");
            foreach (ManifestMark mark in report.Manifest.Marks ?? [])
            {
                json.WriteStartObject();
                json.WriteString("stream", mark.Stream);
                json.WriteString("mark", mark.Mark);
                json.WriteNumber("from_ns", mark.FromNs);
                Optional(json, "until_ns", mark.UntilNs);
                json.WriteNumber("found_ns", mark.FoundNs);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("complaints");
            foreach (string complaint in complaints)
            {
                json.WriteStringValue(complaint);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Optional(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(name, number);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
