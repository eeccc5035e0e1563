using System.Text.Json.Serialization;

namespace PhaserAI.Migrations.Cli.Output.Json;

/// <summary>A line of <c>--log-format json</c>. What is null is left out.</summary>
internal sealed record LogLine(DateTimeOffset Time, string Level, string Event, string RunId)
{
    public string? Command { get; init; }

    public string? Environment { get; init; }

    public string? Server { get; init; }

    public string? Database { get; init; }

    public string? DatabaseUser { get; init; }

    public string? OsUser { get; init; }

    public string? Host { get; init; }

    public string? GitCommit { get; init; }

    public string? Tool { get; init; }

    public string? Direction { get; init; }

    public string? Version { get; init; }

    public string? File { get; init; }

    public int? Line { get; init; }

    public int? Column { get; init; }

    public long? Number { get; init; }

    public long? Count { get; init; }

    public double? DurationMs { get; init; }

    public double? DelayMs { get; init; }

    public double? Percent { get; init; }

    public string? Outcome { get; init; }

    public int? ExitCode { get; init; }

    public string? SqlState { get; init; }

    public string? Error { get; init; }

    public string? Backup { get; init; }

    public long? Bytes { get; init; }

    public string? Message { get; init; }

    public string? Next { get; init; }

    public IReadOnlyList<HolderDocument>? Blockers { get; init; }
}

/// <summary>Serializer of one line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LogLine))]
internal sealed partial class LogContext : JsonSerializerContext;
