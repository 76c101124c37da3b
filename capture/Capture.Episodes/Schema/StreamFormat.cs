using Capture.Arrow;

namespace Capture.Episodes.Schema;

/// <summary>What a stream's file may use of Arrow (format, chapter 3): no dictionaries, nothing compressed.</summary>
internal static class StreamFormat
{
    /// <summary>Whether any column, or one nested in it, is encoded by a dictionary.</summary>
    public static bool HasDictionaries(ArrowSchema schema) => schema.Fields.Any(HasDictionaries);

    private static bool HasDictionaries(ArrowField field) => field.Type is DictionaryType || field.Type.Children.Any(HasDictionaries);
}
