namespace Capture.Devices.Cameras.V4l2;

/// <summary>The kernel's side of V4L2, as thin as it can be: what the state machine asks for, a scripted fake answers in tests.</summary>
internal interface IV4l2
{
    /// <summary>Opens a video node for reading and writing, without blocking. 0, or −errno and null.</summary>
    int Open(string node, out IV4l2Node? opened);
}

/// <summary>One open video node. Calls give 0 (or what is said), or −errno. One thread.</summary>
internal interface IV4l2Node : IDisposable
{
    /// <summary>ioctl(2) with a structure of linux/videodev2.h.</summary>
    int Control<T>(nuint request, ref T argument)
        where T : unmanaged;

    /// <summary>poll(2) for a picture: the events that came (0: time is up), or −errno.</summary>
    int Wait(int milliseconds);

    /// <summary>Maps a buffer that the driver shares.</summary>
    int Map(uint offset, uint length, out nint address);

    void Unmap(nint address, uint length);
}
