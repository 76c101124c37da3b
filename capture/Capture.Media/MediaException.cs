namespace Capture.Media;

/// <summary>A codec is missing or failed: what happened, and what to do.</summary>
public sealed class MediaException : Exception
{
    public MediaException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
