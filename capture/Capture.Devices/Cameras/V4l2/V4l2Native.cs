using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Capture.Devices.Cameras.V4l2;

/// <summary>The five calls of the C library that V4L2 takes (open, ioctl, poll, mmap, munmap).</summary>
internal static unsafe partial class V4l2Native
{
    // fcntl.h: O_RDWR | O_NONBLOCK | O_CLOEXEC
    private const int OpenFlags = 0x2 | 0x800 | 0x8_0000;

    // sys/mman.h: PROT_READ | PROT_WRITE, MAP_SHARED
    private const int ReadWrite = 3;
    private const int Shared = 1;

    public static int Open(string path, out SafeFileHandle handle)
    {
        handle = OpenFile(path, OpenFlags);
        return handle.IsInvalid ? -Marshal.GetLastPInvokeError() : 0;
    }

    public static int Control(SafeFileHandle file, nuint request, void* argument)
    {
        int result;
        do
        {
            result = Ioctl(file, request, argument) < 0 ? -Marshal.GetLastPInvokeError() : 0;
        }
        while (result == V4l2Codes.Interrupted);
        return result;
    }

    public static int Wait(SafeFileHandle file, int milliseconds)
    {
        bool taken = false;
        try
        {
            file.DangerousAddRef(ref taken);
            var request = new PollRequest { File = (int)file.DangerousGetHandle(), Events = V4l2Codes.PollIn };
            int ready = Poll(&request, 1, milliseconds);
            if (ready >= 0)
            {
                return ready == 0 ? 0 : request.Returned;
            }

            int error = -Marshal.GetLastPInvokeError();
            return error == V4l2Codes.Interrupted ? 0 : error;
        }
        finally
        {
            if (taken)
            {
                file.DangerousRelease();
            }
        }
    }

    public static int Map(SafeFileHandle file, uint offset, uint length, out nint address)
    {
        address = MapMemory(0, length, ReadWrite, Shared, file, (nint)offset);
        return address == -1 ? -Marshal.GetLastPInvokeError() : 0;
    }

    public static void Unmap(nint address, uint length) => _ = UnmapMemory(address, length);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle file, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(PollRequest* requests, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial nint MapMemory(nint address, nuint length, int protection, int flags, SafeFileHandle file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int UnmapMemory(nint address, nuint length);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollRequest
    {
        public int File;
        public short Events;
        public short Returned;
    }
}

/// <summary>V4L2 of this host's kernel.</summary>
internal sealed class KernelV4l2 : IV4l2
{
    public static KernelV4l2 Instance { get; } = new();

    public int Open(string node, out IV4l2Node? opened)
    {
        int result = V4l2Native.Open(node, out SafeFileHandle handle);
        opened = result == 0 ? new KernelNode(handle) : null;
        return result;
    }

    private sealed class KernelNode(SafeFileHandle file) : IV4l2Node
    {
        public unsafe int Control<T>(nuint request, ref T argument)
            where T : unmanaged
        {
            fixed (T* pointer = &argument)
            {
                return V4l2Native.Control(file, request, pointer);
            }
        }

        public int Wait(int milliseconds) => V4l2Native.Wait(file, milliseconds);

        public int Map(uint offset, uint length, out nint address) => V4l2Native.Map(file, offset, length, out address);

        public void Unmap(nint address, uint length) => V4l2Native.Unmap(address, length);

        public void Dispose() => file.Dispose();
    }
}
