using System.Collections.Immutable;
using System.Text;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>
/// Reads a script as psql does that changes it while it reads: <c>\set</c> and <c>\unset</c>, <c>:name</c> where a variable
/// is set, <c>\i</c> and <c>\ir</c>. The sections of one script are given to it from top to bottom, so that a variable holds
/// from its \set to the end of the file. A section without any of this stays the same object.
/// </summary>
/// <param name="includes">Where included files are; null where there are none.</param>
internal sealed class ScriptExpansion(IncludeFolder? includes)
{
    private readonly PsqlVariables _variables = new();
    private readonly List<SourceText> _included = [];
    private readonly List<string> _open = [];
    private ImmutableArray<ScriptProblem>.Builder _problems = ImmutableArray.CreateBuilder<ScriptProblem>();

    /// <summary>What was included so far, in order.</summary>
    public IReadOnlyList<SourceText> Included => _included;

    public ScriptSection Apply(ScriptSection section)
    {
        if (!IsNeeded(section))
            return section;
        _problems = ImmutableArray.CreateBuilder<ScriptProblem>();
        var output = new SourceTextBuilder(section.End - section.Start);
        Expand(section.Text, section.Start, section.End, section.Statements, section.Problems, "", output);
        var text = output.Build(section.Text, section.End, out _);
        var expanded = ScriptSections.ToSection(text, StatementSplitter.Split(text.Bytes, 0, text.Length), 0, text.Length);
        return expanded with { Problems = [.. _problems, .. expanded.Problems], IsCommentedOut = section.IsCommentedOut };
    }

    private bool IsNeeded(ScriptSection section) =>
        !_variables.IsEmpty
        || section.Statements.Any(static statement => statement.Kind is StatementKind.MetaCommand && IsMine(statement.Command))
        || section.Text.Bytes[section.Start..section.End].IndexOf(":{?"u8) >= 0;

    private static bool IsMine(string command) => command is @"\set" or @"\unset" || IsInclude(command);

    private static bool IsInclude(string command) => command is @"\i" or @"\include" or @"\ir" or @"\include_relative";

    /// <param name="text">What is expanded.</param>
    /// <param name="start">Its first byte.</param>
    /// <param name="end">Behind its last byte.</param>
    /// <param name="statements">The statements between, before expansion.</param>
    /// <param name="problems">Of those statements.</param>
    /// <param name="folder">From where <c>\ir</c> counts.</param>
    /// <param name="output">Takes the expanded text.</param>
    private void Expand(
        SourceText text, int start, int end, StatementList statements, ImmutableArray<ScriptProblem> problems, string folder, SourceTextBuilder output)
    {
        var setting = new StringSetting();
        var copied = start;
        foreach (var statement in statements)
        {
            output.Copy(text, copied, statement.Start);
            copied = statement.End;
            if (statement.Kind is not StatementKind.MetaCommand)
            {
                Replace(text, statement.Start, statement.End, setting.IsOn, output);
                setting.Follow(text.Bytes, statement);
            }
            else if (!IsMine(statement.Command))
            {
                output.Copy(text, statement.Start, statement.End);
            }
            else if (IsInclude(statement.Command) && text.GetPosition(statement.Start) is var (line, column) && problems.Any(problem => (problem.Line, problem.Column) == (line, column)))
            {
                Refuse(text, statement, $"{statement.Command} stands inside an unfinished statement", "End the statement with a semicolon before it.");
            }
            else
            {
                Run(text, statement, folder, output);
            }
        }

        output.Copy(text, copied, end);
    }

    private void Replace(SourceText text, int start, int end, bool standardConformingStrings, SourceTextBuilder output)
    {
        var copied = start;
        var lexer = new SqlLexer(text.Bytes, start, end, standardConformingStrings);
        while (lexer.TryRead(out var token))
        {
            if (token.Length != 1 || text.Bytes[token.Start] != ':' || !_variables.TryReplace(text.Bytes[..end], token.Start, out var reference, out var value))
                continue;
            output.Copy(text, copied, token.Start);
            output.Insert(Encoding.UTF8.GetBytes(reference.Form == '\0' ? Nested(text, token.Start, reference.Name, value) : value), text, token.Start);
            copied = reference.End;
            lexer.MoveTo(copied);
        }

        output.Copy(text, copied, end);
    }

    /// <summary>psql reads the value of :name as it reads the script, so that it may name other variables; itself it may not.</summary>
    private string Nested(SourceText text, int place, string name, string value)
    {
        if (_open.Contains(name, StringComparer.Ordinal))
            return ":" + name;
        _open.Add(name);
        var bytes = Encoding.UTF8.GetBytes(value);
        var expanded = new StringBuilder();
        var copied = 0;
        var lexer = new SqlLexer(bytes, 0, bytes.Length, standardConformingStrings: true);
        while (lexer.TryRead(out var token))
        {
            if (!token.Terminated || token.Kind is SqlTokenKind.MetaCommand)
            {
                _problems.Add(text.Problem(place, $"the value of :{name} ends inside a string or a comment, or holds a command of psql", @"Correct the \set above."));
                _open.RemoveAt(_open.Count - 1);
                return "";
            }

            if (token.Length != 1 || bytes[token.Start] != ':' || !_variables.TryReplace(bytes, token.Start, out var reference, out var inner))
                continue;
            expanded.Append(Encoding.UTF8.GetString(bytes, copied, token.Start - copied))
                .Append(reference.Form == '\0' ? Nested(text, place, reference.Name, inner) : inner);
            copied = reference.End;
            lexer.MoveTo(copied);
        }

        _open.RemoveAt(_open.Count - 1);
        return expanded.Append(Encoding.UTF8.GetString(bytes, copied, bytes.Length - copied)).ToString();
    }

    private void Run(SourceText text, SqlStatement statement, string folder, SourceTextBuilder output)
    {
        var arguments = new PsqlArguments(text.Bytes[..statement.End], statement.Start + Encoding.UTF8.GetByteCount(statement.Command), _variables);
        var read = new List<string>();
        while (arguments.TryRead(out var argument, dropSemicolons: IsInclude(statement.Command)))
            read.Add(argument);
        if (arguments.Problem is { } problem)
            Refuse(text, statement, $"{statement.Command} can't be read: {problem}", "Correct its quotes, or write the value itself.");
        else if (arguments.HasRest)
            Refuse(text, statement, $"more follows {statement.Command} on its line", "Put each command on a line of its own, and SQL on the next line.");
        else if (IsInclude(statement.Command))
            Include(text, statement, read, statement.Command is @"\ir" or @"\include_relative" ? folder : "", output);
        else
            SetVariable(text, statement, read);
    }

    private void SetVariable(SourceText text, SqlStatement statement, List<string> arguments)
    {
        var isUnset = statement.Command == @"\unset";
        if (arguments is [] && !isUnset)
            return; // shows all variables
        var name = arguments.FirstOrDefault("");
        if (name.Length == 0 || !name.All(character => char.IsAsciiLetterOrDigit(character) || character is '_' or > '\x7f'))
            Refuse(text, statement, $"\"{name}\" is no name of a variable of psql", "Use letters, digits and underscores.");
        else if (PsqlSettings.Refuse(name, isUnset ? null : string.Concat(arguments.Skip(1))) is var (message, mend))
            Refuse(text, statement, message, mend);
        else if (isUnset)
            _variables.Unset(name);
        else
            _variables.Set(name, string.Concat(arguments.Skip(1)));
    }

    private void Include(SourceText text, SqlStatement statement, List<string> arguments, string from, SourceTextBuilder output)
    {
        if (includes is null || arguments is not [{ Length: > 0 } name, ..])
        {
            Refuse(text, statement, includes is null ? "there is no folder here from which to include" : $"{statement.Command} names no file", "Name a file in a sub-folder of the folder of migrations.");
            return;
        }

        if (includes.Read(name, from, out var problem) is not { } file)
        {
            Refuse(text, statement, problem.Message, problem.Mend);
            return;
        }

        if (_open.Contains(file.RealPath, StringComparer.Ordinal))
        {
            Refuse(text, statement, $"{name} would include itself", "Remove the circle.");
            return;
        }

        _included.Add(file.Text);
        var split = StatementSplitter.Split(file.Text.Bytes, 0, file.Text.Length);
        FindProblems(file.Text, split);
        _open.Add(file.RealPath);
        var section = ScriptSections.ToSection(file.Text, split, 0, file.Text.Length);
        Expand(file.Text, 0, file.Text.Length, split.Statements, section.Problems, Path.GetDirectoryName(file.Path) ?? "", output);
        _open.RemoveAt(_open.Count - 1);

        // At the end of a file psql sends a statement that has no semicolon.
        if (!output.EndsLine)
            output.Insert("\n"u8, text, statement.Start);
        if (split.Statements is [.., { Kind: not StatementKind.MetaCommand } last] && new TokenReader(file.Text.Bytes, last.End, file.Text.Length) is var reader && !reader.Read())
            output.Insert(";\n"u8, text, statement.Start);
    }

    private void FindProblems(SourceText file, SplitScript split)
    {
        if (ScriptParser.FindBadByte(file) is { } bad)
            _problems.Add(bad);
        if (ScriptSections.FindMarkers(file, split, _problems, ImmutableArray.CreateBuilder<ScriptProblem>()) is [var marker, ..])
            _problems.Add(file.Problem(marker.Start, "an included file has no sections of its own: all of it would run where it is included", "Move the SQL that is to be included into a file without markers."));
    }

    private void Refuse(SourceText text, SqlStatement statement, string message, string mend) =>
        _problems.Add(text.Problem(statement.Start, message, mend));
}
