using System.Runtime.InteropServices;

namespace Capture.Devices.Mocap;

/// <summary>recvmsg(2) with the kernel's receive stamp and drop counter, which .NET's sockets do not give. Layouts: x86-64 and arm64 Linux.</summary>
internal static unsafe partial class UdpNative
{
    /// <summary>SOL_SOCKET.</summary>
    public const int SolSocket = 1;

    /// <summary>SO_TIMESTAMPNS_OLD: the stamp is a struct timespec of CLOCK_REALTIME.</summary>
    public const int SoTimestampNs = 35;

    /// <summary>SO_RXQ_OVFL: a u32 that counts datagrams dropped for want of buffer since the socket was made.</summary>
    public const int SoRxqOvfl = 40;

    private const int MsgDontWait = 0x40;
    private const int MsgTrunc = 0x20;
    private const int EAgain = 11;
    private const int EIntr = 4;
    private const int ControlBytes = 128;
    private const int ControlHeadBytes = 16;

    /// <summary>Takes one datagram if there is one. Allocates nothing.</summary>
    /// <returns>Bytes, or −1 when none is there, or −errno.</returns>
    public static int Receive(nint socket, Span<byte> buffer, out UdpArrival arrival)
    {
        arrival = default;
        byte* control = stackalloc byte[ControlBytes];
        byte* sender = stackalloc byte[32];
        fixed (byte* data = buffer)
        {
            IoVector vector = new() { Base = data, Length = (nuint)buffer.Length };
            MessageHeader message = new()
            {
                Name = sender,
                NameLength = 32,
                Vectors = &vector,
                VectorCount = 1,
                Control = control,
                ControlLength = ControlBytes,
            };
            nint got = ReceiveMessage((int)socket, &message, MsgDontWait);
            if (got < 0)
            {
                int error = Marshal.GetLastPInvokeError();
                return error is EAgain or EIntr ? -1 : -error;
            }

            ReadControl(control, (int)message.ControlLength, ref arrival);
            arrival.Truncated = (message.Flags & MsgTrunc) != 0;
            return (int)got;
        }
    }

    private static void ReadControl(byte* control, int length, ref UdpArrival arrival)
    {
        int at = 0;
        while (at + ControlHeadBytes <= length)
        {
            long size = *(long*)(control + at);
            int level = *(int*)(control + at + 8);
            int type = *(int*)(control + at + 12);
            if (size < ControlHeadBytes || at + size > length)
            {
                return;
            }

            if (level == SolSocket && type == SoTimestampNs && size >= ControlHeadBytes + 16)
            {
                long* stamp = (long*)(control + at + ControlHeadBytes);
                arrival.RealtimeNanoseconds = (stamp[0] * 1_000_000_000) + stamp[1];
            }
            else if (level == SolSocket && type == SoRxqOvfl && size >= ControlHeadBytes + 4)
            {
                arrival.Drops = *(uint*)(control + at + ControlHeadBytes);
            }

            at += (int)((size + 7) & ~7L);
        }
    }

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, MessageHeader* message, int flags);

    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct MessageHeader
    {
        public byte* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }
}

/// <summary>What the kernel says of a datagram.</summary>
internal struct UdpArrival
{
    /// <summary>CLOCK_REALTIME at reception; 0 where the kernel gave none.</summary>
    public long RealtimeNanoseconds;

    /// <summary>Datagrams dropped on this socket so far.</summary>
    public uint Drops;

    /// <summary>The datagram was longer than the buffer.</summary>
    public bool Truncated;
}
