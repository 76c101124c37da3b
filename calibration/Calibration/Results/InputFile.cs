using System.Security.Cryptography;
using System.Text;

namespace Calibration.Results;

/// <summary>A file that went into a calibration.</summary>
/// <param name="Path">As it was given.</param>
/// <param name="Sha256">Of its bytes, lower-case hexadecimal.</param>
public sealed record InputFile(string Path, long Bytes, string Sha256)
{
    public static InputFile Of(string path, ReadOnlySpan<byte> content) =>
        new(path, content.Length, Convert.ToHexStringLower(SHA256.HashData(content)));

    public static string HashOfAll(IReadOnlyList<InputFile> files) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(string.Join('\n', files.Select(f => f.Sha256)))));
}
