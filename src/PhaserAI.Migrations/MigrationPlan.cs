using System.Collections.Immutable;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations;

/// <summary>What a run would do, in order, before anything is done.</summary>
/// <param name="Direction">Up or down.</param>
/// <param name="Migrations">In the order in which they run.</param>
/// <param name="Problems">Why the run is refused; nothing runs while there is one.</param>
/// <param name="Findings">What is worth knowing but stops nothing.</param>
public sealed record MigrationPlan(
    MigrationDirection Direction,
    ImmutableArray<PlannedMigration> Migrations,
    ImmutableArray<ScriptProblem> Problems,
    ImmutableArray<ScriptProblem> Findings)
{
    /// <summary>Migrations that are not applied and not going to be: their headers name other environments.</summary>
    public ImmutableArray<SkippedMigration> Skipped { get; init; } = [];

    /// <summary>
    /// The data that the run destroys, in the order in which they go. Known of a plan that is to be shown or approved; a run
    /// that nobody approves does not ask for it.
    /// </summary>
    public ImmutableArray<DataLoss> Destroys { get; init; } = [];

    /// <summary>
    /// How many migrations are not or not wholly applied now, whether the plan reaches that far or not. Known, as above, of a
    /// plan that is to be shown.
    /// </summary>
    public int? Pending { get; init; }

    /// <summary>The versions, in the order in which they run.</summary>
    public IEnumerable<string> Versions => Migrations.Select(migration => migration.Version);
}

/// <summary>A migration of a plan.</summary>
public sealed class PlannedMigration
{
    internal PlannedMigration(string version, string fileName, string description, ImmutableArray<Step> runs)
    {
        Version = version;
        FileName = fileName;
        Description = description;
        Runs = runs;
    }

    /// <summary>Its version.</summary>
    public string Version { get; }

    /// <summary>The name of its file; for a stored DOWN whose file is gone, the name it had.</summary>
    public string FileName { get; }

    /// <summary>What it does, in the words of its header.</summary>
    public string Description { get; }

    /// <summary>Steps that an earlier, interrupted run has finished; they are not run again.</summary>
    public int FinishedSteps { get; internal init; }

    /// <summary>Whether the DOWN is the text stored when the migration was applied, because its file is gone.</summary>
    public bool FromStoredText { get; internal init; }

    /// <summary>Its steps. The statements' texts are made when they are asked for.</summary>
    public IEnumerable<PlannedStep> Steps => Runs.Select(run => new PlannedStep(run));

    /// <summary>How long one attempt waits for a lock on a table, from the header's <c>Lock-Timeout</c>; null means the run's own.</summary>
    public TimeSpan? LockTimeout { get; internal init; }

    /// <summary>How long a statement may take, from the header's <c>Statement-Timeout</c>; null means what the server says.</summary>
    public TimeSpan? StatementTimeout { get; internal init; }

    internal ImmutableArray<Step> Runs { get; }

    /// <summary>The file it comes from; null for a stored DOWN.</summary>
    internal MigrationScript? Script { get; init; }

    /// <summary>The step in autocommit that an interrupted run had begun, if the script still has it; else 0.</summary>
    internal int StartedStep { get; init; }

    /// <summary>Whether steps of it may be recorded.</summary>
    internal bool HasCheckpoints { get; init; }

    /// <summary>What the finished steps took, in milliseconds.</summary>
    internal int FinishedMs { get; init; }
}

/// <summary>A step of a planned migration.</summary>
public sealed class PlannedStep
{
    private readonly Step _run;

    internal PlannedStep(Step run) => _run = run;

    /// <summary>From 1, in order.</summary>
    public int Number => _run.Number;

    /// <summary>One transaction, or one statement in autocommit.</summary>
    public StepKind Kind => _run.Kind;

    /// <summary>What the script wrote after BEGIN, or empty.</summary>
    public string BeginOptions => _run.BeginOptions;

    /// <summary>The statements as they are sent.</summary>
    public IEnumerable<PlannedStatement> Statements => _run.Statements.Select(statement => ToStatement(_run.Text, statement));

    private static PlannedStatement ToStatement(SourceText text, SqlStatement statement)
    {
        var (file, line, column) = text.GetPlace(statement.Start);
        return new PlannedStatement(text.GetString(statement.Start, statement.Length), file, line, column)
        {
            DataLines = new CopyData(text, statement).Lines,
        };
    }
}

/// <summary>A statement of a planned step.</summary>
/// <param name="Sql">Its exact text, without the closing semicolon.</param>
/// <param name="File">Where it stands.</param>
/// <param name="Line">1-based line of its first character.</param>
/// <param name="Column">1-based column in code points.</param>
public sealed record PlannedStatement(string Sql, string File, int Line, int Column)
{
    /// <summary>For COPY … FROM STDIN: the lines of data that follow it in the script; else 0.</summary>
    public long DataLines { get; init; }
}
