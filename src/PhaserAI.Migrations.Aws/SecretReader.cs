using System.Net;
using System.Text;
using System.Text.Json;

namespace PhaserAI.Migrations.Aws;

/// <summary>Reads secrets of AWS Secrets Manager.</summary>
internal sealed class SecretReader(AwsAccess access, TimeProvider clock)
{
    private readonly SignedCall _call = new(access, clock, "secretsmanager", "Secrets Manager");

    /// <summary>The current text of a secret.</summary>
    /// <param name="id">Its ARN, which names its region too, or its name.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="ConnectionFailedException">It can't be read; what to mend.</exception>
    public async Task<string> ReadAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            var region = RegionOf(id) ?? access.RequireRegion();
            var (status, answer) = await _call.PostAsync(
                region, "/", BodyOf(id), "application/x-amz-json-1.1", [("X-Amz-Target", "secretsmanager.GetSecretValue")], cancellationToken);
            return status is HttpStatusCode.OK ? TextOf(answer, id) : throw SecretFailure.Refused(answer, (int)status, id, region);
        }
        catch (AwsAccessException missing)
        {
            throw new ConnectionFailedException(missing.Message, missing.Next, missing);
        }
    }

    /// <summary>eu-central-1 of <c>arn:aws:secretsmanager:eu-central-1:123456789012:secret:name</c>; null of a plain name.</summary>
    internal static string? RegionOf(string id) => id.Split(':') is ["arn", _, "secretsmanager", { Length: > 0 } region, ..] ? region : null;

    private static byte[] BodyOf(string id)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteString("SecretId"u8, id);
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    private static string TextOf(string answer, string id)
    {
        using var json = JsonDocument.Parse(answer);
        if (json.RootElement.TryGetProperty("SecretString"u8, out var text) && text.GetString() is { } secret)
            return secret;
        return json.RootElement.TryGetProperty("SecretBinary"u8, out var binary)
            ? Encoding.UTF8.GetString(binary.GetBytesFromBase64())
            : throw new ConnectionFailedException($"the secret {id} is empty", "Give it a value, or set DB_SECRET_ARN to another.");
    }
}
