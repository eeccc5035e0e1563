namespace PhaserAI.Migrations.Cli;

/// <summary>
/// An invocation of a Lambda function. Who may invoke it is IAM's to say, so the invocation is the approval; there is no
/// development database; and there is an end to the time.
/// </summary>
/// <param name="Id">Its request id, as in the function's log.</param>
/// <param name="Function">The function's ARN.</param>
/// <param name="Deadline">When the function is ended, whatever it does.</param>
internal sealed record LambdaInvocation(string Id, string Function, DateTimeOffset Deadline)
{
    /// <summary>How much time it had when it began.</summary>
    public required TimeSpan Given { get; init; }

    /// <summary>What has invoked it, where more is known: <c>CloudFormation request …</c>.</summary>
    public string? Cause { get; init; }

    public override string ToString() => $"the invocation of Lambda {Id}{(Cause is null ? "" : $" ({Cause})")}";
}
