using PhaserAI.Migrations.Cli.Commands;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Environment variables that look as if they were meant for this tool, which does not know them.</summary>
internal static class VariablesCheck
{
    private const int MostEdits = 2;
    private static readonly string[] Prefixes = ["DB", "DATABASE", "MIGRAT", "BACKUP_", "PHASERAI_", "POSTGRES", "PG", "REHEARSE_", "ENV"];

    /// <summary>What the scripts and libpq read, and what a name is not to be taken for.</summary>
    private static readonly string[] Others =
    [
        "MIGRATE_PROJECT", "PHASERAI_MIGRATE", "PGSYSCONFDIR", "PGOPTIONS", "PGTZ", "PGCLIENTENCODING", "PGSSLCERT", "PGSSLKEY", "PGTARGETSESSIONATTRS", "PGDATA", "PGAPPNAME",
        "PGHOSTADDR", "PGLOCALEDIR", "PGSSLCRL", "PGGSSENCMODE", "PGCHANNELBINDING", "PGREQUIREAUTH", "ENV", "ENVIRONMENT",
    ];

    /// <summary>Names in use elsewhere that no slip of the fingers explains.</summary>
    private static readonly (string Name, string Meant)[] Elsewhere =
    [
        ("DB_HOSTNAME", "DB_HOST"), ("DB_SERVER", "DB_HOST"), ("DB_ADDRESS", "DB_HOST"), ("POSTGRES_HOST", "DB_HOST"), ("POSTGRES_HOSTNAME", "DB_HOST"), ("PGHOSTNAME", "PGHOST"),
        ("POSTGRES_PORT", "DB_PORT"), ("DB_DATABASE", "DB_NAME"), ("DB_DBNAME", "DB_NAME"), ("POSTGRES_DB", "DB_NAME"), ("POSTGRES_DATABASE", "DB_NAME"), ("PGDB", "PGDATABASE"),
        ("PGDBNAME", "PGDATABASE"), ("DB_USERNAME", "DB_USER"), ("DB_LOGIN", "DB_USER"), ("POSTGRES_USER", "DB_USER"), ("PGUSERNAME", "PGUSER"), ("DB_PASS", "DB_PASSWORD"),
        ("DB_PWD", "DB_PASSWORD"), ("DB_PASSWD", "DB_PASSWORD"), ("POSTGRES_PASSWORD", "DB_PASSWORD"), ("PGPASS", "PGPASSFILE"), ("DB_URL", "DATABASE_URL"), ("DB_URI", "DATABASE_URL"),
        ("DATABASE_URI", "DATABASE_URL"), ("POSTGRES_URL", "DATABASE_URL"), ("DB_CONNECTION_STRING", "DATABASE_URL"), ("DB_SSL", "DB_SSLMODE"), ("DB_SSL_MODE", "DB_SSLMODE"),
        ("DB_SCHEMA", "DB_HISTORY_SCHEMA"), ("MIGRATIONS_PATH", "MIGRATIONS_DIR"), ("MIGRATIONS_FOLDER", "MIGRATIONS_DIR"), ("DB_MIGRATIONS_DIR", "MIGRATIONS_DIR"),
        ("MIGRATE_ENVIRONMENT", "ENVIRONMENT"), ("MIGRATE_ENV", "ENVIRONMENT"), ("DB_ENVIRONMENT", "ENVIRONMENT"), ("BACKUP_BUCKET", "BACKUP_S3_BUCKET"), ("BACKUP_FOLDER", "BACKUP_DIR"),
        ("BACKUP_PATH", "BACKUP_DIR"),
    ];

    public static Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        foreach (var name in of.Host.VariableNames().Order(StringComparer.Ordinal))
        {
            if (FindMeant(name) is not { } meant || KnownSettings.Find(meant) is not { } setting || of.Reader.Find(setting) is not null)
                continue;
            findings.Add(Finding.Warning($"{name} is set, and {meant} is not: this tool does not read {name}", $"Did you mean {meant}? Set that one, or pay no attention if {name} is another program's."));
        }

        return Task.FromResult<IReadOnlyList<Finding>>(findings.Count == 0 ? [Finding.Ok("none that is nearly one of this tool's")] : Finding.Few(findings, "See all variables there are in docs/reference/settings.md."));
    }

    /// <summary>The variable that was probably meant; null for one that is known, or like none.</summary>
    public static string? FindMeant(string name)
    {
        if (KnownSettings.Find(name) is not null || Others.Contains(name, StringComparer.Ordinal) || !Array.Exists(Prefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            return null;
        if (Array.Find(Elsewhere, entry => string.Equals(entry.Name, name, StringComparison.OrdinalIgnoreCase)).Meant is { } meant)
            return meant;
        var plain = Plain(name);
        return KnownSettings.All.SelectMany(setting => setting.Variables).FirstOrDefault(known => Plain(known) == plain)
            ?? Nearest.Of(name, KnownSettings.LowerCaseVariables, MostEdits)?.ToUpperInvariant();
    }

    private static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal).ToLowerInvariant();
}
