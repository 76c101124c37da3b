using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Capture.Devices.Mocap;
using Capture.Episodes.Schema;

namespace Capture.Devices.Decode;

/// <summary>
/// NatNet datagrams as JSON lines. The bitstream's version comes from the caller, else from a server's answer in the recording, else from the
/// newest version that fits a frame to its last byte.
/// </summary>
public sealed class NatNetDecoder : StreamDecoder
{
    private const int MaxItems = 4096;
    private static readonly NatNetVersion[] Guesses = [new(4, 1), new(4, 0), new(3, 0)];

    private readonly NatNetFrame frame = new(MaxItems, MaxItems);
    private NatNetVersion? version;

    /// <param name="version">Null finds it out.</param>
    public NatNetDecoder(DecodedLines lines, NatNetVersion? version = null)
        : base(lines)
    {
        this.version = version;
    }

    protected override int Decode(ReadOnlySpan<byte> bytes, long offset, long? time, bool atEnd)
    {
        // Frames have four zero bytes behind their payload.
        if (bytes.Length >= 4 && BinaryPrimitives.ReadUInt32LittleEndian(bytes) == 0)
        {
            return 4;
        }

        if (NatNetPacket.Read(bytes, out NatNetMessage message, out ReadOnlySpan<byte> payload) != ParseStatus.Complete)
        {
            if (atEnd)
            {
                Lines.Problem(offset, time, "the bytes end inside a NatNet packet", bytes.Length);
                return bytes.Length;
            }

            return 0;
        }

        Write(message, payload, offset, time);
        return NatNetPacket.HeadBytes + payload.Length;
    }

    private void Write(NatNetMessage message, ReadOnlySpan<byte> payload, long offset, long? time)
    {
        switch (message)
        {
            case NatNetMessage.Frame:
                WriteFrame(payload, offset, time);
                break;
            case NatNetMessage.ServerInfo:
                WriteServerInfo(payload, offset, time);
                break;
            case NatNetMessage.Models:
                WriteModels(payload, offset, time);
                break;
            case NatNetMessage.Connect:
                Utf8JsonWriter connect = Lines.Begin("connect", offset, time);
                if (payload.Length >= NatNetPacket.ConnectBytes)
                {
                    connect.WriteString("wanted_bitstream", $"{payload[265]}.{payload[266]}");
                }

                Lines.End();
                break;
            case NatNetMessage.EchoRequest when payload.Length >= 8:
                Lines.Begin("echo_request", offset, time).WriteNumber("client_stamp_ticks", BinaryPrimitives.ReadUInt64LittleEndian(payload));
                Lines.End();
                break;
            case NatNetMessage.EchoResponse when NatNetPacket.TryReadEcho(payload, out ulong client, out ulong server):
                Utf8JsonWriter echo = Lines.Begin("echo_response", offset, time);
                echo.WriteNumber("client_stamp_ticks", client);
                echo.WriteNumber("server_receive_ticks", server);
                Lines.End();
                break;
            case NatNetMessage.Request or NatNetMessage.Text:
                Lines.Begin(message == NatNetMessage.Text ? "text" : "request", offset, time)
                    .WriteString("text", Encoding.UTF8.GetString(payload).TrimEnd('\0'));
                Lines.End();
                break;
            case NatNetMessage.Response:
                Lines.Begin("response", offset, time).WriteString("data_hex", Convert.ToHexStringLower(payload));
                Lines.End();
                break;
            case NatNetMessage.RequestModels or NatNetMessage.RequestFrame or NatNetMessage.Disconnect or NatNetMessage.KeepAlive
                or NatNetMessage.Discovery or NatNetMessage.Unrecognized:
                Lines.Begin(JsonNamingPolicy.SnakeCaseLower.ConvertName(message.ToString()), offset, time);
                Lines.End();
                break;
            default:
                Lines.Problem(offset, time, $"NatNet message {(ushort)message} is unknown or too short", NatNetPacket.HeadBytes + payload.Length);
                break;
        }
    }

    private void WriteServerInfo(ReadOnlySpan<byte> payload, long offset, long? time)
    {
        if (!NatNetServerInfo.TryRead(payload, out NatNetServerInfo? info) || info is null)
        {
            Lines.Problem(offset, time, "the server's description is too short", payload.Length);
            return;
        }

        if (info.Version.CompareTo(NatNetVersion.Oldest) >= 0)
        {
            version ??= info.Version.CompareTo(NatNetVersion.Newest) > 0 ? NatNetVersion.Newest : info.Version;
        }

        Utf8JsonWriter json = Lines.Begin("server_info", offset, time);
        json.WriteString("application", info.Application);
        json.WriteString("application_version", info.ApplicationVersion);
        json.WriteString("natnet_version", info.Version.ToString());
        json.WriteNumber("clock_hz", info.ClockHz);
        json.WriteNumber("data_port", info.DataPort);
        json.WriteString("multicast_group", info.Group?.ToString());
        Lines.End();
    }

    private void WriteModels(ReadOnlySpan<byte> payload, long offset, long? time)
    {
        foreach (NatNetVersion candidate in Candidates())
        {
            if (NatNetModels.TryRead(payload, candidate, out NatNetModels? models) && models is not null)
            {
                Utf8JsonWriter json = Lines.Begin("models", offset, time);
                json.WriteString("bitstream", candidate.ToString());
                json.WriteNumber("datasets", models.Datasets);
                json.WriteStartArray("rigid_bodies");
                foreach (NatNetBodyModel body in models.Bodies)
                {
                    json.WriteStartObject();
                    json.WriteString("name", body.Name);
                    json.WriteNumber("id", body.Id);
                    json.WriteNumber("parent_id", body.ParentId);
                    json.WriteNumber("markers", body.Markers);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                Lines.End();
                return;
            }
        }

        Lines.Problem(offset, time, "the model descriptions do not fit the bitstream", payload.Length);
    }

    private NatNetVersion[] Candidates() => version is { } known ? [known] : Guesses;

    private void WriteFrame(ReadOnlySpan<byte> payload, long offset, long? time)
    {
        NatNetSection failedAt = NatNetSection.None;
        foreach (NatNetVersion candidate in Candidates())
        {
            if (NatNetFrameReader.Read(payload, candidate, frame, out failedAt) == ParseStatus.Complete)
            {
                WriteFrame(candidate, offset, time);
                return;
            }
        }

        string which = version is { } known ? $"bitstream {known}" : "any bitstream from 3.0 to 4.1";
        Lines.Problem(offset, time, $"the frame does not fit {which}; last stopped at {failedAt}", payload.Length);
    }

    private void WriteFrame(NatNetVersion used, long offset, long? time)
    {
        Utf8JsonWriter json = Lines.Begin("frame", offset, time);
        json.WriteString("bitstream", used.ToString());
        json.WriteNumber("frame", frame.Number);
        json.WriteFloat("software_time_s", frame.SoftwareTimeS);
        json.WriteNumber("mid_exposure_ticks", frame.MidExposureTicks);
        json.WriteNumber("data_received_ticks", frame.DataReceivedTicks);
        json.WriteNumber("transmit_ticks", frame.TransmitTicks);
        json.WriteBoolean("recording", frame.Recording);
        json.WriteBoolean("models_changed", frame.ModelsChanged);
        json.WriteStartArray("rigid_bodies");
        foreach (NatNetBody body in frame.Bodies)
        {
            MocapBody p = body.Pose;
            json.WriteStartObject();
            json.WriteNumber("id", body.Id);
            json.WriteBoolean("tracked", p.Tracked);
            json.WriteFloats("position_m", [p.X, p.Y, p.Z]);
            json.WriteFloats("rotation_xyzw", [p.QX, p.QY, p.QZ, p.QW]);
            json.WritePropertyName("mean_error_m");
            json.WriteFloatValue(p.MeanErrorM);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("markers");
        foreach (MocapMarker marker in frame.Markers)
        {
            json.WriteStartObject();
            json.WriteNumber("id", marker.Id);
            json.WriteFloats("position_m", [marker.X, marker.Y, marker.Z]);
            json.WritePropertyName("size_m");
            json.WriteFloatValue(marker.SizeM);
            json.WritePropertyName("residual_m");
            json.WriteFloatValue(marker.ResidualM);
            json.WriteBoolean("occluded", marker.Occluded);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Lines.End();
    }
}
