using System.Text.Json.Nodes;
using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Cli;

namespace PhaserAI.Migrations.Lambda;

/// <summary>
/// The custom resource <c>Custom::DatabaseMigration</c>: "the database has at least this set of migrations". Create and Update apply
/// what is missing; Delete touches nothing. An answer comes before the function's time is over, whatever happens.
/// </summary>
internal sealed class CustomResource(FunctionHost host)
{
    private static readonly TimeSpan LongestMargin = TimeSpan.FromSeconds(5);

    // CloudFormation's queue may deliver an event twice, to the same process for the most part.
    private readonly Dictionary<string, byte[]> _answered = new(StringComparer.Ordinal);

    /// <summary>Does what is asked for, and tells CloudFormation; what it was told.</summary>
    /// <exception cref="FunctionErrorException">CloudFormation can't be told.</exception>
    public async Task<byte[]> HandleAsync(CloudFormationEvent request, Invocation invocation, CancellationToken cancellationToken)
    {
        if (request.RequestId is { } id && _answered.TryGetValue(id, out var before))
        {
            await CloudFormationReply.SendAsync(request, before, host.Clock, cancellationToken);
            return before;
        }

        var outcome = request.RequestType == "Delete"
            ? new ResourceOutcome(true, "Nothing is deleted: the database keeps its schema.") { Status = "Deleted" }
            : await WatchAsync(request, invocation, cancellationToken);
        if (outcome.Continues)
            return "\"continue\""u8.ToArray();
        var answer = CloudFormationReply.ToJson(request, outcome);
        await CloudFormationReply.SendAsync(request, answer, host.Clock, cancellationToken);
        _answered[request.RequestId ?? ""] = answer;
        return answer;
    }

    /// <summary>Lets it work until there is just enough time to say that it failed. The run has a little less: it ends by itself, and says more.</summary>
    private async Task<ResourceOutcome> WatchAsync(CloudFormationEvent request, Invocation invocation, CancellationToken cancellationToken)
    {
        var now = host.Clock.GetUtcNow();
        var began = request.Began ?? now;
        var end = began + request.ServiceTimeout;
        var deadline = invocation.Deadline < end ? invocation.Deadline : end;
        var left = deadline - now;
        var margin = left / 20 < LongestMargin ? left / 20 : LongestMargin;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = EnsureAsync(request, invocation with { Deadline = deadline - margin }, stop.Token);
        var alarm = Task.Delay(left > margin ? left - (margin / 2) : TimeSpan.Zero, host.Clock, stop.Token);
        var isInTime = await Task.WhenAny(work, alarm) == work;
        var outcome = isInTime ? await work : ResourceOutcome.Failed(
            "the function's time is over, and it does not come to an end; what it did so far is in the history\nnext: Look at the action status and at the function's log, then deploy again.");
        await stop.CancelAsync();
        return outcome.Continues ? await GoOnAsync(request, outcome, began, deadline < end, cancellationToken) : outcome;
    }

    private async Task<ResourceOutcome> EnsureAsync(CloudFormationEvent request, Invocation invocation, CancellationToken cancellationToken)
    {
        var cause = $"CloudFormation request {request.RequestId}";
        var call = new CommandCall(host, new LambdaInvocation(invocation.RequestId, invocation.FunctionArn, invocation.Deadline) { Given = invocation.Given, Cause = cause });
        var status = await call.RunAsync(["status"], cancellationToken);
        if (!status.IsReport)
            return status.Code == ExitCode.NoConnection && request is { IsOlder: true, TakesBack: false } ? Unasked(request, status) : ResourceOutcome.Failed(status.ToError().Message);
        // A rolled back stack has its old code, whose files may lack what is applied: that is no failure of the old set.
        var standing = DatabaseStanding.Read(status.Json, request.Version);
        if ((standing.IsAhead || request.IsOlder) && !standing.IsBehind)
        {
            var takesBack = request is { TakesBack: true, IsOlder: true } && standing.IsAhead
                && (request.Began is not null || !await WasTakenBackAsync(call, cause, cancellationToken));
            return takesBack ? await TakeBackAsync(call, standing, cancellationToken) : Succeeded(standing, standing.IsAhead ? "Kept" : "UpToDate");
        }

        return ToOutcome(await RunAsync(call, "up", request.Version, cancellationToken), request.Version, standing.IsBehind ? "Applied" : "UpToDate");
    }

    /// <summary>What can't be taken back stays: a failure here would leave the stack in UPDATE_ROLLBACK_FAILED, and mend nothing.</summary>
    private static async Task<ResourceOutcome> TakeBackAsync(CommandCall call, DatabaseStanding standing, CancellationToken cancellationToken)
    {
        var run = await RunAsync(call, "down", standing.Wanted, cancellationToken);
        return run.Code is ExitCode.PlanHasProblems or ExitCode.RefusedByPolicy
            ? Succeeded(standing, "Kept") with { Reason = $"Nothing was taken back, the database stays at {standing.Newest}: {run.ToError().Message}" }
            : ToOutcome(run, standing.Wanted, "TakenBack");
    }

    /// <summary>An older set that takes nothing back wants nothing of the database: that it does not answer must not hold up a rollback.</summary>
    private static ResourceOutcome Unasked(CloudFormationEvent request, CommandAnswer status) =>
        new(true, $"An older set changes nothing. The database could not be asked: {status.ToError().Message}") { Version = request.Version, Status = "Kept" };

    private static Task<CommandAnswer> RunAsync(CommandCall call, string command, string? version, CancellationToken cancellationToken) =>
        call.RunAsync(version is null ? [command] : [command, version], cancellationToken);

    private static ResourceOutcome ToOutcome(CommandAnswer run, string? version, string status)
    {
        if (!run.IsReport)
            return ResourceOutcome.Failed(run.ToError().Message);
        if (run.Code == ExitCode.Unfinished)
            return new ResourceOutcome(false, (string?)run.Json?["left"]?["message"] ?? "") { Continues = true };
        return Succeeded(DatabaseStanding.Read(run.Json?["status"], version), status);
    }

    /// <summary>Whether the same request has done it already: a repeated event must not take back what was applied after it.</summary>
    private static async Task<bool> WasTakenBackAsync(CommandCall call, string cause, CancellationToken cancellationToken)
    {
        var history = await call.RunAsync(["history", "--action", "down"], cancellationToken);
        return history.Json?["entries"] is JsonArray entries && entries.Any(entry => ((string?)entry!["reason"])?.Contains(cause, StringComparison.Ordinal) is true);
    }

    /// <summary>Another invocation goes on, as long as CloudFormation waits.</summary>
    private async Task<ResourceOutcome> GoOnAsync(CloudFormationEvent request, ResourceOutcome outcome, DateTimeOffset began, bool hasTime, CancellationToken cancellationToken)
    {
        if (!hasTime)
            return ResourceOutcome.Failed($"CloudFormation's ServiceTimeout is over. {outcome.Reason}\nnext: Let the action up run until it no longer answers \"continue\", then deploy again; what is applied stays.");
        var name = host.Variable("AWS_LAMBDA_FUNCTION_NAME") ?? "";
        try
        {
            await new FunctionInvoker(new AwsAccess(host.Variable), host.Clock).InvokeAsync(name, request.GoOn(began), cancellationToken);
            return outcome;
        }
        catch (AwsAccessException refused)
        {
            return ResourceOutcome.Failed($"the function can't invoke itself to go on: {refused.Message}. {outcome.Reason}\nnext: {refused.Next}");
        }
    }

    private static ResourceOutcome Succeeded(DatabaseStanding standing, string status) => new(true, status switch
    {
        "Kept" => $"The database is ahead of this set, at {standing.Newest}: nothing was changed.",
        "UpToDate" => "Nothing was pending.",
        _ => $"The database is at {standing.Newest ?? "no version"}.",
    })
    {
        Version = standing.Newest,
        Applied = standing.Applied,
        Status = status,
    };
}
