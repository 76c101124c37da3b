namespace FirmwareBridge.MessagePack;

/// <summary>The first byte of a MessagePack value (spec.md, "Formats").</summary>
internal static class MessagePackCode
{
    internal const byte Nil = 0xc0;
    internal const byte False = 0xc2;
    internal const byte True = 0xc3;
    internal const byte Bin8 = 0xc4;
    internal const byte Ext8 = 0xc7;
    internal const byte Float32 = 0xca;
    internal const byte Float64 = 0xcb;
    internal const byte UInt8 = 0xcc;
    internal const byte Int8 = 0xd0;
    internal const byte FixExt1 = 0xd4;
    internal const byte Str8 = 0xd9;
    internal const byte Array16 = 0xdc;
    internal const byte Map16 = 0xde;

    internal static MessagePackType TypeOf(byte code) => code switch
    {
        < 0x80 or >= 0xe0 => MessagePackType.Integer,
        < 0x90 => MessagePackType.Map,
        < 0xa0 => MessagePackType.Array,
        < 0xc0 => MessagePackType.String,
        Nil => MessagePackType.Nil,
        0xc1 => MessagePackType.NeverUsed,
        False or True => MessagePackType.Boolean,
        <= 0xc6 => MessagePackType.Binary,
        <= 0xc9 => MessagePackType.Extension,
        Float32 or Float64 => MessagePackType.Float,
        <= 0xd3 => MessagePackType.Integer,
        <= 0xd8 => MessagePackType.Extension,
        <= 0xdb => MessagePackType.String,
        <= 0xdd => MessagePackType.Array,
        _ => MessagePackType.Map,
    };

    /// <summary>Bytes of the length that follows a code with one (0: <paramref name="inCode"/> is the length).</summary>
    internal static int LengthWidth(byte code, out int inCode)
    {
        inCode = 0;
        switch (code)
        {
            case < 0xa0:
                inCode = code & 0x0f;
                return 0;
            case < 0xc0:
                inCode = code & 0x1f;
                return 0;
            case <= 0xc6:
                return 1 << (code - Bin8);
            case <= 0xc9:
                return 1 << (code - Ext8);
            case >= FixExt1 and <= 0xd8:
                inCode = 1 << (code - FixExt1);
                return 0;
            case >= Str8 and <= 0xdb:
                return 1 << (code - Str8);
            default:
                return (code & 1) == 0 ? 2 : 4; // array and map, 16 and 32
        }
    }

    internal static ulong ReadBigEndian(ReadOnlySpan<byte> bytes)
    {
        ulong value = 0;
        foreach (byte b in bytes)
        {
            value = (value << 8) | b;
        }

        return value;
    }
}
