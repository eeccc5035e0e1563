using Npgsql;
using PhaserAI.Migrations.History;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>Whether the server has the extensions that pending scripts create.</summary>
internal static class ExtensionsCheck
{
    public static async Task<IReadOnlyList<Finding>> RunAsync(Examination of, CancellationToken cancellationToken)
    {
        var wanted = (await Task.Run(() => PendingObjects.Read(of.Plan!, cancellationToken), cancellationToken)).Extensions;
        if (wanted.Count == 0)
            return [Finding.Skipped("pending scripts create none")];
        var known = await ServerQuestion.AskAsync(
            of,
            """
            select a.name::text, a.installed_version is not null or not v.superuser or current_setting('is_superuser') = 'on'
                     or (v.trusted and has_database_privilege(current_database(), 'CREATE')), v.trusted
              from pg_available_extensions a join pg_available_extension_versions v on v.name = a.name and v.version = a.default_version
             where a.name = any (string_to_array($1, ','))
            """,
            row => (Name: row.GetString(0), May: row.GetBoolean(1), IsTrusted: row.GetBoolean(2)),
            cancellationToken,
            new NpgsqlParameter<string> { TypedValue = string.Join(',', wanted.Keys) });
        var findings = new List<Finding>();
        foreach (var (name, place) in wanted)
        {
            var found = known.Find(extension => extension.Name == name);
            if (found.Name is null)
                findings.Add(Finding.Problem($"{place} creates the extension {name}, which the server does not have", $"Install the package that has it on the server (often postgresql-contrib, or postgresql-{of.Connection!.PostgreSqlVersion.Major}-{name}); see what there is: SELECT name FROM pg_available_extensions;"));
            else if (!found.May)
                findings.Add(Finding.Warning(
                    $"{place} creates the extension {name}, for which {of.Connection!.UserName} has no right by itself",
                    found.IsTrusted ? $"Let the database's owner run: GRANT CREATE ON DATABASE {HistorySchema.Quote(of.History!.Database)} TO {HistorySchema.Quote(of.Connection.UserName!)};" : $"Let an administrator create it first: CREATE EXTENSION {HistorySchema.Quote(name)}; on RDS the role rds_superuser may."));
        }

        return findings.Count > 0 ? findings : [Finding.Ok($"the server has {string.Join(", ", wanted.Keys)}")];
    }
}
