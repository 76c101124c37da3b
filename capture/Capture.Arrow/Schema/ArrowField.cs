namespace Capture.Arrow;

/// <summary>One column, or one field nested in a column. Immutable; equal when name, type, nullability and metadata are.</summary>
/// <param name="Name">Any text, UTF-8 on file.</param>
/// <param name="Type">What a value is.</param>
/// <param name="Nullable">Whether a row may be null. A column that may not is written without a bitmap.</param>
public sealed record ArrowField(string Name, ArrowType Type, bool Nullable = false)
{
    /// <summary>Custom metadata of the field, such as its unit. Keys that begin with <c>ARROW:</c> have meanings to other readers.</summary>
    public ArrowMetadata Metadata { get; init; } = ArrowMetadata.Empty;
}
