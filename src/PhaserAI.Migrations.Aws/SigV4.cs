using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;

namespace PhaserAI.Migrations.Aws;

/// <summary>
/// AWS Signature Version 4 (IAM user guide, "Create a signed AWS API request"), for what no SDK package of ours
/// has: single calls of services, and tokens of RDS. Why it is our own: docs/adr/0012-own-signer.md.
/// </summary>
internal static class SigV4
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>Signs a request: adds X-Amz-Date, the session's token, and Authorization over all of its headers.</summary>
    public static void Sign(HttpRequestMessage request, ReadOnlySpan<byte> body, ImmutableCredentials keys, string region, string service, DateTimeOffset now)
    {
        var (time, address) = (TimeOf(now), request.RequestUri!);
        request.Headers.Host = address.Authority; // without the port where it is the scheme's own
        request.Headers.TryAddWithoutValidation("X-Amz-Date", time);
        if (keys.UseToken)
            request.Headers.TryAddWithoutValidation("X-Amz-Security-Token", keys.Token);

        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, values) in request.Headers.Concat(request.Content?.Headers.Where(header => header.Key == "Content-Type") ?? []))
            headers[name.ToLowerInvariant()] = string.Join(' ', string.Join(',', values).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        var names = string.Join(';', headers.Keys);
        var lines = string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n"));
        // A path is encoded once more than it is in the address (S3 alone is the exception).
        var canonical = $"{request.Method.Method}\n{Encode(address.AbsolutePath, "/")}\n{QueryOf(address)}\n{lines}\n{names}\n{HashOf(body)}";
        request.Headers.TryAddWithoutValidation(
            "Authorization",
            $"{Algorithm} Credential={keys.AccessKey}/{ScopeOf(time, region, service)}, SignedHeaders={names}, Signature={SignatureOf(keys, time, region, service, canonical)}");
    }

    /// <summary>The query of a GET of <c>/</c> that carries its own signature.</summary>
    /// <param name="host">Host and port.</param>
    /// <param name="parameters">What is asked for.</param>
    /// <param name="keys">Who asks.</param>
    /// <param name="region">Where.</param>
    /// <param name="service">The service's name in signatures.</param>
    /// <param name="now">From when on it is valid.</param>
    /// <param name="validity">For how long.</param>
    public static string Presign(
        string host, IEnumerable<(string Name, string Value)> parameters, ImmutableCredentials keys, string region, string service, DateTimeOffset now, TimeSpan validity)
    {
        var time = TimeOf(now);
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["X-Amz-Algorithm"] = Algorithm,
            ["X-Amz-Credential"] = $"{keys.AccessKey}/{ScopeOf(time, region, service)}",
            ["X-Amz-Date"] = time,
            ["X-Amz-Expires"] = ((int)validity.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            ["X-Amz-SignedHeaders"] = "host",
        };
        if (keys.UseToken)
            all["X-Amz-Security-Token"] = keys.Token;
        foreach (var (name, value) in parameters)
            all[name] = value;
        var query = string.Join('&', all.Select(parameter => $"{Encode(parameter.Key)}={Encode(parameter.Value)}"));
        var signature = SignatureOf(keys, time, region, service, $"GET\n/\n{query}\nhost:{host}\n\nhost\n{HashOf([])}");
        return $"{query}&X-Amz-Signature={signature}";
    }

    /// <summary>Sorted by name, then by value; encoded as it is in the address.</summary>
    private static string QueryOf(Uri address) => string.Join('&', address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(parameter => parameter.IndexOf('=', StringComparison.Ordinal) is >= 0 and var end ? (Name: parameter[..end], Value: parameter[(end + 1)..]) : (Name: parameter, Value: ""))
        .OrderBy(parameter => parameter.Name, StringComparer.Ordinal).ThenBy(parameter => parameter.Value, StringComparer.Ordinal)
        .Select(parameter => $"{parameter.Name}={parameter.Value}"));

    private static string SignatureOf(ImmutableCredentials keys, string time, string region, string service, string canonical)
    {
        var text = $"{Algorithm}\n{time}\n{ScopeOf(time, region, service)}\n{HashOf(Encoding.UTF8.GetBytes(canonical))}";
        var key = Encoding.UTF8.GetBytes("AWS4" + keys.SecretKey);
        foreach (var part in (string[])[time[..8], region, service, "aws4_request", text])
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        return Convert.ToHexStringLower(key);
    }

    private static string ScopeOf(string time, string region, string service) => $"{time[..8]}/{region}/{service}/aws4_request";

    private static string TimeOf(DateTimeOffset now) => now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static string HashOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>All but RFC 3986's unreserved characters.</summary>
    private static string Encode(string text, string except = "")
    {
        var encoded = new StringBuilder();
        foreach (var letter in Encoding.UTF8.GetBytes(text))
        {
            if (char.IsAsciiLetterOrDigit((char)letter) || "-_.~".Contains((char)letter, StringComparison.Ordinal) || except.Contains((char)letter, StringComparison.Ordinal))
                encoded.Append((char)letter);
            else
                encoded.Append(CultureInfo.InvariantCulture, $"%{letter:X2}");
        }

        return encoded.ToString();
    }
}
