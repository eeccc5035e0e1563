using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Commands;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>pg_dump and psql: whether they are there, and not older than the server.</summary>
internal static class ProgramsCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var server = of.Connection?.PostgreSqlVersion;
        // The store is not asked for anything.
        var options = BackupStores.ToOptions(of.Call, of.Options!, new FolderBackupStore(of.Project.Path));
        var why = server is null ? "14 is the oldest that is supported" : $"the server is PostgreSQL {server.Major}.{server.Minor}";
        var findings = new List<Finding>();
        foreach (var (program, use) in ((string, string)[])[("pg_dump", "backup and rehearse need it"), ("psql", "backup restore, verify and rehearse need it")])
        {
            try
            {
                var found = await PostgresPrograms.FindAsync(program, server?.Major ?? 14, why, options, cancellationToken);
                findings.Add(Finding.Ok($"{found.Program(program)}, version {found.Version}"));
            }
            catch (BackupFailedException missing)
            {
                var message = $"{missing.Message.Replace("; nothing was changed", "", StringComparison.Ordinal)}: {use}";
                findings.Add(program == "pg_dump" && IsDumpNeeded(of) ? Finding.Problem($"{message}, and up in {of.Reader.Rules.Name} makes a backup first", missing.Next) : Finding.Warning(message, missing.Next));
            }
        }

        return findings;
    }

    /// <summary>Whether a run makes a backup with it.</summary>
    public static bool IsDumpNeeded(Examination of) => RdsBackupBefore.Kind(of.Call) is null && of.Reader.Rules.Backup switch
    {
        BackupPolicy.Required => true,
        BackupPolicy.IfStoreIsSet => BackupStores.IsSet(of.Call),
        _ => false,
    };
}
