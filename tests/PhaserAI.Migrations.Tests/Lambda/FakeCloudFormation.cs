using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using PhaserAI.Migrations.Tests.Postgres;

namespace PhaserAI.Migrations.Tests.Lambda;

/// <summary>What a stack deploys: its code, and the properties of its custom resource.</summary>
internal sealed record StackSet(Action Deploy, JsonObject Properties);

/// <summary>
/// CloudFormation as far as one custom resource sees it: it deploys the function's code, sends the event asynchronously, waits for a PUT, and rolls
/// back. Its addresses refuse what S3's refuse. (CloudFormation user guide, "Custom resource response objects".)
/// </summary>
internal sealed class FakeCloudFormation : IAsyncDisposable
{
    private const string Stack = "arn:aws:cloudformation:eu-central-1:123456789012:stack/phaserai/1";

    private readonly LambdaEmulator _lambda;
    private readonly HttpListener _listener = new();
    private readonly HttpClient _client = new();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonNode>> _waiting = new();
    private readonly string _address;
    private readonly Task _serving;
    private StackSet? _current;
    private string? _physical;

    public FakeCloudFormation(LambdaEmulator lambda)
    {
        _lambda = lambda;
        for (var attempt = 1; ; attempt++)
        {
            _address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{PostgresServer.FreePort()}/");
            _listener.Prefixes.Clear();
            _listener.Prefixes.Add(_address);
            try
            {
                _listener.Start();
                break;
            }
            catch (HttpListenerException) when (attempt < 5)
            {
            }
        }

        _serving = ServeAsync();
    }

    /// <summary>How long it waits for an answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The answers, in order, and when there was none what CloudFormation says then.</summary>
    public List<JsonNode> Answers { get; } = [];

    /// <summary>The events, in order.</summary>
    public List<JsonObject> Events { get; } = [];

    /// <summary>What an address refused.</summary>
    public ConcurrentQueue<string> Refusals { get; } = new();

    public JsonNode Last => Answers[^1];

    public async Task<string> CreateAsync(StackSet set)
    {
        Deploy(set);
        var answer = await SendAsync("Create", set.Properties, null);
        if (Succeeded(answer))
        {
            (_current, _physical) = (set, (string?)answer["PhysicalResourceId"]);
            return "CREATE_COMPLETE";
        }

        _physical = (string?)answer["PhysicalResourceId"] ?? "phaserai-Migrations-0123456789AB";
        return Succeeded(await SendAsync("Delete", set.Properties, null)) ? "ROLLBACK_COMPLETE" : "ROLLBACK_FAILED";
    }

    public async Task<string> UpdateAsync(StackSet set)
    {
        var old = _current!;
        Deploy(set);
        var answer = await SendAsync("Update", set.Properties, old.Properties);
        if (Succeeded(answer))
        {
            _current = set;
            if ((string?)answer["PhysicalResourceId"] is { } physical && physical != _physical)
            {
                await SendAsync("Delete", old.Properties, null);
                _physical = physical;
            }

            return "UPDATE_COMPLETE";
        }

        Deploy(old);
        return Succeeded(await SendAsync("Update", old.Properties, set.Properties)) ? "UPDATE_ROLLBACK_COMPLETE" : "UPDATE_ROLLBACK_FAILED";
    }

    public async Task<string> DeleteAsync() => Succeeded(await SendAsync("Delete", _current!.Properties, null)) ? "DELETE_COMPLETE" : "DELETE_FAILED";

    /// <summary>Its time is over for the answer that it waits for.</summary>
    public void LosePatience()
    {
        foreach (var waiting in _waiting.Values)
            waiting.TrySetResult(NoAnswer());
    }

    /// <summary>Sends an event that was sent before once more; the answer.</summary>
    public Task<JsonNode> RepeatAsync(JsonObject sent) => InvokeAsync(sent.DeepClone().AsObject());

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
        _client.Dispose();
    }

    private void Deploy(StackSet set)
    {
        set.Deploy();
        _lambda.Recycle();
    }

    private static bool Succeeded(JsonNode answer) => (string?)answer["Status"] == "SUCCESS";

    private async Task<JsonNode> SendAsync(string type, JsonObject properties, JsonObject? old)
    {
        var id = Guid.NewGuid().ToString();
        var sent = new JsonObject
        {
            ["RequestType"] = type,
            ["ServiceToken"] = $"arn:aws:lambda:eu-central-1:123456789012:function:{_lambda.Name}",
            ["ResponseURL"] = $"{_address}{id}?AWSAccessKeyId=AKIDTEST&Signature=very-secret",
            ["StackId"] = Stack,
            ["RequestId"] = id,
            ["ResourceType"] = "Custom::DatabaseMigration",
            ["LogicalResourceId"] = "Migrations",
            ["ResourceProperties"] = properties.DeepClone(),
        };
        if (type != "Create")
            sent["PhysicalResourceId"] = _physical;
        if (old is not null)
            sent["OldResourceProperties"] = old.DeepClone();
        Events.Add(sent);
        var answer = await InvokeAsync(sent);
        Answers.Add(answer);
        foreach (var name in Succeeded(answer) ? (string[])["StackId", "RequestId", "LogicalResourceId"] : [])
        {
            if ((string?)answer[name] != (string?)sent[name])
                throw new InvalidOperationException($"The answer does not repeat {name}: {answer}");
        }

        return answer;
    }

    private async Task<JsonNode> InvokeAsync(JsonObject sent)
    {
        var waiting = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[(string)sent["RequestId"]!] = waiting;
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_lambda.Endpoint}/2015-03-31/functions/{_lambda.Name}/invocations")
        {
            Content = new StringContent(sent.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-Amz-Invocation-Type", "Event");
        using var taken = await _client.SendAsync(request);
        taken.EnsureSuccessStatusCode();
        try
        {
            return await waiting.Task.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            return NoAnswer();
        }
    }

    private static JsonObject NoAnswer() =>
        new() { ["Status"] = "FAILED", ["Reason"] = "CloudFormation did not receive a response from your Custom Resource." };

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            try
            {
                context.Response.StatusCode = await TakeAsync(context.Request);
                context.Response.Close();
            }
            catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or IOException)
            {
                context.Response.Abort(); // whoever answered has left before it was thanked
            }
        }
    }

    private async Task<int> TakeAsync(HttpListenerRequest request)
    {
        var waiting = _waiting.GetValueOrDefault(request.Url!.AbsolutePath.Trim('/'));
        var status = request switch
        {
            _ when waiting is null => 404,
            { HttpMethod: not "PUT" } => 405,
            { ContentType.Length: > 0 } => 403, // SignatureDoesNotMatch
            { ContentLength64: < 0 } => 411,
            _ => 200,
        };
        if (status != 200)
        {
            Refusals.Enqueue(string.Create(CultureInfo.InvariantCulture, $"{status} {request.HttpMethod} {request.ContentType}"));
            return status;
        }

        using var reader = new StreamReader(request.InputStream);
        var text = await reader.ReadToEndAsync();
        waiting!.TrySetResult(request.ContentLength64 > 4096
            ? new JsonObject { ["Status"] = "FAILED", ["Reason"] = "Response object is too long." }
            : JsonNode.Parse(text) is JsonObject answer && IsWhole(answer) ? answer : new JsonObject { ["Status"] = "FAILED", ["Reason"] = "Invalid response object: " + text });
        return 200;
    }

    private static bool IsWhole(JsonObject answer) =>
        (string?)answer["Status"] is "SUCCESS" or "FAILED" && (string?)answer["PhysicalResourceId"] is { Length: > 0 and <= 1024 }
        && ((string?)answer["Status"] == "SUCCESS" || (string?)answer["Reason"] is { Length: > 0 });
}
