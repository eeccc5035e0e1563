using System.Net;
using System.Net.Http.Headers;

namespace PhaserAI.Migrations.Aws;

/// <summary>Calls of services for which there is no SDK package: a signed POST, tried again when the service or the way to it fails.</summary>
/// <param name="access">Who asks, and where.</param>
/// <param name="clock">The clock.</param>
/// <param name="service">The service's name in signatures and addresses: <c>rds</c>.</param>
/// <param name="name">Its name for people; in capitals and with underscores it is in AWS_ENDPOINT_URL_….</param>
internal sealed class SignedCall(AwsAccess access, TimeProvider clock, string service, string name)
{
    private const int Attempts = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Where the service is.</summary>
    public Uri EndpointIn(string region) =>
        new(access.EndpointOf(name.ToUpperInvariant().Replace(' ', '_')) ?? $"https://{service}.{region}.{(region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com")}");

    /// <summary>What the service answers, also when it refuses.</summary>
    /// <param name="region">Where.</param>
    /// <param name="path">What is called; <c>/</c> for most services.</param>
    /// <param name="body">The request.</param>
    /// <param name="contentType">Its form.</param>
    /// <param name="headers">What else is signed.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AwsAccessException">There are no credentials, or no way to the service.</exception>
    public async Task<(HttpStatusCode Status, string Answer)> PostAsync(
        string region, string path, byte[] body, string contentType, IEnumerable<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        var endpoint = EndpointIn(region);
        using var client = new HttpClient { Timeout = Patience };
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var (status, answer) = await AskAsync(client, new Uri(endpoint, path), region, body, contentType, headers, cancellationToken);
                if (attempt == Attempts || !(status >= HttpStatusCode.InternalServerError || answer.Contains("Throttling", StringComparison.Ordinal)))
                    return (status, answer);
            }
            catch (Exception broken) when (IsBroken(broken, cancellationToken))
            {
                if (attempt == Attempts)
                {
                    throw new AwsAccessException(
                        $"{name} can't be reached at {endpoint.GetLeftPart(UriPartial.Authority)}: {(broken is TaskCanceledException ? "no answer" : (broken.InnerException ?? broken).Message)}",
                        $"Check the network: a proxy (HTTPS_PROXY), a VPC endpoint for {name}, or AWS_ENDPOINT_URL if it is set.",
                        broken);
                }
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100 << attempt), clock, cancellationToken);
        }
    }

    private async Task<(HttpStatusCode Status, string Answer)> AskAsync(
        HttpClient client, Uri address, string region, byte[] body, string contentType, IEnumerable<(string Name, string Value)> headers, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = content };
        foreach (var (header, value) in headers)
            request.Headers.TryAddWithoutValidation(header, value);
        var keys = await access.Credentials.GetCredentialsAsync().WaitAsync(cancellationToken);
        SigV4.Sign(request, body, keys, region, service, clock.GetUtcNow());
        using var answer = await client.SendAsync(request, cancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    private static bool IsBroken(Exception failure, CancellationToken cancellationToken) =>
        failure is HttpRequestException or IOException || (failure is TaskCanceledException && !cancellationToken.IsCancellationRequested);
}
