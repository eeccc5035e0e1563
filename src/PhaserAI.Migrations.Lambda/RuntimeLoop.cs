using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace PhaserAI.Migrations.Lambda;

/// <summary>
/// Takes one invocation after the other from the Runtime API (Lambda developer guide, "Using the Lambda runtime API for custom
/// runtimes") and hands back what the function answers. Why it is our own: docs/adr/0013-lambda.md.
/// </summary>
internal sealed class RuntimeLoop(HttpClient api, TimeProvider clock)
{
    /// <summary>Runs until the process is ended, as Lambda does; returns an exit code when there is no Runtime API to ask.</summary>
    public static async Task<int> RunAsync(MigrationFunction function, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("AWS_LAMBDA_RUNTIME_API") is not { Length: > 0 } address)
        {
            await Console.Error.WriteLineAsync("error: AWS_LAMBDA_RUNTIME_API is not set: this program is the bootstrap of a Lambda function, and runs nowhere else.\nnext: outside of Lambda use phaserai-migrate, or ./scripts/migrate.sh.");
            return 2;
        }

        using var api = new HttpClient { BaseAddress = new Uri($"http://{address}/2018-06-01/runtime/"), Timeout = Timeout.InfiniteTimeSpan };
        var loop = new RuntimeLoop(api, TimeProvider.System);
        if (function.FindProblem() is { } problem)
        {
            await loop.PostAsync("init/error", ToJson(problem), problem.Type, cancellationToken);
            return 2;
        }

        while (!cancellationToken.IsCancellationRequested)
            await loop.ServeAsync(function, cancellationToken);
        return 0;
    }

    private async Task ServeAsync(MigrationFunction function, CancellationToken cancellationToken)
    {
        var invocation = await NextAsync(cancellationToken);
        try
        {
            var answer = await function.HandleAsync(invocation, cancellationToken);
            await PostAsync($"invocation/{invocation.RequestId}/response", answer, null, cancellationToken);
        }
        catch (FunctionErrorException failure)
        {
            await PostAsync($"invocation/{invocation.RequestId}/error", ToJson(failure), failure.Type, cancellationToken);
        }
    }

    private async Task<Invocation> NextAsync(CancellationToken cancellationToken)
    {
        using var answer = await api.GetAsync(new Uri("invocation/next", UriKind.Relative), cancellationToken);
        answer.EnsureSuccessStatusCode();
        var deadline = DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(HeaderOf(answer, "Lambda-Runtime-Deadline-Ms"), CultureInfo.InvariantCulture));
        return new Invocation(
            HeaderOf(answer, "Lambda-Runtime-Aws-Request-Id"), HeaderOf(answer, "Lambda-Runtime-Invoked-Function-Arn"), deadline, await answer.Content.ReadAsByteArrayAsync(cancellationToken))
        {
            Given = deadline - clock.GetUtcNow(),
        };
    }

    private async Task PostAsync(string path, byte[] body, string? errorType, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = content };
        if (errorType is not null)
            request.Headers.Add("Lambda-Runtime-Function-Error-Type", $"PhaserAI.{errorType}");
        using var answer = await api.SendAsync(request, cancellationToken);
        // Too large (413) can't happen: answers are cut, or refused. Gone (400, 404) is an invocation that has been ended meanwhile.
        if (answer.StatusCode is not (HttpStatusCode.BadRequest or HttpStatusCode.NotFound))
            answer.EnsureSuccessStatusCode();
    }

    private static string HeaderOf(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).First();

    private static byte[] ToJson(FunctionErrorException failure)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("errorType"u8, failure.Type);
            json.WriteString("errorMessage"u8, failure.Message);
            json.WriteStartArray("stackTrace"u8);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.ToArray();
    }
}
