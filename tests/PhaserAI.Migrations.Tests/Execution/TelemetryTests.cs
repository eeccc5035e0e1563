using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using PhaserAI.Migrations.Execution;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>What OpenTelemetry sees of a run.</summary>
public sealed class TelemetryTests(PostgresServer server)
{
    [Fact]
    public async Task A_run_is_a_span_with_a_span_for_each_migration()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        run.Folder.Write("20250101_000002_b.sql", "SELECT 1;");
        run.Folder.Write("20250101_000003_c.sql", "SELECT nope;");
        using var heard = new Heard(run.Database);

        var report = await run.UpAsync();

        Assert.Equal("42703", report.Failure?.SqlState);
        var whole = Assert.Single(heard.Spans, span => span.OperationName == "migrations up");
        var parts = heard.Spans.Where(span => span.OperationName == "migration up").OrderBy(span => Tag(span, "migration.version"), StringComparer.Ordinal).ToArray();
        Assert.Equal(["20250101_000001 done", "20250101_000002 done", "20250101_000003 failed"], parts.Select(span => $"{Tag(span, "migration.version")} {Tag(span, "migration.outcome")}"));
        Assert.All(parts, part => Assert.Equal(whole.SpanId, part.ParentSpanId));
        var address = run.Database.Address;
        Assert.All(parts.Append(whole), span => Assert.Equal(
            $"postgresql {address.Database} {address.Host} {address.Port} up",
            $"{Tag(span, "db.system.name")} {Tag(span, "db.namespace")} {Tag(span, "server.address")} {Tag(span, "server.port")} {Tag(span, "migration.direction")}"));
        Assert.All((Activity[])[parts[2], whole], span => Assert.Equal(
            "Error 42703 42703 column \"nope\" does not exist", $"{span.Status} {Tag(span, "error.type")} {Tag(span, "db.response.status_code")} {span.StatusDescription}"));
        Assert.Equal(("2", "failed", ActivityStatusCode.Unset), (Tag(whole, "migration.count"), Tag(whole, "migration.outcome"), parts[0].Status));
        Assert.True(parts.All(part => part.StartTimeUtc >= whole.StartTimeUtc && part.StartTimeUtc + part.Duration <= whole.StartTimeUtc + whole.Duration));
    }

    [Fact]
    public async Task The_drivers_spans_belong_to_the_run_and_the_callers_span_is_the_parent()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        using var heard = new Heard(run.Database);
        using var caller = new Activity("caller").Start();

        await run.UpAsync();

        Assert.Same(caller, Activity.Current);
        var whole = Assert.Single(heard.Spans, span => span.OperationName == "migrations up");
        Assert.Equal(caller.SpanId, whole.ParentSpanId);
        Assert.All(heard.Spans, span => Assert.Equal(caller.TraceId, span.TraceId));
    }

    [Fact]
    public async Task Durations_retries_and_failures_are_measured()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE busy ()");
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        run.Folder.Write("20250101_000002_b.sql", "ALTER TABLE busy ADD COLUMN x int;");
        await using var holder = await run.Database.OpenAsync();
        await using var transaction = await LockAsync(holder);
        run.OnEvent = happened =>
        {
            if (happened is MigrationRetried)
                transaction.Rollback();
        };
        using var heard = new Heard(run.Database);

        Assert.True((await run.UpAsync(run.Options with { LockTimeout = TimeSpan.FromMilliseconds(50) })).Succeeded);
        Assert.True(MigrationVersion.TryParse("20240101_000000", out var unknown));
        await Assert.ThrowsAsync<UnknownVersionException>(() => new Migrator(run.Options).DownAsync(DownTarget.After(unknown), TestContext.Current.CancellationToken));

        Assert.Equal(2, heard.Measured("migration.duration", "done").Count());
        Assert.InRange(Assert.Single(heard.Measured("migration.run.duration", "done")).Value, 0.05, 60);
        Assert.All(heard.Measured("migration.retries", ""), retry => Assert.Equal("55P03", retry.Error));
        Assert.NotEmpty(heard.Measured("migration.retries", ""));
        Assert.Equal(typeof(UnknownVersionException).FullName, Assert.Single(heard.Measured("migration.failures", "failed")).Error);
        Assert.Single(heard.Measured("migration.run.duration", "failed"));
    }

    [Fact]
    public async Task Waiting_for_a_table_is_told_with_its_length()
    {
        await using var run = await TestRun.CreateAsync(server);
        await run.Database.ExecuteAsync("CREATE TABLE busy ()");
        run.Folder.Write("20250101_000001_a.sql", "ALTER TABLE busy ADD COLUMN x int;");
        await using var holder = await run.Database.OpenAsync();
        await using var transaction = await LockAsync(holder);
        run.OnEvent = happened =>
        {
            if (happened is StatementBlocked)
                transaction.Rollback();
        };
        using var heard = new Heard(run.Database);

        Assert.True((await run.UpAsync(run.Options with { LockTimeout = TimeSpan.FromMinutes(1) })).Succeeded);

        var waited = Assert.Single(run.Events.OfType<StatementUnblocked>()).Waited;
        Assert.InRange(waited, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(60));
        Assert.True(waited >= Assert.Single(run.Events.OfType<StatementBlocked>()).Waited);
        Assert.Equal(waited.TotalSeconds, Assert.Single(heard.Measured("migration.lock.wait.duration", "")).Value);
    }

    [Fact]
    public async Task Waiting_for_another_run_is_told_with_its_length()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_000001_a.sql", "CREATE TABLE a ();");
        await using var holder = await run.Database.OpenAsync();
        await using var take = new Npgsql.NpgsqlCommand($"select pg_advisory_lock({MigrationLock.KeyOf("public")})", holder);
        await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        run.OnEvent = happened =>
        {
            if (happened is LockAwaited)
                holder.Close();
        };
        using var heard = new Heard(run.Database);

        Assert.True((await run.UpAsync()).Succeeded);

        var waited = Assert.Single(run.Events.OfType<LockAcquired>()).Waited;
        Assert.InRange(waited, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(60));
        Assert.Equal(waited.TotalSeconds, Assert.Single(heard.Measured("migration.lock.wait.duration", "")).Value);
    }

    private static async Task<Npgsql.NpgsqlTransaction> LockAsync(Npgsql.NpgsqlConnection holder)
    {
        var transaction = await holder.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var hold = new Npgsql.NpgsqlCommand("lock table busy", holder);
        await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return transaction;
    }

    private static string? Tag(Activity span, string name) => span.GetTagItem(name)?.ToString();

    /// <summary>Listens to everything, and keeps what is of one database: other tests run beside.</summary>
    private sealed class Heard : IDisposable
    {
        private readonly ActivityListener _spans;
        private readonly MeterListener _values = new();
        private readonly ConcurrentQueue<Activity> _stopped = [];
        private readonly ConcurrentQueue<Measurement> _measured = [];

        public Heard(TestDatabase database)
        {
            _spans = new ActivityListener
            {
                ShouldListenTo = source => source.Name == MigrationTelemetry.Name,
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
                ActivityStopped = span =>
                {
                    if (Tag(span, "db.namespace") == database.Address.Database)
                        _stopped.Enqueue(span);
                },
            };
            ActivitySource.AddActivityListener(_spans);
            _values.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == MigrationTelemetry.Name)
                    listener.EnableMeasurementEvents(instrument);
            };
            _values.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
            _values.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
            _values.Start();

            void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
            {
                var all = tags.ToArray().ToDictionary(tag => tag.Key, tag => tag.Value?.ToString(), StringComparer.Ordinal);
                if (all.GetValueOrDefault("db.namespace") == database.Address.Database)
                    _measured.Enqueue(new Measurement(instrument.Name, value, all.GetValueOrDefault("migration.outcome") ?? "", all.GetValueOrDefault("error.type")));
            }
        }

        public IEnumerable<Activity> Spans => _stopped;

        public IEnumerable<Measurement> Measured(string name, string outcome) => _measured.Where(measured => measured.Name == name && measured.Outcome == outcome);

        public void Dispose()
        {
            _spans.Dispose();
            _values.Dispose();
        }
    }

    private sealed record Measurement(string Name, double Value, string Outcome, string? Error);
}
