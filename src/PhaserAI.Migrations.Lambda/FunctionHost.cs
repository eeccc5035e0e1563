using System.Text.Json;
using PhaserAI.Migrations.Cli;
using PhaserAI.Migrations.Cli.Output;
using PhaserAI.Migrations.Cli.Output.Json;

namespace PhaserAI.Migrations.Lambda;

/// <summary>What the function runs in: the process of a Lambda function, or a test's stand-in for it.</summary>
/// <param name="environment">Reads an environment variable.</param>
/// <param name="Log">Takes lines of JSON; they go to CloudWatch Logs.</param>
/// <param name="Clock">The clock.</param>
internal sealed record FunctionHost(Func<string, string?> environment, TextWriter Log, TimeProvider Clock)
{
    /// <summary>The folder of the function's files.</summary>
    public string Folder => environment("LAMBDA_TASK_ROOT") is { Length: > 0 } root ? root : Environment.CurrentDirectory;

    /// <summary>A variable as the function's owner has set it; else what a Lambda function has instead of the tool's own default.</summary>
    public string? Variable(string name) => environment(name) is { Length: > 0 } value ? value : name switch
    {
        "MIGRATIONS_DIR" => Path.Combine(Folder, "migrations"),
        "DB_SSLROOTCERT" when Path.Combine(Folder, "certs", "global-bundle.pem") is var bundle && File.Exists(bundle) => bundle,
        "MIGRATE_CONNECT_RETRY" => "60s",
        "MIGRATE_METRICS" => "emf",
        _ => null,
    };

    /// <summary>Writes to the log why an invocation has no answer, where no command was run that would have done so.</summary>
    public void LogFailure(FunctionErrorException failure, string requestId) => Log.WriteLine(JsonSerializer.Serialize(
        new LogLine(Clock.GetUtcNow(), "error", LogEvents.CallFailed.Name, requestId) { Tool = $"phaserai-migrate {ToolVersion.Current}", Error = failure.Message },
        LogContext.Default.LogLine));
}
