using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using PhaserAI.Migrations.Tests.Postgres;

namespace PhaserAI.Migrations.Tests.Lambda;

/// <summary>
/// Lambda as far as one function sees it: the Invoke API and the Runtime API on one loopback port, one invocation at a time, an end to
/// the time, and what Lambda says of a function that dies. Asynchronous invocations are not tried again.
/// </summary>
internal sealed class LambdaEmulator : IAsyncDisposable
{
    private const int LongestTail = 4096;

    /// <summary>A function is told when its time is over, and killed this much later: a loaded machine is slower than Lambda.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly HttpListener _listener = new();
    private readonly Channel<PendingInvocation> _queue = Channel.CreateUnbounded<PendingInvocation>();
    private readonly ConcurrentDictionary<string, PendingInvocation> _invocations = new();
    private readonly Func<string, Sandbox> _start;
    private readonly Task _serving;
    private Sandbox? _sandbox;

    /// <param name="name">The function's name.</param>
    /// <param name="timeout">How long an invocation may take.</param>
    /// <param name="start">Starts the function's program for a Runtime API at an address.</param>
    public LambdaEmulator(string name, TimeSpan timeout, Func<string, Sandbox> start)
    {
        (Name, Timeout, _start) = (name, timeout, start);
        // Between finding a free port and using it another program may take it: then another one is tried.
        for (var attempt = 1; ; attempt++)
        {
            Address = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{PostgresServer.FreePort()}");
            _listener.Prefixes.Clear();
            _listener.Prefixes.Add($"http://{Address}/");
            try
            {
                _listener.Start();
                break;
            }
            catch (HttpListenerException) when (attempt < 5)
            {
            }
        }

        _serving = Task.WhenAll(ListenAsync(), ServeAsync());
    }

    public string Name { get; }

    public TimeSpan Timeout { get; set; }

    public string Address { get; }

    /// <summary>What AWS_ENDPOINT_URL_LAMBDA has to be.</summary>
    public string Endpoint => $"http://{Address}";

    /// <summary>What the function has written since it was made.</summary>
    public ConcurrentQueue<string> Log { get; } = new();

    /// <summary>Waits until the function's log has a line with these words: it is read beside the answers, and may come later.</summary>
    public async Task WaitForLogAsync(string words)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!Log.Any(line => line.Contains(words, StringComparison.Ordinal)))
        {
            if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(30))
                throw new TimeoutException($"{words} is not in the log:\n{string.Join('\n', Log)}");
            await Task.Delay(10);
        }
    }

    /// <summary>Every answer there was, in order; of asynchronous invocations too.</summary>
    public ConcurrentQueue<FunctionAnswer> Answers { get; } = new();

    /// <summary>Invokes it as <c>aws lambda invoke</c> does.</summary>
    public async Task<FunctionAnswer> InvokeAsync(string payload)
    {
        var invocation = Enqueue(Encoding.UTF8.GetBytes(payload));
        return await invocation.Done.Task;
    }

    /// <summary>SIGKILL, as when the host is lost.</summary>
    public void Kill() => _sandbox?.Kill();

    /// <summary>The next invocation meets a new process.</summary>
    public void Recycle() => Interlocked.Exchange(ref _sandbox, null)?.Dispose();

    /// <summary>The process that serves just now.</summary>
    public Sandbox? Sandbox => _sandbox;

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        Recycle();
        _listener.Close();
        await _serving;
    }

    private PendingInvocation Enqueue(byte[] payload)
    {
        var invocation = new PendingInvocation(Guid.NewGuid().ToString(), payload.Length == 0 ? "{}"u8.ToArray() : payload);
        _invocations[invocation.Id] = invocation;
        _queue.Writer.TryWrite(invocation);
        return invocation;
    }

    private async Task ServeAsync()
    {
        await foreach (var invocation in _queue.Reader.ReadAllAsync())
        {
            if (_sandbox is not { IsAlive: true })
            {
                Recycle();
                lock (_listener) // which may be asked before the process is known here
                    _sandbox = _start(Address);
            }

            var sandbox = _sandbox;
            sandbox.Wrote = Log.Enqueue;
            sandbox.Exited = code => invocation.Done.TrySetResult(new FunctionAnswer(Error("Runtime.ExitError", $"RequestId: {invocation.Id} Error: Runtime exited with error: exit status {code}"), IsError: true));
            invocation.Deadline = TimeProvider.System.GetUtcNow() + Timeout;
            sandbox.Hand(invocation);
            try
            {
                await invocation.Done.Task.WaitAsync(Timeout + Grace);
            }
            catch (TimeoutException)
            {
                sandbox.Exited = _ => { };
                sandbox.Kill();
                invocation.Done.TrySetResult(new FunctionAnswer(Error("Sandbox.Timedout", $"RequestId: {invocation.Id} Error: Task timed out after {Timeout.TotalSeconds:0.00} seconds"), IsError: true));
            }

            Answers.Enqueue(await invocation.Done.Task);
            _invocations.TryRemove(invocation.Id, out _);
        }
    }

    private async Task ListenAsync()
    {
        var calls = new List<Task>();
        while (_listener.IsListening)
        {
            try
            {
                calls.Add(AnswerAsync(await _listener.GetContextAsync()));
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                break;
            }
        }

        await Task.WhenAll(calls);
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            var path = context.Request.Url!.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
            switch ((context.Request.HttpMethod, path))
            {
                case ("POST", ["2015-03-31", "functions", var function, "invocations"]):
                    await InvokeAsync(context, Uri.UnescapeDataString(function));
                    break;
                case ("GET", ["2018-06-01", "runtime", "invocation", "next"]):
                    await HandOutAsync(context);
                    break;
                case ("POST", ["2018-06-01", "runtime", "invocation", var id, var kind]):
                    await TakeAsync(context, id, isError: kind == "error");
                    break;
                case ("POST", ["2018-06-01", "runtime", "init", "error"]):
                    var reason = await ReadAsync(context);
                    foreach (var invocation in _invocations.Values)
                        invocation.Done.TrySetResult(new FunctionAnswer(reason, IsError: true));
                    await ReplyAsync(context, 202, []);
                    break;
                default:
                    await ReplyAsync(context, 404, []);
                    break;
            }
        }
        catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or IOException or ChannelClosedException)
        {
            context.Response.Abort(); // whoever asked, or this emulator, is gone
        }
    }

    private async Task InvokeAsync(HttpListenerContext context, string function)
    {
        var payload = Encoding.UTF8.GetBytes(await ReadAsync(context));
        if (function.Split(':') is not [.., var name] || name != Name)
        {
            context.Response.Headers["x-amzn-ErrorType"] = "ResourceNotFoundException";
            await ReplyAsync(context, 404, Encoding.UTF8.GetBytes($$"""{"Type":"User","Message":"Function not found: arn:aws:lambda:eu-central-1:123456789012:function:{{function}}"}"""));
            return;
        }

        var kind = context.Request.Headers["X-Amz-Invocation-Type"] ?? "RequestResponse";
        if (kind == "DryRun")
        {
            await ReplyAsync(context, 204, []);
            return;
        }

        var logged = Log.Count;
        var invocation = Enqueue(payload);
        context.Response.Headers["X-Amzn-RequestId"] = invocation.Id;
        if (kind == "Event")
        {
            await ReplyAsync(context, 202, []);
            return;
        }

        var answer = await invocation.Done.Task;
        context.Response.Headers["X-Amz-Executed-Version"] = "$LATEST";
        if (answer.IsError)
            context.Response.Headers["X-Amz-Function-Error"] = "Unhandled";
        if (context.Request.Headers["X-Amz-Log-Type"] == "Tail")
        {
            var tail = Encoding.UTF8.GetBytes(string.Concat(Log.Skip(logged).Select(line => line + "\n")));
            context.Response.Headers["X-Amz-Log-Result"] = Convert.ToBase64String(tail[Math.Max(0, tail.Length - LongestTail)..]);
        }

        await ReplyAsync(context, 200, Encoding.UTF8.GetBytes(answer.Payload));
    }

    private async Task HandOutAsync(HttpListenerContext context)
    {
        Sandbox? sandbox;
        lock (_listener)
            sandbox = _sandbox;
        if (sandbox is null)
        {
            context.Response.Abort();
            return;
        }

        var invocation = await sandbox.NextAsync();
        var headers = context.Response.Headers;
        headers["Lambda-Runtime-Aws-Request-Id"] = invocation.Id;
        headers["Lambda-Runtime-Deadline-Ms"] = invocation.Deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        headers["Lambda-Runtime-Invoked-Function-Arn"] = $"arn:aws:lambda:eu-central-1:123456789012:function:{Name}";
        await ReplyAsync(context, 200, invocation.Payload);
    }

    private async Task TakeAsync(HttpListenerContext context, string id, bool isError)
    {
        var body = await ReadAsync(context);
        var isKnown = _invocations.TryGetValue(id, out var invocation);
        await ReplyAsync(context, isKnown ? 202 : 400, []);
        invocation?.Done.TrySetResult(new FunctionAnswer(body, isError));
    }

    private static async Task<string> ReadAsync(HttpListenerContext context)
    {
        using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    private static async Task ReplyAsync(HttpListenerContext context, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength64 = body.Length;
        await context.Response.OutputStream.WriteAsync(body);
        context.Response.Close();
    }

    private static string Error(string type, string message) => new JsonObject { ["errorType"] = type, ["errorMessage"] = message }.ToJsonString();
}

/// <summary>What an invocation came to.</summary>
internal sealed record FunctionAnswer(string Payload, bool IsError)
{
    public JsonNode Json => JsonNode.Parse(Payload)!;

    public string? ErrorType => IsError ? (string?)Json["errorType"] : null;

    public string ErrorMessage => (string?)Json["errorMessage"] ?? "";
}

/// <summary>An invocation that is not answered yet.</summary>
internal sealed record PendingInvocation(string Id, byte[] Payload)
{
    public DateTimeOffset Deadline { get; set; }

    public TaskCompletionSource<FunctionAnswer> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}
