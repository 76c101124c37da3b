namespace Capture.Arrow;

/// <summary>The numbers of Message.fbs, Schema.fbs and File.fbs that this library uses.</summary>
internal static class FlatNames
{
    /// <summary>MetadataVersion.V5, the only one read and written.</summary>
    public const short VersionV5 = 4;

    public const byte HeaderSchema = 1;
    public const byte HeaderDictionaryBatch = 2;
    public const byte HeaderRecordBatch = 3;

    public const byte TypeInt = 2;
    public const byte TypeFloatingPoint = 3;
    public const byte TypeBinary = 4;
    public const byte TypeUtf8 = 5;
    public const byte TypeBool = 6;
    public const byte TypeList = 12;
    public const byte TypeStruct = 13;
    public const byte TypeFixedSizeList = 16;

    /// <summary>The 8 bytes before each message: this mark, then the metadata's length.</summary>
    public const uint Continuation = 0xFFFF_FFFF;

    /// <summary>Bytes of mark and length.</summary>
    public const int PrefixLength = 8;

    /// <summary>What a file begins with (padded to 8 bytes) and ends with (not padded).</summary>
    public static ReadOnlySpan<byte> Magic => "ARROW1"u8;

    /// <summary>Bytes of the magic at the start, padding included.</summary>
    public const int HeadLength = 8;

    /// <summary>The union names of Schema.fbs, to say which type was refused.</summary>
    public static string TypeName(byte type) => type switch
    {
        1 => "null",
        7 => "decimal",
        8 => "date",
        9 => "time",
        10 => "timestamp",
        11 => "interval",
        14 => "union",
        15 => "fixed-size binary",
        17 => "map",
        18 => "duration",
        19 => "large binary",
        20 => "large utf8",
        21 => "large list",
        22 => "run-end encoded",
        23 => "binary view",
        24 => "utf8 view",
        25 => "list view",
        26 => "large list view",
        _ => $"type number {type}",
    };
}
