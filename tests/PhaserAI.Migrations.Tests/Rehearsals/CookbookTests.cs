using System.Text.RegularExpressions;
using PhaserAI.Migrations.Rehearsals;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Rehearsals;

/// <summary>What docs/cookbook.md and its second part say of locks, reads and rewrites is what the server does.</summary>
public sealed partial class CookbookTests(PostgresServer server)
{
    private const int Rows = 6000;

    // Nobody writes to it but REFRESH.
    private const string MaterializedView = "lexicon_sizes";

    public static TheoryData<string> Recipes => [.. Sections.Keys];

    [Theory, MemberData(nameof(Recipes))]
    public async Task Recipe_keeps_nobody_out_while_it_works_on_a_table(string recipe)
    {
        await using var database = await CreateAsync();
        using var folder = new MigrationFolder();
        foreach (var block in Sections[recipe].Where(block => FileName().IsMatch(block)))
            folder.Write(FileName().Match(block).Groups[1].Value, block);

        var report = await RehearseAsync(database, folder);

        Assert.True(report.Plan.Problems.IsEmpty && report.Failed is null && report.DownFailed is null, $"{report.Plan.Problems.FirstOrDefault()}{report.Failed?.Failure}{report.DownFailed?.Failure}");
        Assert.NotEmpty(report.Migrations);
        foreach (var statement in report.Migrations.SelectMany(migration => migration.Statements))
        {
            Assert.False(
                statement.Locks.Any(held => held.KeepsReadersOut || held.KeepsWritersOut && held.Relation != MaterializedView) && statement.Tables.Any(work => work.Rows >= Rows / 2 && (work.IsRewritten || work.FullReads > 0)),
                $"{statement.Sql}\n{string.Join('\n', statement.Locks)}\n{string.Join('\n', statement.Tables)}");
        }

        // A page that promises no DOWN has none, and every other one brings the schema back.
        var hasDown = Sections[recipe].Any(block => block.Contains("\n-- DOWN:\n", StringComparison.Ordinal));
        Assert.True(hasDown ? report.IsReversible : report.Migrations.All(migration => !migration.DownProblems.IsEmpty), string.Join('\n', report.Migrations.Select(migration => migration.AfterDown)) + report.UpAgainFailed?.Failure);
    }

    public static TheoryData<string, string> Warnings =>
        [.. Sections.SelectMany(section => section.Value.Where(block => NotThis().IsMatch(block)).Select(block => (section.Key, block)))];

    [Theory, MemberData(nameof(Warnings))]
    public async Task Statement_that_is_warned_of_costs_what_is_said(string recipe, string block)
    {
        await using var database = await CreateAsync();
        using var folder = new MigrationFolder();
        folder.Write("20260101_100000_not_this.sql", block);

        var report = await RehearseAsync(database, folder);

        var said = NotThis().Match(block);
        var statement = Assert.Single(Assert.Single(report.Migrations).Statements);
        var table = said.Groups["table"].Value;
        var held = Assert.Single(statement.Locks, held => held.Relation == table);
        Assert.Equal(said.Groups["mode"].Value.Replace(" ", "", StringComparison.Ordinal), held.Mode.ToString(), ignoreCase: true);
        var work = statement.Tables.FirstOrDefault(work => work.Relation == table);
        var told = work switch
        {
            { IsRewritten: true } => "rewrites it",
            { FullReads: > 0 } => "reads it",
            _ => "",
        };
        Assert.True(said.Groups["cost"].Value == told, $"{recipe}: {work}");
    }

    private static Task<RehearsalReport> RehearseAsync(TestDatabase database, MigrationFolder folder) =>
        new UpDownUp(new MigrationOptions { ConnectionString = database.ConnectionString, Directory = folder.Path }, null, null).RunAsync(TestContext.Current.CancellationToken);

    private async Task<TestDatabase> CreateAsync()
    {
        var database = await server.CreateDatabaseAsync();
        await database.ExecuteAsync(Base);
        await database.ExecuteAsync($"""
            INSERT INTO languages SELECT n, 'Language ' || n FROM generate_series(1, 50) n;
            INSERT INTO words (language_id, word, ipa, views, mood, note) SELECT n % 50 + 1, 'Word ' || n, 'w', n % 900, 'formal', 'a note' FROM generate_series(1, {Rows}) n;
            INSERT INTO visits SELECT n, '2025-01-01'::date + n % 365 FROM generate_series(1, {Rows}) n;
            INSERT INTO visits_2026 SELECT n, '2026-01-01'::date + n % 365 FROM generate_series(1, {Rows}) n;
            REFRESH MATERIALIZED VIEW lexicon_sizes;
            ANALYZE;
            """);
        return database;
    }

    /// <summary>Both parts; the tables stand in the first.</summary>
    private static string Page { get; } = string.Join('\n', new[] { "cookbook.md", "cookbook-indexes.md" }.Select(page => File.ReadAllText(Path.Combine(MigrationFolder.RepositoryRoot, "docs", page))));

    private static string Base { get; } = SqlBlock().Match(Page).Groups[1].Value;

    private static Dictionary<string, string[]> Sections { get; } = Page.Split("\n## ").Skip(1).ToDictionary(
        section => section[..section.IndexOf('\n', StringComparison.Ordinal)],
        section => SqlBlock().Matches(section).Select(match => match.Groups[1].Value).ToArray());

    [GeneratedRegex("```sql\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex SqlBlock();

    [GeneratedRegex(@"^-- (\d{8}_\d{6}_\w+\.sql)\n")]
    private static partial Regex FileName();

    [GeneratedRegex("^-- Not this: (?<mode>[A-Z ]+) on (?<table>[a-z_0-9]+)(, (?<cost>.*))?\n")]
    private static partial Regex NotThis();
}
