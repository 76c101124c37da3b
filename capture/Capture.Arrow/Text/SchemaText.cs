namespace Capture.Arrow;

/// <summary>
/// A schema as JSON. The names of types and their parameters are those of the Arrow project's integration tests; where a list says more than one thing
/// (large, view), it has a name of its own.
/// </summary>
internal static class SchemaText
{
    public static void Fields(JsonLines json, IReadOnlyList<ArrowField> fields)
    {
        json.BeginArray();
        foreach (ArrowField field in fields)
        {
            Field(json, field);
        }

        json.EndArray();
    }

    /// <summary>Pairs in their order: a key may be there twice.</summary>
    public static void Pairs(JsonLines json, IEnumerable<KeyValuePair<string, string>> pairs)
    {
        json.BeginArray();
        foreach (KeyValuePair<string, string> pair in pairs)
        {
            json.BeginObject();
            json.Name("key");
            json.String(pair.Key);
            json.Name("value");
            json.String(pair.Value);
            json.EndObject();
        }

        json.EndArray();
    }

    private static void Field(JsonLines json, ArrowField field)
    {
        var dictionary = field.Type as DictionaryType;
        ArrowType type = dictionary?.Value ?? field.Type;
        json.BeginObject();
        json.Name("name");
        json.String(field.Name);
        json.Name("type");
        Type(json, type);
        json.Name("nullable");
        json.Bool(field.Nullable);
        if (dictionary is not null)
        {
            json.Name("dictionary");
            json.BeginObject();
            json.Name("id");
            json.String(FormattableString.Invariant($"{dictionary.Id}"));
            json.Name("indexType");
            Type(json, dictionary.Index);
            json.Name("isOrdered");
            json.Bool(dictionary.Ordered);
            json.EndObject();
        }

        json.Name("children");
        Fields(json, type.Children);
        json.Name("metadata");
        Pairs(json, field.Metadata);
        json.EndObject();
    }

    private static void Type(JsonLines json, ArrowType type)
    {
        json.BeginObject();
        json.Name("name");
        json.String(NameOf(type));
        switch (type)
        {
            case IntType t:
                Integer(json, t.BitWidth, signed: true);
                break;
            case UIntType t:
                Integer(json, t.BitWidth, signed: false);
                break;
            case FloatType or HalfType:
                Word(json, "precision", type is FloatType { BitWidth: 64 } ? "DOUBLE" : type is FloatType ? "SINGLE" : "HALF");
                break;
            case DecimalType t:
                Number(json, "precision", t.Precision);
                Number(json, "scale", t.Scale);
                Number(json, "bitWidth", t.BitWidth);
                break;
            case DateType t:
                Word(json, "unit", t.Unit == ArrowDateUnit.Day ? "DAY" : "MILLISECOND");
                break;
            case TimeType t:
                Word(json, "unit", Unit(t.Unit));
                Number(json, "bitWidth", t.BitWidth);
                break;
            case TimestampType t:
                Word(json, "unit", Unit(t.Unit));
                if (t.TimeZone is not null)
                {
                    Word(json, "timezone", t.TimeZone);
                }

                break;
            case DurationType t:
                Word(json, "unit", Unit(t.Unit));
                break;
            case IntervalType t:
                Word(json, "unit", t.Unit switch { ArrowIntervalUnit.YearMonth => "YEAR_MONTH", ArrowIntervalUnit.DayTime => "DAY_TIME", _ => "MONTH_DAY_NANO" });
                break;
            case FixedSizeBinaryType t:
                Number(json, "byteWidth", t.ByteWidth);
                break;
            case FixedSizeListType t:
                Number(json, "listSize", t.Size);
                break;
            case MapType t:
                json.Name("keysSorted");
                json.Bool(t.KeysSorted);
                break;
            case UnionType t:
                Word(json, "mode", t.Mode == ArrowUnionMode.Sparse ? "SPARSE" : "DENSE");
                json.Name("typeIds");
                json.BeginArray();
                foreach (int id in t.TypeIds)
                {
                    json.Number(id);
                }

                json.EndArray();
                break;
        }

        json.EndObject();
    }

    private static string NameOf(ArrowType type) => type switch
    {
        IntType or UIntType => "int",
        FloatType or HalfType => "floatingpoint",
        NullType => "null",
        BoolType => "bool",
        DecimalType => "decimal",
        DateType => "date",
        TimeType => "time",
        TimestampType => "timestamp",
        DurationType => "duration",
        IntervalType => "interval",
        Utf8Type => "utf8",
        BinaryType => "binary",
        LargeUtf8Type => "largeutf8",
        LargeBinaryType => "largebinary",
        Utf8ViewType => "utf8view",
        BinaryViewType => "binaryview",
        FixedSizeBinaryType => "fixedsizebinary",
        ListType => "list",
        LargeListType => "largelist",
        ListViewType => "listview",
        LargeListViewType => "largelistview",
        FixedSizeListType => "fixedsizelist",
        StructType => "struct",
        MapType => "map",
        UnionType => "union",
        RunEndType => "runendencoded",
        _ => throw new ArgumentException($"{type} has no name."),
    };

    private static string Unit(ArrowTimeUnit unit) => unit switch
    {
        ArrowTimeUnit.Second => "SECOND",
        ArrowTimeUnit.Millisecond => "MILLISECOND",
        ArrowTimeUnit.Microsecond => "MICROSECOND",
        _ => "NANOSECOND",
    };

    private static void Integer(JsonLines json, int width, bool signed)
    {
        Number(json, "bitWidth", width);
        json.Name("isSigned");
        json.Bool(signed);
    }

    private static void Word(JsonLines json, string name, string value)
    {
        json.Name(name);
        json.String(value);
    }

    private static void Number(JsonLines json, string name, int value)
    {
        json.Name(name);
        json.Number(value);
    }
}
