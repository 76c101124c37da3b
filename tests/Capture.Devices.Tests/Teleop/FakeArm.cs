using System.Buffers.Binary;

namespace Capture.Devices.Tests.Teleop;

/// <summary>Servos on a pseudo-terminal, with faults to order. Notes every byte that it was sent.</summary>
internal sealed class FakeArm : IDisposable
{
    private readonly byte[] ids;
    private readonly Thread thread;
    private readonly long startMs = Environment.TickCount64;
    private readonly MemoryStream heard = new();
    private volatile bool ended;

    public FakeArm(params byte[] ids)
    {
        this.ids = ids;
        thread = new Thread(Serve) { IsBackground = true };
        thread.Start();
    }

    public PseudoTerminal Line { get; } = new();

    /// <summary>Does not answer sync reads (pings are answered).</summary>
    public volatile bool Silent;

    /// <summary>This servo does not answer; 0 for none.</summary>
    public volatile byte Missing;

    public volatile int TickOffset;

    public volatile ushort ModelNumber = 1060;

    public int Polls;

    public byte[] Heard
    {
        get
        {
            lock (heard)
            {
                return heard.ToArray();
            }
        }
    }

    public static int PositionOf(byte id) => 2048 + (id * 100);

    public static int GoalOf(byte id) => 1024 + id;

    public void Dispose()
    {
        ended = true;
        thread.Join(1000);
        Line.Dispose();
    }

    private void Serve()
    {
        byte[] buffer = new byte[4096];
        List<byte> pending = [];
        while (!ended)
        {
            int got = Line.Read(buffer, 20);
            if (got < 0)
            {
                Thread.Sleep(5);
                continue;
            }

            lock (heard)
            {
                heard.Write(buffer, 0, got);
            }

            pending.AddRange(buffer.AsSpan(0, got));
            while (pending.Count >= 10)
            {
                int total = 7 + pending[5] + (pending[6] << 8);
                if (pending.Count < total)
                {
                    break;
                }

                Answer([.. pending[..total]]);
                pending.RemoveRange(0, total);
            }
        }
    }

    private void Answer(byte[] request)
    {
        switch (request[7])
        {
            case 0x01 when ids.Contains(request[4]) && request[4] != Missing:
                Line.Write(DynamixelWire.Packet(request[4], 0x55, [0, (byte)ModelNumber, (byte)(ModelNumber >> 8), 45]));
                break;
            case 0x82:
                Interlocked.Increment(ref Polls);
                foreach (byte id in request[12..^2].Where(id => !Silent && id != Missing))
                {
                    Line.Write(DynamixelWire.Packet(id, 0x55, [0, .. Block(id, request[10])]));
                }

                break;
            case 0x8A when !Silent:
                Interlocked.Increment(ref Polls);
                Line.Write(DynamixelWire.FastSyncStatus([.. request[12..^2].Select(id => (id, Block(id, request[10])))]));
                break;
        }
    }

    private byte[] Block(byte id, int bytes)
    {
        byte[] block = new byte[bytes];
        BinaryPrimitives.WriteInt32LittleEndian(block, GoalOf(id));
        BinaryPrimitives.WriteUInt16LittleEndian(block.AsSpan(4), (ushort)((Environment.TickCount64 - startMs + 32_000 + TickOffset) % 32_768));
        BinaryPrimitives.WriteInt16LittleEndian(block.AsSpan(10), -100);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(12), -10);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(16), PositionOf(id));
        return block;
    }
}
