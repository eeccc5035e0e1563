using System.Collections.Immutable;
using System.Net.Sockets;
using Npgsql;
using PhaserAI.Migrations.Aws;
using PhaserAI.Migrations.Cli.DevServer;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Runs every check, one after the other, and never stops at one.</summary>
internal static class Examiner
{
    private static readonly ImmutableArray<Check> Checks =
    [
        new("Project", "folder", Nothing, ProjectCheck.RunAsync),
        new("Project", "settings", Nothing, SettingsCheck.RunAsync),
        new("Project", "variables", Nothing, VariablesCheck.RunAsync),
        new("Project", "environment", UsableSettings, EnvironmentCheck.RunAsync),
        new("Project", "secrets", Nothing, SecretsCheck.RunAsync),
        new("Project", "migrations", UsableSettings, MigrationsCheck.RunAsync),
        new("Connection", "address", UsableSettings, AddressCheck.RunAsync),
        new("Connection", "name", Network, NetworkCheck.ResolveAsync),
        new("Connection", "port", Network, NetworkCheck.ConnectAsync),
        new("Connection", "TLS", Network, TlsCheck.RunAsync),
        new("Connection", "login", Server, LoginCheck.RunAsync),
        new("Server", "version", Session, ServerCheck.VersionAsync),
        new("Server", "pooler", Session, ServerCheck.PoolerAsync),
        new("Server", "writable", Session, ServerCheck.WritableAsync),
        new("Server", "encoding", Session, ServerCheck.EncodingAsync),
        new("Server", "clock", Session, ServerCheck.ClockAsync),
        new("Server", "connections", Session, SessionsCheck.ConnectionsAsync),
        new("Server", "timeouts", Session, TimeoutsCheck.RunAsync),
        new("Migrations", "history", Session, HistoryCheck.RunAsync),
        new("Migrations", "scripts", ReadScripts, ScriptsCheck.RunAsync),
        new("Migrations", "rights", ReadHistory, RightsCheck.RunAsync),
        new("Migrations", "objects", Plan, ObjectsCheck.RunAsync),
        new("Migrations", "extensions", Plan, ExtensionsCheck.RunAsync),
        new("Migrations", "lock", ReadHistory, LockCheck.RunAsync),
        new("Migrations", "indexes", Session, IndexesCheck.RunAsync),
        new("Migrations", "transactions", Session, SessionsCheck.TransactionsAsync),
        new("Migrations", "prepared", Session, SessionsCheck.PreparedAsync),
        new("Machine", "programs", UsableSettings, ProgramsCheck.RunAsync),
        new("Machine", "backups", UsableSettings, BackupsCheck.RunAsync),
        new("Machine", "AWS", UsableSettings, AwsCheck.RunAsync),
        new("Machine", "tool", Nothing, MachineCheck.ToolAsync),
        new("Machine", "terminal", Nothing, MachineCheck.TerminalAsync),
    ];

    /// <summary>The names of all checks, in order.</summary>
    public static IEnumerable<string> Names => Checks.Select(check => check.Name);

    public static async Task<DoctorReport> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var started = of.Host.TimeProvider.GetTimestamp();
        var findings = ImmutableArray.CreateBuilder<CheckedFinding>();
        foreach (var check in Checks)
        {
            var found = check.Needs(of) is { } missing ? [Finding.Skipped(missing)] : await RunAsync(check, of, cancellationToken);
            findings.AddRange(found.Select(finding => new CheckedFinding(check.Group, check.Name, finding)));
        }

        var database = of.Address is { } address ? $"{address.Database} on {address.Host}:{address.Port}" : null;
        return new DoctorReport(of.Reader.Rules.Name, database, findings.DrainToImmutable(), of.Host.TimeProvider.GetElapsedTime(started));
    }

    private static async Task<IReadOnlyList<Finding>> RunAsync(Check check, Examination of, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            end.CancelAfter(Examination.Patience);
            // Not everything that is waited for can be cancelled: the resolver of names can't.
            return await check.RunAsync(of, end.Token).WaitAsync(Examination.Patience + TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && Explain(failure) is { } finding)
        {
            if (failure is OperationCanceledException or TimeoutException || of.Connection?.FullState is System.Data.ConnectionState.Broken or System.Data.ConnectionState.Closed)
                await of.AbandonConnectionAsync($"the check \"{check.Name}\" had no answer");
            return [finding];
        }
    }

    /// <summary>Null for a defect, which is not to be hidden in a list.</summary>
    private static Finding? Explain(Exception failure) => failure switch
    {
        UsageException usage => Finding.Problem(usage.Message, usage.Next),
        RefusedException refused => Finding.Problem(refused.Message, refused.Next),
        AwsAccessException missing => Finding.Problem(missing.Message, missing.Next),
        MigrationException stopped => Finding.Problem(stopped.Message, stopped.Next),
        DevServerException server => Finding.Problem(server.Message, server.Next),
        OperationCanceledException or TimeoutException => Finding.Warning(
            $"no answer within {Examination.Patience.TotalSeconds:0} s", "Try again; if it stays so, look whether the network or the server is slow."),
        PostgresException refused => Finding.Warning($"the server refuses to tell: {refused.MessageText} [{refused.SqlState}]", "Let somebody with more rights run doctor."),
        NpgsqlException or SocketException or IOException or UnauthorizedAccessException => Finding.Warning(
            $"it can't be told: {(failure.InnerException ?? failure).Message}", "Try again."),
        _ => null,
    };

    private static string? Nothing(Examination of) => null;

    private static string? UsableSettings(Examination of) => of.Settings is null ? "the settings can't be used" : null;

    private static string? Server(Examination of) => UsableSettings(of) ?? of.Unreachable ?? (of.Address is null ? "no server is known" : null);

    private static string? Network(Examination of) => Server(of)
        ?? (of.Address!.Host!.StartsWith('/') ? "the address is a local socket" : of.Address.Host.Contains(',', StringComparison.Ordinal) ? "there are several hosts" : null);

    private static string? Session(Examination of) => Server(of) ?? (of.Connection is null ? "there is no connection" : null);

    private static string? ReadHistory(Examination of) => Session(of) ?? (of.History is null ? "the history can't be read" : null);

    private static string? ReadScripts(Examination of) => UsableSettings(of) ?? (of.Scripts is null ? "the migrations can't be read" : null);

    private static string? Plan(Examination of) => ReadHistory(of)
        ?? (of.Plan is not { } plan ? "the migrations can't be read" : plan.Migrations.IsEmpty ? "nothing is pending" : null);
}
