using Capture.Core.Time;
using Capture.Episodes.Schema;

namespace Capture.Devices.Watching;

/// <summary>
/// One picture on its way from a source's thread to the watch's, twice a second. The source copies when the slot is empty and a picture is due, and passes on otherwise:
/// it never waits for the watch.
/// </summary>
/// <param name="maxBytes">Largest picture; a larger one is not looked at.</param>
internal sealed class PictureSlot(int maxBytes)
{
    private static readonly Duration Every = Duration.FromMilliseconds(500);

    // Twice a second is every fifteenth picture of 30: a stamp that is a little early must not make it every sixteenth.
    private static readonly Duration Early = Duration.FromMilliseconds(10);

    private readonly byte[] bytes = GC.AllocateUninitializedArray<byte>(maxBytes);
    private SampleStamp stamp;
    private int length;
    private HostTime? next;
    private bool full;

    /// <summary>Source's thread.</summary>
    public void Offer(in SampleStamp at, ReadOnlySpan<byte> picture)
    {
        if (at.HostTime + Early < next || Volatile.Read(ref full) || picture.Length > bytes.Length)
        {
            return;
        }

        picture.CopyTo(bytes);
        length = picture.Length;
        stamp = at;
        next = at.HostTime + Every;
        Volatile.Write(ref full, true);
    }

    /// <summary>Watch's thread: the picture, until <see cref="Empty"/>; false where none is there.</summary>
    public bool TryLook(out ReadOnlySpan<byte> picture, out SampleStamp at)
    {
        bool there = Volatile.Read(ref full);
        picture = there ? bytes.AsSpan(0, length) : default;
        at = there ? stamp : default;
        return there;
    }

    public void Empty() => Volatile.Write(ref full, false);
}
