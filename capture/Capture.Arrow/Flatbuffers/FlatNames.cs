namespace Capture.Arrow;

/// <summary>The numbers of Message.fbs, Schema.fbs and File.fbs that this library uses.</summary>
internal static class FlatNames
{
    /// <summary>MetadataVersion.V4 (Arrow 0.8 to 0.17), read.</summary>
    public const short VersionV4 = 3;

    /// <summary>MetadataVersion.V5, read and written.</summary>
    public const short VersionV5 = 4;

    public const byte HeaderSchema = 1;
    public const byte HeaderDictionaryBatch = 2;
    public const byte HeaderRecordBatch = 3;

    public const byte TypeNull = 1;
    public const byte TypeInt = 2;
    public const byte TypeFloatingPoint = 3;
    public const byte TypeBinary = 4;
    public const byte TypeUtf8 = 5;
    public const byte TypeBool = 6;
    public const byte TypeDecimal = 7;
    public const byte TypeDate = 8;
    public const byte TypeTime = 9;
    public const byte TypeTimestamp = 10;
    public const byte TypeInterval = 11;
    public const byte TypeList = 12;
    public const byte TypeStruct = 13;
    public const byte TypeUnion = 14;
    public const byte TypeFixedSizeBinary = 15;
    public const byte TypeFixedSizeList = 16;
    public const byte TypeMap = 17;
    public const byte TypeDuration = 18;
    public const byte TypeLargeBinary = 19;
    public const byte TypeLargeUtf8 = 20;
    public const byte TypeLargeList = 21;
    public const byte TypeRunEndEncoded = 22;
    public const byte TypeBinaryView = 23;
    public const byte TypeUtf8View = 24;
    public const byte TypeListView = 25;
    public const byte TypeLargeListView = 26;

    /// <summary>The 8 bytes before each message: this mark, then the metadata's length.</summary>
    public const uint Continuation = 0xFFFF_FFFF;

    /// <summary>Bytes of mark and length.</summary>
    public const int PrefixLength = 8;

    /// <summary>What a file begins with (padded to 8 bytes) and ends with (not padded).</summary>
    public static ReadOnlySpan<byte> Magic => "ARROW1"u8;

    /// <summary>Bytes of the magic at the start, padding included.</summary>
    public const int HeadLength = 8;
}
