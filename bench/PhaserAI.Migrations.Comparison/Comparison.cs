using System.Collections.Immutable;
using System.Globalization;
using PhaserAI.Migrations.Comparison.Measuring;
using PhaserAI.Migrations.Comparison.Workload;

namespace PhaserAI.Migrations.Comparison;

/// <summary>Everything that is compared, in its order.</summary>
internal sealed class Comparison(Tools tools, ComparisonSize size, Action<string> tell)
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(20);
    private static readonly int[] DelaysMs = [0, 1];

    private readonly Race _race = new(tools, tell);
    private readonly BenchServer _server = new(tools);
    private readonly Contenders _contenders = new(tools);

    public async Task<ComparisonResult> RunAsync(CancellationToken cancellationToken)
    {
        var ups = ImmutableArray.CreateBuilder<(int Count, ScenarioResult Result)>();
        foreach (var count in size.Counts)
        {
            var migrations = MigrationGenerator.Generate(count);
            foreach (var contender in _contenders.All)
                MigrationFormat.All[contender.Format](migrations, Folder(contender, count));
            ScenarioResult? before = null;
            foreach (var delay in DelaysMs)
            {
                before = await UpAsync(migrations, delay, before, cancellationToken);
                ups.Add((count, before));
            }
        }

        var most = size.Counts[^1];
        var again = ImmutableArray.CreateBuilder<ScenarioResult>();
        foreach (var delay in DelaysMs)
        {
            // The databases still hold what the last `up` has applied.
            again.Add(await _race.RunAsync(new Scenario(ComparisonResult.NoOpTitle, size.ShortRounds, delay, [.. _contenders.All.Where(contender => contender.Id is not ("psql" or "floor")).Select(contender => Again(contender, contender.Up))]), cancellationToken));
            again.Add(await _race.RunAsync(new Scenario(ComparisonResult.StatusTitle, size.ShortRounds, delay, [.. _contenders.All.Where(contender => contender.Status is not null).Select(contender => Again(contender, contender.Status!))]), cancellationToken));
        }

        var downs = ImmutableArray.CreateBuilder<ScenarioResult>();
        foreach (var delay in DelaysMs)
            downs.Add(await DownAsync(MigrationGenerator.Generate(most), delay, cancellationToken));
        var big = size.BigScriptMb is 0 ? [] : await new BigScripts(tools, _race, _server, _contenders).RunAsync(size.BigScriptMb, cancellationToken);
        return new ComparisonResult(size, ups.ToImmutable(), again.ToImmutable(), downs.ToImmutable(), big);

        Entrant Again(Contender contender, Func<Place, ProgramCall> call) =>
            new(contender.Name, contender.IsOnlyCompared ? size.LongRounds : size.ShortRounds, _ => Task.CompletedTask, port => call(new Place(port, Database(contender), Folder(contender, most))));
    }

    private async Task<ScenarioResult> UpAsync(ImmutableArray<GeneratedMigration> migrations, int delayMs, ScenarioResult? before, CancellationToken cancellationToken)
    {
        var count = migrations.Length;
        var isLong = count > 100;
        var leftOut = before is null ? [] : before.Entrants.Where(entrant => entrant.Missing is not null || (IsOnlyCompared(entrant.Name) && Expected(entrant, delayMs) > LongestRun)).ToImmutableArray();
        var entrants = _contenders.All.Where(contender => leftOut.All(entrant => entrant.Name != contender.Name)).Select(contender => new Entrant(
            contender.Name,
            isLong && contender.IsOnlyCompared ? size.LongRounds : size.Rounds,
            token => _server.CreateDatabaseAsync(Database(contender), null, token),
            port => contender.Up(new Place(port, Database(contender), Folder(contender, count)))));
        var rounds = isLong && delayMs > 0 ? size.LongRounds : size.Rounds;
        var title = string.Create(CultureInfo.InvariantCulture, $"`up` of {count:N0}");
        var result = await _race.RunAsync(new Scenario(title, rounds, delayMs, [.. entrants]) { IsWarm = before is not null }, cancellationToken);
        var proved = new List<EntrantResult>();
        foreach (var entrant in result.Entrants)
            proved.Add(entrant.Missing is null && await WhatIsMissingAsync(entrant.Name, migrations, cancellationToken) is { } missing ? entrant with { Runs = [], Missing = missing } : entrant);
        return result with
        {
            Entrants = [.. proved, .. leftOut.Select(entrant => new EntrantResult(entrant.Name, [], 0, entrant.Missing ?? $"left out: about {Expected(entrant, delayMs).TotalSeconds:0} s a run"))],
        };
    }

    private Task<ScenarioResult> DownAsync(ImmutableArray<GeneratedMigration> migrations, int delayMs, CancellationToken cancellationToken)
    {
        var count = Math.Min(100, migrations.Length / 2);
        var (ours, psql) = (_contenders.All.Single(contender => contender.Id == "ours"), _contenders.All.Single(contender => contender.Id == "psql"));
        var folder = Folder(psql, migrations.Length);
        File.WriteAllText(Path.Combine(folder, "down.sql"), MigrationFormat.PsqlDown(migrations[^count..]));
        return _race.RunAsync(
            new Scenario(
                string.Create(CultureInfo.InvariantCulture, $"`down` of {count:N0}, with {migrations.Length:N0} applied"),
                size.Rounds,
                delayMs,
                [
                    new Entrant(ours.Name, size.Rounds, CopyOf(ours), port => _contenders.OurCall(new Place(port, "taken_back", Folder(ours, migrations.Length)), "down", migrations[^(count + 1)].Version)),
                    new Entrant(psql.Name, size.Rounds, CopyOf(psql), port => _contenders.PsqlCall(new Place(port, "taken_back", folder), "down.sql")),
                ])
            {
                IsWarm = delayMs > 0,
            },
            cancellationToken);

        Func<CancellationToken, Task> CopyOf(Contender contender) => token => _server.CreateDatabaseAsync("taken_back", Database(contender), token);
    }

    /// <summary>Whether a contender has done what it was told, by some of the objects that are to be there.</summary>
    private async Task<string?> WhatIsMissingAsync(string name, ImmutableArray<GeneratedMigration> migrations, CancellationToken cancellationToken)
    {
        const string Sql = @"
            SELECT (SELECT count(*) FROM pg_constraint WHERE conname LIKE '%code\_once')
                 + (SELECT count(*) FROM pg_proc WHERE proname LIKE 'count\_%' AND pronamespace = 'public'::regnamespace)";
        var database = Database(_contenders.All.Single(contender => contender.Name == name));
        var found = int.Parse(await _server.AskAsync(database, cancellationToken, Sql), CultureInfo.InvariantCulture);
        var expected = migrations.Count(migration => migration.Name.StartsWith("create_", StringComparison.Ordinal) || migration.Name.StartsWith("function_", StringComparison.Ordinal));
        return found == expected ? null : $"left {found} of {expected} tables and functions";
    }

    private bool IsOnlyCompared(string name) => _contenders.All.Single(contender => contender.Name == name).IsOnlyCompared;

    private static TimeSpan Expected(EntrantResult entrant, int delayMs) =>
        TimeSpan.FromMilliseconds(entrant.Runs.Average(run => run.WallMs) + (entrant.RoundTrips * delayMs * 1.1));

    private static string Database(Contender contender) => "bench_" + contender.Id;

    private string Folder(Contender contender, int count) => tools.WorkFile($"{contender.Id}-{count}");
}
