using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Capture.Core.Time;
using FirmwareBridge.Board;
using FirmwareBridge.Protocol;

namespace Capture.Agent.Commands;

/// <summary><c>capture mcu info PORT</c>: which board is there, and what can it do? Changes nothing that runs on it.</summary>
internal static class McuCommand
{
    public static Command Create()
    {
        var port = new Argument<string>("PORT") { Description = "The board's serial port, as /dev/ttyACM0." };
        Option<bool> json = Options.Json();
        var info = new Command("info", "Asks a board who it is.") { port, json };
        info.SetAction(parsed => Trouble.Guard(() => Info(parsed.GetRequiredValue(port), parsed.GetValue(json))));
        return new Command("mcu", "Microcontrollers with the project's firmware.") { info };
    }

    private static int Info(string port, bool json)
    {
        using BoardLink link = BoardLink.Open(new BoardLinkOptions { Port = port }, HostClock.System);
        BoardInfo board = link.Info;
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new
            {
                firmware = $"{board.FirmwareName} {board.FirmwareVersion}",
                protocol = $"{board.ProtocolMajor}.{board.ProtocolMinor}",
                uid = board.Uid,
                boot_id = board.BootId.ToString("x16", CultureInfo.InvariantCulture),
                tick_rate_hz = board.TickRateHz,
                tick_bits = board.TickBits,
                imus = board.Imus.Select(i => new { id = i.Id, name = i.Name, rates_hz = i.RatesHz }),
                triggers = board.Triggers.Select(t => new { channel = t.Channel, min_period_ns = t.MinPeriod.Nanoseconds, max_period_ns = t.MaxPeriod.Nanoseconds }),
            }));
            return ExitCode.Good;
        }

        Console.WriteLine($"firmware   {board.FirmwareName} {board.FirmwareVersion}, protocol {board.ProtocolMajor}.{board.ProtocolMinor}");
        Console.WriteLine($"uid        {board.Uid}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"clock      {board.TickRateHz} Hz, {board.TickBits} bits, at {board.Ticks} in boot {board.BootId:x16}"));
        foreach (BoardImu imu in board.Imus)
        {
            Console.WriteLine($"imu {imu.Id}      {imu.Name}, {string.Join(", ", imu.RatesHz)} Hz");
        }

        foreach (BoardTrigger trigger in board.Triggers)
        {
            Console.WriteLine($"trigger {trigger.Channel}  periods from {trigger.MinPeriod} to {trigger.MaxPeriod}");
        }

        return ExitCode.Good;
    }
}
