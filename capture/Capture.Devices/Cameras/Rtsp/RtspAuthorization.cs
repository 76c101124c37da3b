using System.Security.Cryptography;
using System.Text;

namespace Capture.Devices.Cameras.Rtsp;

/// <summary>Answers a server's challenge (RFC 7617 basic, RFC 7616 digest with MD5 or SHA-256). Holds a password: never printed, never stored.</summary>
public sealed class RtspAuthorization
{
    private readonly string _user;
    private readonly string _password;
    private readonly string? _realm;
    private readonly string? _nonce;
    private readonly string? _opaque;
    private readonly bool _quality;
    private readonly bool _sha256;
    private int _count;

    private RtspAuthorization(string user, string password, string? challenge)
    {
        _user = user;
        _password = password;
        if (challenge is not null)
        {
            _realm = Parameter(challenge, "realm") ?? string.Empty;
            _nonce = Parameter(challenge, "nonce") ?? string.Empty;
            _opaque = Parameter(challenge, "opaque");
            _quality = (Parameter(challenge, "qop") ?? string.Empty).Split(',').Any(q => q.Trim() == "auth");
            _sha256 = string.Equals(Parameter(challenge, "algorithm"), "SHA-256", StringComparison.OrdinalIgnoreCase);
        }
    }

    /// <summary>Null where the server asks for a way that is not known here.</summary>
    public static RtspAuthorization? For(RtspMessage refusal, string user, string password)
    {
        string[] challenges = [.. refusal.Headers.Where(h => h.Key.Equals("WWW-Authenticate", StringComparison.OrdinalIgnoreCase)).Select(h => h.Value)];
        string? digest = challenges.FirstOrDefault(c =>
            c.StartsWith("Digest ", StringComparison.OrdinalIgnoreCase) && (Parameter(c, "algorithm") ?? "MD5").ToUpperInvariant() is "MD5" or "SHA-256");
        if (digest is not null)
        {
            return new RtspAuthorization(user, password, digest["Digest ".Length..]);
        }

        return challenges.Any(c => c.StartsWith("Basic", StringComparison.OrdinalIgnoreCase)) ? new RtspAuthorization(user, password, null) : null;
    }

    /// <summary>The value of the Authorization header of one request.</summary>
    public string Value(string method, string uri)
    {
        if (_nonce is null)
        {
            return "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{_user}:{_password}"));
        }

        string first = Hash($"{_user}:{_realm}:{_password}");
        string second = Hash($"{method}:{uri}");
        var text = new StringBuilder($"Digest username=\"{_user}\", realm=\"{_realm}\", nonce=\"{_nonce}\", uri=\"{uri}\"");
        if (_quality)
        {
            string count = (++_count).ToString("x8", System.Globalization.CultureInfo.InvariantCulture);
            string own = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
            text.Append($", qop=auth, nc={count}, cnonce=\"{own}\", response=\"{Hash($"{first}:{_nonce}:{count}:{own}:auth:{second}")}\"");
        }
        else
        {
            text.Append($", response=\"{Hash($"{first}:{_nonce}:{second}")}\"");
        }

        if (_sha256)
        {
            text.Append(", algorithm=SHA-256");
        }

        return _opaque is null ? text.ToString() : text.Append($", opaque=\"{_opaque}\"").ToString();
    }

    // MD5 is what cameras ask for; it protects little, and the operator is told so where it matters: the link is not encrypted.
#pragma warning disable CA5351
    private string Hash(string text) =>
        Convert.ToHexStringLower(_sha256 ? SHA256.HashData(Encoding.UTF8.GetBytes(text)) : MD5.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351

    private static string? Parameter(string challenge, string name)
    {
        int at = 0;
        while ((at = challenge.IndexOf(name, at, StringComparison.OrdinalIgnoreCase)) >= 0)
        {
            int after = at + name.Length;
            bool begins = at == 0 || challenge[at - 1] is ' ' or ',';
            at = after;
            if (!begins || after >= challenge.Length || challenge[after] != '=')
            {
                continue;
            }

            string rest = challenge[(after + 1)..];
            if (rest.StartsWith('"'))
            {
                int close = rest.IndexOf('"', 1);
                return close < 0 ? null : rest[1..close];
            }

            int end = rest.IndexOfAny([',', ' ']);
            return end < 0 ? rest : rest[..end];
        }

        return null;
    }
}
