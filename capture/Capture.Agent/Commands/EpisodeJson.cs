using System.Text;
using System.Text.Json;
using Capture.Episodes.Manifest;
using Capture.Episodes.Reading;

namespace Capture.Agent.Commands;

/// <summary>What `info --json` prints: the manifest as it is, and what the files hold now.</summary>
internal static class EpisodeJson
{
    public static string Write(EpisodeReader reader)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("folder", Path.GetFullPath(reader.Folder));
            json.WriteBoolean("held_by_recorder", reader.IsHeld);
            json.WritePropertyName("manifest");
            json.WriteRawValue(File.ReadAllBytes(Path.Combine(reader.Folder, ManifestFile.Name)));
            json.WriteStartArray("files");
            foreach (EpisodeStream stream in reader.Streams)
            {
                json.WriteStartObject();
                json.WriteString("stream", stream.Info.Name);
                json.WriteString("kind", stream.Info.Kind);
                json.WriteNumber("rows", stream.Rows);
                json.WriteNumber("batches", stream.Batches);
                json.WriteNumber("bytes", stream.Bytes);
                json.WriteString("end", stream.Tail.Kind.ToString().ToLowerInvariant());
                json.WriteNumber("torn_bytes", stream.IsSealed ? 0 : stream.Tail.Length);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
