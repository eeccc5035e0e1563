namespace PhaserAI.Migrations.Lambda;

/// <summary>An invocation, as the Runtime API hands it out.</summary>
/// <param name="RequestId">Its id, as in the function's log.</param>
/// <param name="FunctionArn">The function, as it was invoked.</param>
/// <param name="Deadline">When the function is killed.</param>
/// <param name="Payload">What it was invoked with.</param>
internal sealed record Invocation(string RequestId, string FunctionArn, DateTimeOffset Deadline, byte[] Payload)
{
    /// <summary>How much time it had when it was handed out.</summary>
    public required TimeSpan Given { get; init; }
}
