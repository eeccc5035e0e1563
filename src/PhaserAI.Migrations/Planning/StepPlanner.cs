using System.Collections.Immutable;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// Groups a section's statements into steps. The script's own BEGIN … COMMIT are boundaries that the runner takes over,
/// so that the history row commits with the change; statements outside any of them form a transaction together, and each
/// one that can't run in a transaction is a step of its own.
/// </summary>
internal sealed class StepPlanner
{
    private const string CommitMend = "Remove it: the tool commits each BEGIN … COMMIT group, or the whole script when it has none.";

    private readonly ScriptSection _section;
    private readonly bool _autocommit;
    private readonly ImmutableArray<Step>.Builder _steps = ImmutableArray.CreateBuilder<Step>();
    private readonly ImmutableArray<ScriptProblem>.Builder _problems = ImmutableArray.CreateBuilder<ScriptProblem>();
    private readonly List<(SqlStatement Statement, int Step)> _localSettings = []; // outside BEGIN
    private readonly StatementList _sent;
    private readonly int[] _transactions;
    private int _next; // the first statement of _sent that has not been looked at
    private int _groupStart;
    private int _groupEnd;
    private SqlStatement? _begin;
    private string _beginOptions = "";

    private StepPlanner(ScriptSection section, bool autocommit)
    {
        _section = section;
        _autocommit = autocommit;
        _transactions = new int[section.Statements.Length];

        // A step's statements are a view of these: only in a script that psql's commands interrupt they are a copy.
        _sent = section.Statements.Any(static statement => statement.Kind is StatementKind.MetaCommand)
            ? [.. section.Statements.Where(static statement => statement.Kind is not StatementKind.MetaCommand)]
            : section.Statements;
    }

    /// <summary>The steps of a section, and why it can't be run, if so.</summary>
    /// <param name="section">Its UP or its DOWN.</param>
    /// <param name="header">For <c>Transaction: none</c>.</param>
    public static SectionSteps Plan(ScriptSection section, ScriptHeader header)
    {
        var autocommit = string.Equals(header["Transaction"], "none", StringComparison.OrdinalIgnoreCase);
        var planner = new StepPlanner(section, autocommit);
        planner.Run();
        var steps = planner._steps.DrainToImmutable();
        return new SectionSteps(
            steps,
            [
                .. section.Problems, .. planner._problems, .. SessionLocks.Find(section), .. ClientEncoding.Find(section),
                .. SessionObjects.Find(steps),
            ],
            planner._transactions);
    }

    private void Run()
    {
        for (var i = 0; i < _section.Statements.Length; i++)
        {
            var statement = _section.Statements[i];
            var open = _steps.Count + 1;
            Add(statement);
            _next += statement.Kind is StatementKind.MetaCommand ? 0 : 1;
            _transactions[i] = statement.Kind is StatementKind.Commit or StatementKind.CommitAndChain ? open : NumberOf(statement);
        }

        if (_begin is { } begin)
            Refuse(begin.Start, "this BEGIN has no COMMIT", "Add COMMIT; after the last statement of the transaction.");

        CloseGroup(_section.End);
        foreach (var (setting, step) in _localSettings)
        {
            if (_steps.Count > step)
            {
                Refuse(
                    setting,
                    $"SET LOCAL ends with its transaction, and what follows from line {_section.Text.GetPosition(_steps[step].Statements[0].Start).Line} on runs outside of it",
                    "Write SET, which holds until the migration's end, or put it into a BEGIN … COMMIT with what it is for.");
            }
        }
    }

    private void Add(SqlStatement statement)
    {
        if (statement.Kind is StatementKind.Begin or StatementKind.Commit or StatementKind.CommitAndChain)
            RefuseHiddenStatement(statement);
        switch (statement.Kind)
        {
            case StatementKind.Begin when _begin is { } open:
                Refuse(
                    statement,
                    $"BEGIN inside the transaction that line {_section.Text.GetPosition(open.Start).Line} began",
                    "Remove it, or add COMMIT; before it.");
                break;
            case StatementKind.Begin:
                CloseGroup(statement.Start);
                _begin = statement;
                _beginOptions = BeginOptions(statement);
                break;
            case StatementKind.Commit or StatementKind.CommitAndChain when _begin is null:
                Refuse(statement, "COMMIT without a BEGIN before it", CommitMend);
                break;
            case StatementKind.Commit:
                EndTransaction(statement);
                break;
            case StatementKind.CommitAndChain:
                CloseGroup(statement.Start);
                break;
            case StatementKind.Rollback:
                EndTransaction(statement);
                Refuse(
                    statement,
                    "ROLLBACK would throw away what the migration has done",
                    "Remove the statements that are to be rolled back; to undo only some, use SAVEPOINT and ROLLBACK TO.");
                break;
            case StatementKind.PrepareTransaction:
                EndTransaction(statement);
                Refuse(statement, "a prepared transaction would outlive the migration", "Write COMMIT instead of PREPARE TRANSACTION.");
                break;
            case StatementKind.NonTransactional when _begin is { } open:
                Refuse(
                    statement,
                    $"{statement.Command} can't run inside a transaction, and line {_section.Text.GetPosition(open.Start).Line} began one",
                    "Move it before that BEGIN or after its COMMIT.");
                break;
            case StatementKind.NonTransactional:
                CloseGroup(statement.Start);
                AddStep(StepKind.Autocommit, _sent.Slice(_next, 1), statement.End);
                break;
            case StatementKind.MetaCommand:
                if (PsqlCommand.Refuse(_section.Text.Bytes, statement) is var (message, mend))
                    Refuse(statement, message, mend);
                break;
            case StatementKind.CopyToStdout:
                Refuse(statement, "COPY … TO STDOUT would send rows to a client that has no use for them", "Remove it, or write SELECT to have them shown.");
                break;
            case StatementKind.CopyFromStdin when CopyOptions.Read(_section.Text.Bytes, statement).Format == "binary":
                Refuse(statement, "binary data can't stand in a script", "Write the data as text or as CSV.");
                break;
            case StatementKind.SetTransaction when IsReadOnly(statement):
                Refuse(statement, "a migration can't run in a READ ONLY transaction: its history row could not be written", "Remove READ ONLY.");
                break;
            case StatementKind.Transactional when _begin is null && IsValidation(statement):
                CloseGroup(statement.Start);
                AddToGroup();
                CloseGroup(statement.End);
                break;
            default:
                AddToGroup();
                if (_begin is null && IsLocalSetting(statement))
                    _localSettings.Add((statement, _steps.Count + 1));
                if (_autocommit && _begin is null)
                    CloseGroup(statement.End);
                break;
        }
    }

    /// <summary>The transaction in which a statement runs, from 1; 0 in autocommit. BEGIN and COMMIT count to what they enclose.</summary>
    private int NumberOf(SqlStatement statement) => statement.Kind switch
    {
        StatementKind.NonTransactional => 0,
        _ when _autocommit && _begin is null => 0,
        _ => _steps.Count + 1,
    };

    /// <summary>It reads the whole table: what else the script has locked is not to be held as long as that.</summary>
    private static bool IsValidation(SqlStatement statement) => statement.Command.EndsWith("VALIDATE CONSTRAINT", StringComparison.Ordinal);

    private bool IsLocalSetting(SqlStatement statement)
    {
        if (statement.Command != "SET")
            return false;
        var reader = new TokenReader(_section.Text.Bytes, statement.Start, statement.End);
        return reader.Read() && reader.TryReadWord("local"u8);
    }

    private void EndTransaction(SqlStatement end)
    {
        CloseGroup(end.Start);
        (_begin, _beginOptions) = (null, "");
    }

    private void AddToGroup()
    {
        if (_groupStart == _groupEnd)
            _groupStart = _next;
        _groupEnd = _next + 1;
    }

    private void CloseGroup(int end)
    {
        if (_groupEnd > _groupStart)
            AddStep(_autocommit && _begin is null ? StepKind.Autocommit : StepKind.Transaction, _sent[_groupStart.._groupEnd], end);
        _groupStart = _groupEnd;
    }

    private void AddStep(StepKind kind, StatementList statements, int end) =>
        _steps.Add(new Step(_steps.Count + 1, kind, _section.Text, statements, _beginOptions, end));

    private string BeginOptions(SqlStatement begin)
    {
        if (IsReadOnly(begin))
            Refuse(begin, "a migration can't run in a READ ONLY transaction: its history row could not be written", "Remove READ ONLY.");
        var reader = new TokenReader(_section.Text.Bytes, begin.Start, begin.End);
        reader.Read();
        var end = reader.Current.End;
        if (reader.Read() && (reader.IsWord("transaction"u8) || reader.IsWord("work"u8)))
            end = reader.Current.End;
        return _section.Text.GetString(end, begin.End - end).Trim();
    }

    private bool IsReadOnly(SqlStatement statement)
    {
        var reader = new TokenReader(_section.Text.Bytes, statement.Start, statement.End);
        var afterRead = false;
        while (reader.Read())
        {
            if (afterRead && reader.IsWord("only"u8))
                return true;
            afterRead = reader.IsWord("read"u8);
        }

        return false;
    }

    /// <summary>
    /// BEGIN and COMMIT are never sent as written, so one that lacks its semicolon would swallow the next statement:
    /// nobody would say that it did not run.
    /// </summary>
    private void RefuseHiddenStatement(SqlStatement statement)
    {
        var reader = new TokenReader(_section.Text.Bytes, statement.Start, statement.End);
        reader.Read();
        while (reader.Read())
        {
            if (reader.IsCharacter(',') || IsTransactionWord(reader))
                continue;
            Refuse(
                reader.Current.Start,
                $"this can't follow {statement.Command}",
                $"End {statement.Command} with a semicolon, so that what follows is a statement of its own.");
            return;
        }
    }

    // gram.y: opt_transaction, transaction_mode_list, opt_transaction_chain.
    private static bool IsTransactionWord(in TokenReader reader) =>
        reader.IsWord("transaction"u8) || reader.IsWord("work"u8) || reader.IsWord("isolation"u8) || reader.IsWord("level"u8)
        || reader.IsWord("serializable"u8) || reader.IsWord("repeatable"u8) || reader.IsWord("read"u8)
        || reader.IsWord("committed"u8) || reader.IsWord("uncommitted"u8) || reader.IsWord("write"u8) || reader.IsWord("only"u8)
        || reader.IsWord("not"u8) || reader.IsWord("deferrable"u8) || reader.IsWord("and"u8) || reader.IsWord("no"u8)
        || reader.IsWord("chain"u8);

    private void Refuse(SqlStatement statement, string message, string mend) => Refuse(statement.Start, message, mend);

    private void Refuse(int offset, string message, string mend) => _problems.Add(_section.Text.Problem(offset, message, mend));
}
