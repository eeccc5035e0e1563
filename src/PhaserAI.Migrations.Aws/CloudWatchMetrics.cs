using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Amazon.Runtime;

namespace PhaserAI.Migrations.Aws;

/// <summary>
/// Sends metrics to CloudWatch: PutMetricData, in the query protocol, which it speaks in every region. It gives up early,
/// because a run is worth more than its metrics.
/// </summary>
/// <param name="access">Who asks, and where.</param>
/// <param name="source">Whose metrics they are.</param>
/// <param name="clock">The clock.</param>
/// <param name="patience">How long to try.</param>
internal sealed class CloudWatchMetrics(AwsAccess access, MetricSource source, TimeProvider clock, TimeSpan patience) : IMetricSink
{
    // Of one call (API reference, PutMetricData).
    private const int MostInCall = 1000;
    private const int LongestCall = 1_000_000;

    private const int Attempts = 2;

    private readonly HttpClient _client = new() { Timeout = Timeout.InfiniteTimeSpan };

    public async Task WriteAsync(IReadOnlyList<Metric> metrics, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        Uri? endpoint = null;
        try
        {
            // The SDK asks servers of its own for these, partly without a timeout.
            var (keys, region) = await Task.Run(FindAsync, either.Token).WaitAsync(either.Token);
            endpoint = new Uri(access.EndpointOf("CLOUDWATCH") ?? $"https://monitoring.{region}.{(region.StartsWith("cn-", StringComparison.Ordinal) ? "amazonaws.com.cn" : "amazonaws.com")}");
            foreach (var body in Bodies(metrics))
                await SendAsync(endpoint, region, keys, Encoding.UTF8.GetBytes(body), either.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw endpoint is null
                ? new AwsAccessException("the credentials and the region of AWS were not found in time", "See what others find: aws sts get-caller-identity", late)
                : Unreachable(endpoint, "no answer", late);
        }
    }

    public void Dispose() => _client.Dispose();

    /// <summary>What is sent, in as many calls as it takes.</summary>
    internal IEnumerable<string> Bodies(IReadOnlyList<Metric> metrics)
    {
        var (body, count) = (new StringBuilder(), 0);
        foreach (var metric in metrics)
        {
            var one = Parameters(metric, count + 1);
            if (count == MostInCall || (count > 0 && body.Length + one.Length > LongestCall))
            {
                yield return body.ToString();
                (body, count) = (new StringBuilder(), 0);
                one = Parameters(metric, 1);
            }

            if (count++ == 0)
                body.Append("Action=PutMetricData&Version=2010-08-01&Namespace=").Append(Uri.EscapeDataString(source.Namespace));
            body.Append(one);
        }

        if (count > 0)
            yield return body.ToString();
    }

    private string Parameters(Metric metric, int number)
    {
        var prefix = string.Create(CultureInfo.InvariantCulture, $"&MetricData.member.{number}.");
        return prefix + "MetricName=" + Uri.EscapeDataString(metric.Name)
            + prefix + "Unit=" + Uri.EscapeDataString(metric.Unit)
            + prefix + "Value=" + Uri.EscapeDataString(metric.Value.ToString("R", CultureInfo.InvariantCulture))
            + prefix + "Timestamp=" + Uri.EscapeDataString(clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture))
            + prefix + "Dimensions.member.1.Name=" + MetricSource.Dimension
            + prefix + "Dimensions.member.1.Value=" + Uri.EscapeDataString(source.Environment);
    }

    private async Task<(ImmutableCredentials Keys, string Region)> FindAsync() => (await access.Credentials.GetCredentialsAsync(), access.RequireRegion());

    private async Task SendAsync(Uri endpoint, string region, ImmutableCredentials keys, byte[] body, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var content = new ByteArrayContent(body);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded", "utf-8");
                using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = content };
                SigV4.Sign(request, body, keys, region, "monitoring", clock.GetUtcNow());
                using var answer = await _client.SendAsync(request, cancellationToken);
                if (answer.IsSuccessStatusCode)
                    return;
                if (attempt == Attempts || answer.StatusCode < HttpStatusCode.InternalServerError)
                    throw Refused(answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException)
            {
                if (attempt == Attempts)
                    throw Unreachable(endpoint, (broken.InnerException ?? broken).Message, broken);
            }
        }
    }

    private static AwsAccessException Refused(HttpStatusCode status, string answer)
    {
        var (code, reason) = (Between(answer, "<Code>", "</Code>"), Between(answer, "<Message>", "</Message>"));
        return new AwsAccessException(
            string.Create(CultureInfo.InvariantCulture, $"CloudWatch answers {(int)status}: {reason ?? "it gives no reason"}{(code is null ? "" : $" [{code}]")}"),
            code switch
            {
                "AccessDenied" or "AccessDeniedException" => "Allow cloudwatch:PutMetricData to whoever this is: aws sts get-caller-identity",
                "ExpiredToken" or "ExpiredTokenException" => "Log in again (aws sso login), or set a new AWS_SESSION_TOKEN with its keys.",
                "InvalidClientTokenId" or "SignatureDoesNotMatch" or "MissingAuthenticationToken" or "IncompleteSignature" =>
                    "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN and AWS_PROFILE, and the clock of this machine: aws sts get-caller-identity",
                _ => "If it stays, use --metrics emf, or none.",
            });
    }

    private static AwsAccessException Unreachable(Uri endpoint, string why, Exception failure) => new(
        $"CloudWatch can't be reached at {endpoint.GetLeftPart(UriPartial.Authority)}: {why}",
        "Check the network: a proxy (HTTPS_PROXY), a VPC endpoint for monitoring, or AWS_ENDPOINT_URL if it is set.",
        failure);

    /// <summary>An error is a small document of XML, of which these two texts are all that there is to know.</summary>
    private static string? Between(string text, string left, string right)
    {
        var start = text.IndexOf(left, StringComparison.Ordinal) + left.Length;
        var end = start < left.Length ? -1 : text.IndexOf(right, start, StringComparison.Ordinal);
        return end < 0 ? null : WebUtility.HtmlDecode(text[start..end]);
    }
}
