using System.CommandLine;
using Capture.Devices.Decode;
using Capture.Devices.Mocap;
using Capture.Devices.Raw;

namespace Capture.Agent.Commands;

/// <summary><c>capture decode PROTOCOL FILE</c>: recorded bytes as JSON lines, by the parsers that read live.</summary>
internal static class DecodeCommand
{
    public static Command Create()
    {
        var protocol = new Argument<string>("PROTOCOL") { Description = string.Join(", ", DecodeRun.Protocols) };
        protocol.AcceptOnlyFromAmong([.. DecodeRun.Protocols]);
        var file = new Argument<string>("FILE") { Description = "Raw bytes, hex text, pcap or pcapng; - reads standard input." };
        var format = new Option<string>("--format") { Description = "How the input is packed; found out by itself as a rule.", DefaultValueFactory = _ => "auto" };
        format.AcceptOnlyFromAmong("auto", "raw", "hex", "pcap", "pcapng");
        var port = new Option<int[]>("--port") { Description = "Only packets from or to this UDP or TCP port; may be repeated.", DefaultValueFactory = _ => [] };
        var natnet = new Option<string?>("--natnet") { Description = "Bitstream of NatNet frames, as 3.1; found out by itself as a rule." };
        var command = new Command("decode", "Decodes recorded device traffic to JSON lines.") { protocol, file, format, port, natnet };
        command.SetAction(parsed => Trouble.Guard(() =>
        {
            NatNetVersion? version = null;
            if (parsed.GetValue(natnet) is { } text)
            {
                string[] parts = text.Split('.');
                if (parts.Length != 2 || !byte.TryParse(parts[0], out byte major) || !byte.TryParse(parts[1], out byte minor))
                {
                    Console.Error.WriteLine($"capture: --natnet {text}: expected a bitstream version, as 3.1");
                    return ExitCode.Usage;
                }

                version = new NatNetVersion(major, minor);
            }

            return Decode(
                parsed.GetRequiredValue(protocol),
                parsed.GetRequiredValue(file),
                new DecodeOptions { Format = FormatOf(parsed.GetValue(format)!), Ports = parsed.GetValue(port)!, NatNet = version });
        }));
        return command;
    }

    private static int Decode(string protocol, string file, DecodeOptions options)
    {
        using Stream input = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        using var output = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
        DecodeSummary summary = DecodeRun.Run(protocol, input, output, options);
        if (summary.Lines == 0)
        {
            Console.Error.WriteLine($"capture: {file}: nothing to decode ({summary.Format}, {summary.OtherPackets} packets of other kinds)");
            return ExitCode.FoundWrong;
        }

        return summary.Problems == 0 ? ExitCode.Good : ExitCode.FoundWrong;
    }

    private static RawFormat? FormatOf(string text) => text switch
    {
        "raw" => RawFormat.Bytes,
        "hex" => RawFormat.Hex,
        "pcap" => RawFormat.Pcap,
        "pcapng" => RawFormat.PcapNg,
        _ => null,
    };
}
