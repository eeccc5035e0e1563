using System.Text.Json;
using Npgsql;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;

namespace PhaserAI.Migrations.Execution;

/// <summary>
/// Says of what a plan destroys how much it is: it is counted if that is quick, else estimated. Reads only, in short
/// transactions that wait for nobody.
/// </summary>
internal sealed class DataLossCount(NpgsqlConnection connection, TimeProvider clock)
{
    private static readonly TimeSpan LongestCount = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(5);

    private readonly long _startedAt = clock.GetTimestamp();

    /// <summary>The plan, with what it destroys.</summary>
    public static async Task<MigrationPlan> OfAsync(NpgsqlConnection connection, MigrationPlan plan, TimeProvider clock, CancellationToken cancellationToken)
    {
        var count = new DataLossCount(connection, clock);
        var losses = new List<(long Relation, DataLoss Loss)>();
        foreach (var migration in plan.Migrations)
        {
            foreach (var destruction in Destruction.Find(migration))
                losses.AddRange(await count.MeasureAsync(migration.Version, destruction, cancellationToken).ConfigureAwait(false));
        }

        return losses.Count == 0 ? plan : plan with { Destroys = [.. WithoutParts(losses)] };
    }

    /// <summary>What goes as a whole is not told again in parts.</summary>
    private static IEnumerable<DataLoss> WithoutParts(List<(long Relation, DataLoss Loss)> losses)
    {
        var dropped = losses.Where(known => IsWhole(known.Loss)).Select(known => known.Relation).ToHashSet();
        return losses
            .Where(known => IsWhole(known.Loss) || known.Relation == 0 || !dropped.Contains(known.Relation))
            .Select(known => known.Loss)
            .DistinctBy(loss => (loss.Kind, loss.ObjectType, loss.ObjectName));
    }

    private static bool IsWhole(DataLoss loss) => loss is { Kind: DataLossKind.Drop, ObjectType: not "column" };

    private async Task<IEnumerable<(long Relation, DataLoss Loss)>> MeasureAsync(string version, Destruction destruction, CancellationToken cancellationToken)
    {
        var (file, line, _) = destruction.Text.GetPlace(destruction.Statement.Start);
        if (!ServerText.Of(connection).IsFit(destruction.Name.ToString()))
            return [];
        List<DestroyedRelation> relations;
        try
        {
            relations = await QueryAsync(DestroyedRelation.Query(destruction), DestroyedRelation.Read, cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException)
        {
            // Locked, or out of reach: better a word too many than one too few.
            return [(0, new DataLoss(version, destruction.Kind, destruction.Type.ToLowerInvariant(), string.Join('.', destruction.Name.Parts)) { Cascades = destruction.Cascades, File = file, Line = line })];
        }

        var losses = new List<(long, DataLoss)>();
        foreach (var relation in relations)
        {
            var (rows, isEstimate) = relation.Source(destruction) is { } source
                ? await CountAsync(source, cancellationToken).ConfigureAwait(false)
                : destruction is { Statement.Command: "DELETE" } ? (await EstimateAsync(destruction.Text.GetString(destruction.Statement.Start, destruction.Statement.Length), cancellationToken).ConfigureAwait(false), true)
                : (null, false);
            if (rows is 0 && !isEstimate)
                continue;
            losses.Add((relation.Id, new DataLoss(version, destruction.Kind, relation.Type, relation.Name)
            {
                Rows = rows,
                IsEstimate = isEstimate,
                Bytes = relation.Column is null && destruction.Kind is DataLossKind.Drop or DataLossKind.Empty ? relation.Bytes : null,
                Cascades = destruction.Cascades || (relation.HasCascadingKeys && destruction.Statement.Command is "DELETE"),
                File = file,
                Line = line,
            }));
        }

        return losses;
    }

    private async Task<(long? Rows, bool IsEstimate)> CountAsync(string source, CancellationToken cancellationToken)
    {
        if (clock.GetElapsedTime(_startedAt) < Budget)
        {
            try
            {
                return ((await QueryAsync(new NpgsqlBatchCommand($"select count(*) {source}"), row => row.GetInt64(0), cancellationToken).ConfigureAwait(false))[0], false);
            }
            catch (PostgresException)
            {
                // It takes too long, is locked, or may not be read: the planner knows enough.
            }
        }

        return (await EstimateAsync($"select 1 {source}", cancellationToken).ConfigureAwait(false), true);
    }

    /// <summary>What the planner expects; nothing is executed.</summary>
    private async Task<long?> EstimateAsync(string statement, CancellationToken cancellationToken)
    {
        try
        {
            var plans = await QueryAsync(new NpgsqlBatchCommand($"explain (format json) {statement}"), row => row.GetString(0), cancellationToken).ConfigureAwait(false);
            using var plan = JsonDocument.Parse(plans[0]);
            if (plan.RootElement.GetArrayLength() == 0)
                return null; // a rule does something else instead, or nothing
            var node = plan.RootElement[0].GetProperty("Plan");
            // The node that modifies a table returns no rows; the one below it says which.
            if (node.GetProperty("Node Type").GetString() is "ModifyTable" && node.TryGetProperty("Plans", out var below) && below.GetArrayLength() == 1)
                node = below[0];
            return node.GetProperty("Node Type").GetString() is "ModifyTable" ? null : (long)node.GetProperty("Plan Rows").GetDouble();
        }
        catch (PostgresException)
        {
            return null;
        }
    }

    private async Task<List<T>> QueryAsync<T>(NpgsqlBatchCommand query, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand("begin read only"));
            batch.BatchCommands.Add(new NpgsqlBatchCommand($"set local statement_timeout = {LongestCount.TotalMilliseconds}"));
            batch.BatchCommands.Add(new NpgsqlBatchCommand("set local lock_timeout = 200"));
            batch.BatchCommands.Add(query);
            try
            {
                var rows = new List<T>();
                var reader = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                {
                    while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                        rows.Add(read(reader));
                }

                return rows;
            }
            finally
            {
                await Rollback.RunAsync(connection).ConfigureAwait(false);
            }
        }
    }
}
