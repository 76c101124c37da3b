namespace FirmwareBridge.Tests.Firmware;

/// <summary>What the core may ask of its surroundings. Shown on this machine's compiler; a microcontroller's may call further helpers of its own for 64-bit division.</summary>
public sealed class CoreTests
{
    [Test]
    public void Core_needs_nothing_of_a_C_library_but_to_move_memory()
    {
        string[] objects = Directory.GetFiles(FirmwareBuild.CoreObjects, "*.o");
        Assert.That(objects, Is.Not.Empty);
        string[] lines = FirmwareBuild.Run("nm", "", ["--format=posix", .. objects]).Split('\n');
        string[] defined = [.. lines.Select(l => l.Split(' ')).Where(p => p.Length > 2 && p[1] != "U").Select(p => p[0])];
        string[] wanted = [.. lines.Select(l => l.Split(' ')).Where(p => p.Length > 1 && p[1] == "U").Select(p => p[0]).Distinct().Except(defined)];
        Assert.That(defined, Does.Contain("capfw_poll"));
        Assert.That(wanted, Is.SubsetOf(new[] { "memcpy", "memmove", "memset", "memcmp", "__stack_chk_fail" }));
    }

    [Test]
    public void Core_includes_only_headers_that_a_freestanding_compiler_has()
    {
        string[] allowed = ["<stdbool.h>", "<stddef.h>", "<stdint.h>", "<string.h>"];
        IEnumerable<string> included = Directory.GetFiles(Path.Combine(Repository.Firmware, "core"))
            .SelectMany(File.ReadAllLines)
            .Where(line => line.StartsWith("#include <", StringComparison.Ordinal))
            .Select(line => line["#include ".Length..].Trim());
        Assert.That(included.Distinct(), Is.SubsetOf(allowed));
    }
}
