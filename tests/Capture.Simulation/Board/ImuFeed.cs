using System.Buffers.Binary;
using Capture.Simulation.Clocks;
using Capture.Simulation.Rig;
using Capture.Simulation.Scene;
using Capture.Simulation.Truth;

namespace Capture.Simulation.Board;

/// <summary>
/// Feeds the board's IMU at 1 kHz, 100 ms ahead of true time: 32 bytes a record, u64 true ns, six float32 (m/s², rad/s, the hand's frame), little-endian. The board
/// takes the newest record that is not after its sample, so a sample holds the truth of up to 1 ms before it.
/// </summary>
public sealed class ImuFeed : IDisposable
{
    public const int RecordBytes = 32;
    private const long StepNs = 1_000_000;
    private const long AheadNs = 100_000_000;
    private const int RecordsPerWrite = 10;
    private readonly string _fifo;
    private readonly BenchScene _scene;
    private readonly long _epochNs;
    private readonly TruthFile _truth;
    private readonly CancellationTokenSource _end = new();
    private readonly Thread _thread;

    public ImuFeed(string fifo, BenchProfile profile, BenchScene scene, TruthFolder truth)
    {
        _fifo = fifo;
        _scene = scene;
        _epochNs = profile.EpochNs;
        _truth = truth.Open("imu");
        _thread = new Thread(Run) { IsBackground = true, Name = "imu feed" };
        _thread.Start();
    }

    public void Dispose()
    {
        _end.Cancel();
        _thread.Join();
        _end.Dispose();
    }

    private void Run()
    {
        int fd = LibcNative.Open(_fifo, LibcNative.ReadWrite | LibcNative.NonBlock | LibcNative.CloseOnExec, 0);
        byte[] records = new byte[RecordsPerWrite * RecordBytes];
        long next = (HostMonotonic.NowNs / StepNs * StepNs) + StepNs;
        while (HostMonotonic.SleepUntil(next - AheadNs, _end.Token))
        {
            for (int i = 0; i < RecordsPerWrite; i++)
            {
                Fill(records.AsSpan(i * RecordBytes, RecordBytes), next + (i * StepNs));
            }

            if (LibcNative.Write(fd, records) < 0)
            {
                // Full: the board does not sample now. What waits is old by the time it does, so it goes.
                byte[] old = new byte[64 * 1024];
                while (LibcNative.Read(fd, old) > 0)
                {
                }

                _ = LibcNative.Write(fd, records);
            }

            next += RecordsPerWrite * StepNs;
        }

        _ = LibcNative.Close(fd);
    }

    private void Fill(Span<byte> record, long trueNs)
    {
        ImuReading reading = _scene.Imu(trueNs - _epochNs);
        BinaryPrimitives.WriteInt64LittleEndian(record, trueNs);
        BinaryPrimitives.WriteSingleLittleEndian(record[8..], (float)reading.Acceleration.X);
        BinaryPrimitives.WriteSingleLittleEndian(record[12..], (float)reading.Acceleration.Y);
        BinaryPrimitives.WriteSingleLittleEndian(record[16..], (float)reading.Acceleration.Z);
        BinaryPrimitives.WriteSingleLittleEndian(record[20..], (float)reading.AngularRate.X);
        BinaryPrimitives.WriteSingleLittleEndian(record[24..], (float)reading.AngularRate.Y);
        BinaryPrimitives.WriteSingleLittleEndian(record[28..], (float)reading.AngularRate.Z);
        using TruthFile.Line line = _truth.Begin();
        line.Number("true_ns", trueNs);
        line.Reals("accel_mps2", [(float)reading.Acceleration.X, (float)reading.Acceleration.Y, (float)reading.Acceleration.Z]);
        line.Reals("gyro_radps", [(float)reading.AngularRate.X, (float)reading.AngularRate.Y, (float)reading.AngularRate.Z]);
    }
}
