using Capture.Devices.Mocap;
using Capture.Devices.Raw;

namespace Capture.Devices.Decode;

/// <summary>What a decoding run may be told.</summary>
public sealed record DecodeOptions
{
    /// <summary>How the input is packed; null finds it out.</summary>
    public RawFormat? Format { get; init; }

    /// <summary>UDP and TCP ports to read, at either end; empty reads all.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>Bitstream of NatNet frames; null finds it out.</summary>
    public NatNetVersion? NatNet { get; init; }
}

/// <summary>What a run read.</summary>
/// <param name="Lines">Lines written, problems among them.</param>
/// <param name="Problems">Lines that report something malformed or unreadable.</param>
/// <param name="OtherPackets">Packets left out: other ports, neither UDP nor TCP.</param>
public readonly record struct DecodeSummary(RawFormat Format, long Lines, long Problems, long OtherPackets);

/// <summary><c>capture decode PROTOCOL FILE</c>: recorded bytes in, JSON lines out, through the live parsers.</summary>
public static class DecodeRun
{
    public static IReadOnlyList<string> Protocols { get; } = ["natnet", "dynamixel", "bridge"];

    /// <exception cref="ArgumentException">The protocol is none of <see cref="Protocols"/>.</exception>
    public static DecodeSummary Run(string protocol, Stream input, Stream output, DecodeOptions? options = null)
    {
        options ??= new DecodeOptions();
        using DecodedLines lines = new(output, protocol);
        PayloadDecoder decoder = protocol switch
        {
            "natnet" => new NatNetDecoder(lines, options.NatNet),
            "dynamixel" => new DynamixelDecoder(lines),
            "bridge" => new BridgeDecoder(lines),
            _ => throw new ArgumentException($"There is no protocol \"{protocol}\"; possible are {string.Join(", ", Protocols)}.", nameof(protocol)),
        };

        RawReader reader = RawReader.Open(input, options.Format);
        long others = 0;
        while (reader.Next(out RawPayload payload))
        {
            bool packet = payload.Transport is RawTransport.Udp or RawTransport.Tcp;
            if (payload.Problem is { } problem)
            {
                lines.Problem(payload.Offset, payload.UnixNanoseconds, problem);
            }
            else if (payload.Transport == RawTransport.Other || (packet && options.Ports.Count > 0 && !options.Ports.Contains(payload.SourcePort) && !options.Ports.Contains(payload.DestinationPort)))
            {
                others++;
            }
            else
            {
                decoder.Take(payload);
            }
        }

        decoder.End();
        output.Flush();
        return new DecodeSummary(reader.Format, lines.Lines, lines.Problems, others);
    }
}
