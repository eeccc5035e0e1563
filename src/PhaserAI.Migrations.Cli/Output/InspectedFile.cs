using System.Collections.Immutable;
using PhaserAI.Migrations.Planning;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>How the tool reads one file, without a database.</summary>
internal sealed record InspectedFile(
    string File,
    ScriptHeader Header,
    ImmutableArray<InspectedStatement> Up,
    ImmutableArray<InspectedStatement>? Down,
    ImmutableArray<ScriptProblem> Problems,
    ImmutableArray<ScriptProblem> Findings)
{
    /// <param name="file">The file as the user named it.</param>
    /// <param name="path">Where it is: from its folder it includes others.</param>
    /// <param name="bytes">What is in it.</param>
    public static InspectedFile Read(string file, string path, byte[] bytes)
    {
        var includes = new IncludeFolder(Path.GetDirectoryName(path)!, Path.GetDirectoryName(file) ?? "");
        var parsed = ScriptParser.Parse(new SourceText(file, bytes), includes);
        var up = StepPlanner.Plan(parsed.Up, parsed.Header);
        var down = parsed.Down is null ? null : StepPlanner.Plan(parsed.Down, parsed.Header);
        var problems = parsed.Problems.AddRange(up.Problems).AddRange(down?.Problems ?? []);
        if (MigrationDirectory.TryReadName(Path.GetFileName(file), out var version))
        {
            problems = problems
                .AddRange(SelfRecording.FindForeignVersions(parsed.Up, version))
                .AddRange(parsed.Down is null ? [] : SelfRecording.FindForeignVersions(parsed.Down, version));
        }

        return new InspectedFile(
            file,
            parsed.Header,
            Statements(parsed.Up, up),
            parsed.Down is null ? null : Statements(parsed.Down, down!),
            [.. problems.OrderBy(problem => problem.Line).ThenBy(problem => problem.Column)],
            parsed.Findings);
    }

    private static ImmutableArray<InspectedStatement> Statements(ScriptSection section, SectionSteps steps)
    {
        var statements = ImmutableArray.CreateBuilder<InspectedStatement>(section.Statements.Length);
        for (var i = 0; i < section.Statements.Length; i++)
        {
            // A command of psql is no statement: it is left out, or stands among the problems.
            if (section.Statements[i].Kind is not StatementKind.MetaCommand)
                statements.Add(InspectedStatement.Of(section.Text, section.Statements[i], steps.Transactions[i]));
        }

        return statements.DrainToImmutable();
    }
}

/// <summary>A statement of an inspected file.</summary>
/// <param name="Sql">Its exact text, without the closing semicolon.</param>
/// <param name="File">Where it stands: the file, or one that it includes.</param>
/// <param name="Line">1-based line of its first character.</param>
/// <param name="Column">1-based column in code points.</param>
/// <param name="Transaction">The transaction in which it runs, counted from 1; null in autocommit.</param>
/// <param name="Command">What it is: <c>CREATE TABLE</c>.</param>
internal sealed record InspectedStatement(string Sql, string File, int Line, int Column, int? Transaction, string Command)
{
    /// <summary>For COPY … FROM STDIN: the lines of data that follow it in the script; else 0.</summary>
    public long DataLines { get; init; }

    public static InspectedStatement Of(SourceText text, SqlStatement statement, int transaction)
    {
        var (file, line, column) = text.GetPlace(statement.Start);
        return new InspectedStatement(
            text.GetString(statement.Start, statement.Length), file, line, column, transaction == 0 ? null : transaction, statement.Command)
        {
            DataLines = new CopyData(text, statement).Lines,
        };
    }
}
