using System.Diagnostics;
using Npgsql;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// The attributes of spans and measurements: OpenTelemetry's where its conventions for databases have one ("Semantic
/// conventions for database client spans"), else our own, which begin with <c>migration.</c>
/// </summary>
internal static class TelemetryTags
{
    public const string Direction = "migration.direction";
    public const string Version = "migration.version";
    public const string Outcome = "migration.outcome";
    public const string Count = "migration.count";
    public const string Lock = "migration.lock";
    public const string ErrorType = "error.type";
    public const string ResponseStatusCode = "db.response.status_code";

    /// <summary>What everything of a run has in common.</summary>
    public static TagList Of(MigrationOptions options, MigrationDirection direction)
    {
        var tags = new TagList { { "db.system.name", "postgresql" }, { Direction, direction is MigrationDirection.Up ? "up" : "down" } };
        try
        {
            var address = new NpgsqlConnectionStringBuilder(options.ConnectionString);
            if (address.Database is { Length: > 0 } database)
                tags.Add("db.namespace", database);
            if (address.Host is { Length: > 0 } host)
                tags.Add("server.address", host);
            // "If using a port other than the default port for this DBMS".
            if (address.Port != NpgsqlConnection.DefaultPort)
                tags.Add("server.port", address.Port);
        }
        catch (ArgumentException)
        {
            // It can't be read; the run is going to say so.
        }

        return tags;
    }

    /// <summary>How a run ended that has no report, and the class of its error.</summary>
    public static (string Outcome, string Error) Of(Exception failure) => failure switch
    {
        OperationCanceledException => ("cancelled", "cancelled"),
        PostgresException refused => ("failed", refused.SqlState),
        { InnerException: PostgresException refused } => ("failed", refused.SqlState),
        _ => ("failed", failure.GetType().FullName!),
    };

    /// <summary>The same of a report; no error when everything is done.</summary>
    public static (string Outcome, string? Error) Of(MigrationReport report) => report switch
    {
        { Plan.Problems.IsEmpty: false } => ("refused", "plan_problems"),
        { Failure: { } failure } => Of(failure),
        { Pause: not null } => ("unfinished", null),
        _ => ("done", null),
    };

    /// <summary>The same of a migration.</summary>
    public static (string Outcome, string Error) Of(MigrationFailure failure) =>
        failure.Cancelled ? ("cancelled", "cancelled") : ("failed", failure.SqlState ?? (failure.ConnectionLost ? "connection_lost" : "_OTHER"));
}
