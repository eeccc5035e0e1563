using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace PhaserAI.Migrations.Aws;

/// <summary>Reads secrets of AWS Secrets Manager.</summary>
internal sealed class SecretReader(AwsAccess access, TimeProvider clock)
{
    private const int Attempts = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The current text of a secret.</summary>
    /// <param name="id">Its ARN, which names its region too, or its name.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="ConnectionFailedException">It can't be read; what to mend.</exception>
    public async Task<string> ReadAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            var region = RegionOf(id) ?? access.RequireRegion();
            var endpoint = new Uri(access.EndpointOf("SECRETS_MANAGER") ?? $"https://secretsmanager.{region}.{(region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com")}");
            using var client = new HttpClient { Timeout = Patience };
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    var (status, answer) = await AskAsync(client, endpoint, region, id, cancellationToken);
                    if (status is HttpStatusCode.OK)
                        return TextOf(answer, id);
                    if (attempt == Attempts || !(status >= HttpStatusCode.InternalServerError || answer.Contains("Throttling", StringComparison.Ordinal)))
                        throw SecretFailure.Refused(answer, (int)status, id, region);
                }
                catch (Exception broken) when (IsBroken(broken, cancellationToken))
                {
                    if (attempt == Attempts)
                        throw SecretFailure.Unreachable(broken, endpoint);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(100 << attempt), clock, cancellationToken);
            }
        }
        catch (AwsAccessException missing)
        {
            throw new ConnectionFailedException(missing.Message, missing.Next, missing);
        }
    }

    /// <summary>eu-central-1 of <c>arn:aws:secretsmanager:eu-central-1:123456789012:secret:name</c>; null of a plain name.</summary>
    internal static string? RegionOf(string id) => id.Split(':') is ["arn", _, "secretsmanager", { Length: > 0 } region, ..] ? region : null;

    private async Task<(HttpStatusCode Status, string Answer)> AskAsync(HttpClient client, Uri endpoint, string region, string id, CancellationToken cancellationToken)
    {
        var body = BodyOf(id);
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-amz-json-1.1");
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = content };
        request.Headers.TryAddWithoutValidation("X-Amz-Target", "secretsmanager.GetSecretValue");
        var keys = await access.Credentials.GetCredentialsAsync().WaitAsync(cancellationToken);
        SigV4.Sign(request, body, keys, region, "secretsmanager", clock.GetUtcNow());
        using var answer = await client.SendAsync(request, cancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

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

    private static bool IsBroken(Exception failure, CancellationToken cancellationToken) =>
        failure is HttpRequestException or IOException || (failure is TaskCanceledException && !cancellationToken.IsCancellationRequested);
}
