namespace Capture.Devices.Raw;

/// <summary>A file that is the line's bytes and nothing else.</summary>
internal sealed class ByteReader(RawInput input) : RawReader
{
    private int given;

    public override RawFormat Format => RawFormat.Bytes;

    public override bool Next(out RawPayload payload)
    {
        input.Skip(given);
        ReadOnlySpan<byte> bytes = input.PeekSome();
        given = bytes.Length;
        payload = new RawPayload { Offset = input.Offset, Transport = RawTransport.Stream, Bytes = bytes };
        return !bytes.IsEmpty;
    }
}
