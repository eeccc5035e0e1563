using System.Globalization;
using PhaserAI.Migrations.Measuring;
using PhaserAI.Migrations.Rehearsals;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>What a migration would mean for those who work with the database, in a few words.</summary>
internal static class RehearsalVerdict
{
    /// <summary>Below that many rows nobody notices what is done to a table.</summary>
    public const long ManyRows = 10_000;

    /// <summary><c>locks words against reads and writes for 1.2 s; rewrites words (1,000,000 rows)</c>.</summary>
    public static string Of(RehearsedMigration migration)
    {
        string[] parts = [.. Locks(migration), .. migration.Statements.SelectMany(Work).Distinct(StringComparer.Ordinal)];
        return parts.Length == 0 ? "keeps nobody out; rewrites nothing, and reads no large table in full" : string.Join("; ", parts);
    }

    /// <summary>Those locks that keep others out for longer than that.</summary>
    public static IEnumerable<HeldLock> TooLong(RehearsedMigration migration, TimeSpan longest) => migration.Exclusions.Where(held => held.Held > longest);

    public static string Lock(HeldLock held) => $"{Relation(held.Relation, held.Table)} against {(held.KeepsReadersOut ? "reads and writes" : "writes")} for {TextReporter.Duration(held.Held)}";

    public static string Mode(LockMode mode) => mode switch
    {
        LockMode.RowShare => "ROW SHARE",
        LockMode.RowExclusive => "ROW EXCLUSIVE",
        LockMode.ShareUpdateExclusive => "SHARE UPDATE EXCLUSIVE",
        LockMode.Share => "SHARE",
        LockMode.ShareRowExclusive => "SHARE ROW EXCLUSIVE",
        LockMode.Exclusive => "EXCLUSIVE",
        _ => "ACCESS EXCLUSIVE",
    };

    public static string Relation(string name, string? table) => Printable.Of(table is null ? name : $"index {name} of {table}");

    public static string Rows(long rows) => string.Create(CultureInfo.InvariantCulture, $"{rows:N0} {(rows == 1 ? "row" : "rows")}");

    /// <summary>A weaker or shorter lock beside a stronger one says nothing more; nor does that of an index beside its table's.</summary>
    private static IEnumerable<string> Locks(RehearsedMigration migration)
    {
        HeldLock[] locks = [.. migration.Exclusions];
        return locks.Where(held => !locks.Any(other => other != held && other.Mode >= held.Mode && other.Held >= held.Held && (other.Relation == held.Relation || other.Relation == held.Table)))
            .Select(held => $"locks {Lock(held)}");
    }

    /// <summary>What a statement does to tables.</summary>
    public static IEnumerable<string> Work(MeasuredStatement statement)
    {
        foreach (var work in statement.Tables)
        {
            var rows = $"{Printable.Of(work.Relation)} ({Rows(work.Rows)}, {ByteText.Of(work.Bytes)})";
            if (work.Table is { } table)
            {
                // A table that is written anew has its indexes built anew.
                if (work.IsRewritten && !statement.Tables.Any(other => other.Relation == table && other.IsRewritten))
                    yield return $"rebuilds {Relation(work.Relation, table)}";
            }
            else if (work.IsRewritten)
            {
                yield return $"{(statement.Command.StartsWith("TRUNCATE", StringComparison.Ordinal) ? "empties" : "rewrites")} {rows}";
            }
            else if (work.FullReads > 0 && work.RowsRead >= ManyRows)
            {
                yield return $"reads {rows} in full{(work.FullReads > 1 ? string.Create(CultureInfo.InvariantCulture, $", {work.FullReads:N0} times") : "")}";
            }

            if (work.Changed >= ManyRows)
            {
                var whole = statement.Kind is StepKind.Transaction ? " in one transaction" : "";
                yield return $"{Changes(work)} {Printable.Of(work.Relation)}{whole}";
            }
        }
    }

    private static string Changes(TableWork work)
    {
        string[] parts =
        [
            .. work.Inserted > 0 ? (string[])[$"inserts {Rows(work.Inserted)} into"] : [],
            .. work.Updated > 0 ? (string[])[$"updates {Rows(work.Updated)} of"] : [],
            .. work.Deleted > 0 ? (string[])[$"deletes {Rows(work.Deleted)} of"] : [],
        ];
        return string.Join(", ", parts);
    }
}
