using System.Collections.Immutable;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Imports;

/// <summary>Decides what becomes of another tool's migrations, from its rows, its files, and what is here already.</summary>
/// <param name="import">What is asked for.</param>
/// <param name="folder">The folder of migrations here.</param>
/// <param name="scripts">The files here.</param>
/// <param name="history">What is applied here.</param>
internal sealed class ImportPlanner(ImportOptions import, ImportFolder folder, ScriptSet scripts, HistorySnapshot history)
{
    private const int MostNamed = 10;

    private readonly ImmutableArray<ScriptProblem>.Builder _problems = ImmutableArray.CreateBuilder<ScriptProblem>();
    private readonly ImmutableArray<ScriptProblem>.Builder _findings = ImmutableArray.CreateBuilder<ScriptProblem>();
    private readonly List<string> _withoutSql = [];
    private readonly HashSet<string> _recorded = history.Entries.Select(entry => entry.Version).ToHashSet(StringComparer.Ordinal);

    private string Tool => ForeignFolder.NameOf(import.Tool);

    /// <summary>A migration of the other tool, with what there is of it.</summary>
    private sealed record Entry(string Source, ForeignRow? Row, ForeignFile? File, MigrationScript? Known);

    /// <param name="foreign">The tool's table; null when there is none.</param>
    /// <param name="files">The tool's files.</param>
    public ImportPlan Plan(ForeignHistory? foreign, ForeignFolder files)
    {
        if (foreign is null)
        {
            _problems.Add(new ScriptProblem(
                import.Table ?? ForeignTable.DefaultName(import.Tool),
                0,
                0,
                $"there is no such table, so {Tool} has applied nothing to this database",
                "Connect to the database that it has migrated; where it has a table of another name, say so with --table."));
            return new ImportPlan(import.Tool, null, [], [], _problems.ToImmutable(), []);
        }

        var flyway = import.Tool is ImportTool.Flyway ? FlywayHistory.Read(foreign) : null;
        _problems.AddRange(files.Problems);
        _problems.AddRange(flyway?.Problems ?? []);
        if (foreign is { IsInTheWay: true, IsRenamedTaken: true })
            _problems.Add(Problem(foreign.ToString(), $"it must make room, and there is a table {ForeignHistory.Renamed} already", "Rename or drop that one."));

        var entries = Order(flyway?.Applied ?? foreign.Rows.Where(row => row.Version is not null).DistinctBy(row => row.Version, StringComparer.Ordinal).ToDictionary(row => row.Version!, StringComparer.Ordinal), files, flyway);
        var versions = ImportVersions.Allot([.. entries.Select(entry => (entry.Source, entry.Row?.AppliedAt, entry.Known?.Version))]);
        var migrations = entries.Select((entry, i) => ToMigration(entry, versions[i])).OfType<ImportedMigration>()
            .OrderBy(migration => migration.Version, StringComparer.Ordinal).ToImmutableArray();
        ReportWithoutSql();
        ReportOutOfOrder(migrations);
        var old = FindOldFiles(files);
        ImmutableArray<ImportSkip> skipped = [.. (flyway?.Skipped ?? []).Concat(files.Skipped).DistinctBy(skip => Path.GetFileName(skip.Name), StringComparer.Ordinal)];
        return new ImportPlan(import.Tool, foreign.ToString(), migrations, skipped, [], [])
        {
            RenamedTo = foreign.IsInTheWay ? $"{foreign.Schema}.{ForeignHistory.Renamed}" : null,
            RemovedFiles = [.. old.Select(file => file.Label)],
            RemovedPaths = [.. old.Select(file => file.Path)],
            Problems = _problems.ToImmutable(),
            Findings = _findings.ToImmutable(),
        };
    }

    /// <summary>All migrations that have a row, a file or a file here, in the tool's own order.</summary>
    private List<Entry> Order(Dictionary<string, ForeignRow> applied, ForeignFolder files, FlywayHistory? flyway)
    {
        var known = new Dictionary<string, MigrationScript>(StringComparer.Ordinal);
        foreach (var script in scripts.Scripts)
        {
            if (ScriptConversion.ReadOrigin(import.Tool, script.Header[ScriptConversion.HeaderKey]) is { } version)
                known.TryAdd(version, script);
        }

        var entries = applied.Keys.Union(files.Files.Keys, StringComparer.Ordinal).Union(known.Keys, StringComparer.Ordinal)
            .Select(version =>
            {
                var row = applied.GetValueOrDefault(version);
                if (row is null && flyway?.IsBelowBaseline(version) is true)
                    row = flyway.Baseline! with { Checksum = null, Type = "SQL", ElapsedMs = null };
                return new Entry(version, row, files.Files.GetValueOrDefault(version), known.GetValueOrDefault(version));
            })
            .ToList();
        entries.Sort((left, right) => import.Tool is ImportTool.Flyway
            ? FlywayVersion.Compare(left.Source, right.Source)
            : string.CompareOrdinal(left.File?.Name ?? left.Source, right.File?.Name ?? right.Source));
        return entries;
    }

    private ImportedMigration? ToMigration(Entry entry, MigrationVersion version)
    {
        var known = entry.Known ?? FindThere(entry, version);
        if (known is null && scripts.Find(version.ToString()) is { } other)
        {
            _problems.Add(Problem(other.Text.File, $"version {version} is that of {entry.Source} of {Tool} too", "Give the file here another timestamp, if it is not applied yet; or move one of the two away."));
            return null;
        }

        var migration = new ImportedMigration(entry.Source, version.ToString(), known?.FileName ?? NameOf(entry, version))
        {
            IsApplied = entry.Row is not null,
            AppliedAt = entry.Row?.AppliedAt,
            ElapsedMs = entry.Row?.ElapsedMs,
            IsRecorded = entry.Row is not null && !_recorded.Contains(version.ToString()),
            Script = known,
        };
        if (history.Checkpoints.Concat(history.Started).Any(checkpoint => checkpoint.Version == migration.Version))
            _problems.Add(Problem(folder.Label, $"{version} is half done here", "Run up or down to finish it first."));
        if (known is null)
            return WithNewFile(migration, entry);
        // The file here was made in another environment; here Flyway may have applied something else.
        if (migration.IsRecorded && entry.File is { } file)
            CheckFlywayChecksum(entry, file);
        return migration;
    }

    private string NameOf(Entry entry, MigrationVersion version) =>
        $"{version}_{entry.File?.Description ?? ForeignFolder.Describe(import.Tool is ImportTool.EfCore ? entry.Source[Math.Min(14, entry.Source.Length)..] : Path.GetFileNameWithoutExtension(entry.Row?.Script is { Length: > 0 } script ? script : "imported"))}.sql";

    /// <summary>A file of just that name is what an import before this one has written, or what somebody has prepared.</summary>
    private MigrationScript? FindThere(Entry entry, MigrationVersion version) =>
        scripts.Find(version.ToString()) is { } there && there.FileName == NameOf(entry, version) ? there : null;

    private ImportedMigration? WithNewFile(ImportedMigration migration, Entry entry)
    {
        byte[]? text;
        if (entry.File is not { } file)
        {
            if (!import.WritesStubs)
            {
                _withoutSql.Add(entry.Row!.Script is { Length: > 0 } foreign ? $"{foreign} ({entry.Row.Type})" : entry.Source);
                return null;
            }

            text = ScriptConversion.Stub(import.Tool, entry.Source);
        }
        else
        {
            (text, var problem) = ScriptConversion.Convert(import.Tool, file);
            if (text is null)
            {
                _problems.Add(problem!);
                return null;
            }

            CheckFlyway(entry, file, text);
        }

        var label = Path.Combine(folder.Label, migration.FileName) + (entry.File is null ? "" : $" (from {entry.File.Label})");
        var script = new MigrationScript(
            new MigrationFile(Version(migration), migration.FileName, new SourceText(label, text)), new IncludeFolder(folder.Path, folder.Label));
        CheckScript(script, migration.IsApplied);
        if (history.Entries.FirstOrDefault(recorded => recorded.Version == migration.Version) is { } before && Drift.IsChanged(script, before))
            _problems.Add(Problem(entry.File?.Label ?? folder.Label, $"{migration.Version} is recorded already, with other SQL than this file has", $"Bring {migration.FileName} back from version control, or undo the edit."));
        return migration with { Script = script, SourceFile = entry.File?.Label, IsWritten = true, IsStub = entry.File is null };

        static MigrationVersion Version(ImportedMigration migration) => MigrationVersion.TryParse(migration.Version, out var version) ? version : default;
    }

    private void CheckFlyway(Entry entry, ForeignFile file, byte[] text)
    {
        if (import.Tool is not ImportTool.Flyway)
            return;
        CheckFlywayChecksum(entry, file);
        if (text.AsSpan().IndexOf("${"u8) < 0)
            return;
        var message = "the file has a placeholder, ${…}, which nobody replaces here";
        if (entry.Row is null)
            _problems.Add(Problem(file.Label, message, "Write its value, or apply the migration with Flyway first."));
        else
            _findings.Add(Problem(file.Label, message, "On a new database the migration would fail or do something else: write its value into the new file before you commit it, and run repair."));
    }

    private void CheckFlywayChecksum(Entry entry, ForeignFile file)
    {
        if (import.Tool is ImportTool.Flyway && entry.Row?.Checksum is { } checksum && checksum != FlywayChecksum.Of(File.ReadAllBytes(file.Path)))
        {
            _problems.Add(Problem(
                file.Label,
                $"the file is no longer what Flyway has applied: its checksum is {FlywayChecksum.Of(File.ReadAllBytes(file.Path))}, and {checksum} in {import.Table ?? ForeignTable.DefaultName(import.Tool)}",
                "Undo the edit; or, if the database is as the file says, run flyway repair first."));
        }
    }

    /// <summary>What keeps a pending one from being applied is a problem now; what is applied is applied.</summary>
    private void CheckScript(MigrationScript script, bool isApplied)
    {
        var found = isApplied ? _findings : _problems;
        found.AddRange(script.Parsed.Problems);
        found.AddRange(StepPlanner.Plan(script.Parsed.Up, script.Header).Problems);
        if (script.Parsed.Up.Statements.IsEmpty)
            found.Add(Problem(script.Text.File, "the file holds no statement to apply", isApplied ? "On a new database up will refuse it: write SELECT 1; into the new file before you commit it, and run repair." : "Write the migration first, or move the file away."));
        if (script.Parsed.Down is { } down)
            _findings.AddRange(StepPlanner.Plan(down, script.Header).Problems);
    }

    private void ReportWithoutSql()
    {
        if (_withoutSql.Count == 0)
            return;
        var names = string.Join(", ", _withoutSql.Take(MostNamed)) + (_withoutSql.Count > MostNamed ? $", and {_withoutSql.Count - MostNamed} more" : "");
        var folders = import.Folders.IsEmpty ? "" : $" in {string.Join(", ", import.Folders.Select(one => one.Label))}";
        _problems.Add(Problem(
            import.Folders is [var first, ..] ? first.Label : folder.Label,
            $"there is no SQL{folders} for what {Tool} has applied: {names}",
            import.Tool is ImportTool.EfCore
                ? "Write the scripts with dotnet ef migrations script (docs/upgrading.md has the commands) and name their folder with --files; or add --stubs, for files that only say that the SQL is not there."
                : "Name the folder with its files with --files; or add --stubs, for files that only say that the SQL is not there."));
    }

    private void ReportOutOfOrder(ImmutableArray<ImportedMigration> migrations)
    {
        var newest = migrations.Where(migration => migration.IsApplied).Select(migration => migration.Version).LastOrDefault();
        foreach (var late in migrations.Where(migration => !migration.IsApplied && !_recorded.Contains(migration.Version) && string.CompareOrdinal(migration.Version, newest) < 0))
        {
            _findings.Add(Problem(
                late.SourceFile ?? late.FileName,
                $"{Tool} has not applied it, but later ones",
                "Outside dev up refuses what is out of order: apply it with the other tool first, or give the new file a later timestamp."));
        }
    }

    /// <summary>The old files: those to remove, or why they can't stay.</summary>
    private (string Label, string Path)[] FindOldFiles(ForeignFolder files)
    {
        var old = files.Files.Values.SelectMany(file => (ForeignFile?[])[file, file.Undo]).OfType<ForeignFile>().ToArray();
        var removed = import.RemovesOld ? old : [];
        var names = old.Where(file => Path.GetDirectoryName(Path.GetFullPath(file.Path)) == Path.GetFullPath(folder.Path)).Select(file => file.Name).ToHashSet(StringComparer.Ordinal);
        if (names.Count > 0 && !import.RemovesOld)
        {
            _problems.Add(Problem(
                folder.Label,
                $"the files of {Tool} lie in the folder of migrations itself, where their names are refused",
                "Move them to another folder and name it with --files; or add --move, which deletes them once the new ones are there."));
        }

        if (Directory.Exists(folder.Path))
            _problems.AddRange(scripts.Problems.Where(problem => !names.Contains(Path.GetFileName(problem.File))));
        return [.. removed.Select(file => (file.Label, file.Path))
            .Concat(removed.Where(file => file.ConfPath is not null).Select(file => (file.Label + ".conf", file.ConfPath!)))];
    }

    private static ScriptProblem Problem(string file, string message, string mend) => new(file, 0, 0, message, mend);
}
