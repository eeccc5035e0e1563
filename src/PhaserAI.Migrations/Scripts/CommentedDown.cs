using System.Buffers;
using System.Collections.Immutable;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>
/// Takes the statements of a DOWN out of its comments: exactly one "--" and one space go from each line, decoration lines
/// and prose between statements are left out, "-- --" stays a comment. What could be either prose or SQL is refused with
/// its line.
/// </summary>
internal sealed class CommentedDown
{
    private static readonly SearchValues<byte> Decoration = SearchValues.Create("-=*# \t\r"u8);

    private readonly SourceText _down;
    private readonly byte[] _bytes;
    private readonly ImmutableArray<ScriptProblem>.Builder _prose = ImmutableArray.CreateBuilder<ScriptProblem>();
    private readonly ImmutableArray<ScriptProblem>.Builder _problems = ImmutableArray.CreateBuilder<ScriptProblem>();
    private int _proseEnd = -1;

    private CommentedDown(SourceText down, byte[] bytes)
    {
        _down = down;
        _bytes = bytes;
    }

    /// <summary>The section; null when there is nothing in it but prose.</summary>
    /// <param name="text">The script.</param>
    /// <param name="comments">The section's line comments; there is nothing else in it but white space and block comments.</param>
    /// <param name="start">Where the section begins.</param>
    /// <param name="end">Where it ends.</param>
    /// <param name="expansion">Replaces variables and reads included files.</param>
    /// <param name="findings">Takes what is left out.</param>
    public static ScriptSection? Read(
        SourceText text, ImmutableArray<SqlToken> comments, int start, int end, ScriptExpansion expansion, ImmutableArray<ScriptProblem>.Builder findings)
    {
        var down = Uncomment(text, comments, start, end, out var bytes);
        var reader = new CommentedDown(down, bytes);
        reader.LeaveOutProse();
        var split = reader.LeaveOutDecoration(StatementSplitter.Split(bytes, 0, bytes.Length));
        reader.RefuseUnfinishedAfterProse(split);
        if (split.Statements.IsEmpty && split.Problems.IsEmpty && reader._problems.Count == 0)
            return null;

        findings.AddRange(reader._prose);
        var section = expansion.Apply(ScriptSections.ToSection(reader._down, split, 0, bytes.Length) with { IsCommentedOut = true });
        return section with { Problems = [.. reader._problems, .. section.Problems] };
    }

    private static SourceText Uncomment(SourceText text, ImmutableArray<SqlToken> comments, int start, int end, out byte[] bytes)
    {
        var output = new SourceTextBuilder(end - start);
        var next = 0;
        for (var line = start; line < end;)
        {
            var length = text.Bytes[line..end].IndexOfAny((byte)'\n', (byte)'\r');
            var lineEnd = length < 0 ? end : line + length;
            while (next < comments.Length && comments[next].Start < line)
                next++;
            var content = next < comments.Length && comments[next].End == lineEnd && IsBlank(text.Bytes[line..comments[next].Start])
                ? comments[next].Start + 2
                : lineEnd;
            if (content < lineEnd && text.Bytes[content] == ' ')
                content++;

            output.Copy(text, content, lineEnd);
            line = CopyLineEnd(text, lineEnd, end, output);
        }

        return output.Build(text, end, out bytes);
    }

    /// <summary>CRLF stays, because it may stand inside a string; a CR alone ends a comment too (scan.l), and becomes LF.</summary>
    private static int CopyLineEnd(SourceText text, int lineEnd, int end, SourceTextBuilder output)
    {
        var rest = text.Bytes[lineEnd..end];
        var length = rest.StartsWith("\r\n"u8) ? 2 : Math.Min(1, rest.Length);
        if (rest is [(byte)'\r', not (byte)'\n', ..] or [(byte)'\r'])
            output.Insert("\n"u8, text, lineEnd);
        else
            output.Copy(text, lineEnd, lineEnd + length);
        return lineEnd + length;
    }

    /// <summary>Blanks each line of prose that stands where a statement would begin, so that offsets stay what they are.</summary>
    private void LeaveOutProse()
    {
        var position = 0;
        while (FindToken(position) is { } token)
        {
            if (token.Kind is SqlTokenKind.Semicolon)
            {
                position = token.End;
                continue;
            }

            var start = token.Start;
            if (SqlCommands.BeginsStatement(_bytes, start, _bytes.Length))
            {
                // Lines of prose are passed over one by one, and only behind them is the text cut again.
                if (FindNoStatement(start) is not { } found)
                    return;
                start = found;
            }

            var line = LineOf(start);
            if (!IsDecoration(line))
            {
                if (!IsBlank(_bytes.AsSpan(line.Start.Value..start)) || MayBeSql(line))
                {
                    _problems.Add(_down.Problem(
                        start,
                        "this line of the DOWN section begins with no PostgreSQL command, so it is unclear whether it is SQL or prose",
                        "Mend the statement; or, if it is prose, write it as \"-- -- text\"."));
                    return;
                }

                _prose.Add(_down.Problem(start, "this line of the DOWN section is read as prose and left out", "Write prose in a DOWN section as \"-- -- text\"."));
                _proseEnd = line.End.Value;
            }

            _bytes.AsSpan(line).Fill((byte)' ');
            position = line.End.Value;
        }
    }

    private SqlToken? FindToken(int position)
    {
        var reader = new TokenReader(_bytes, position, _bytes.Length);
        return reader.Read() ? reader.Current : null;
    }

    private int? FindNoStatement(int position) => StatementSplitter.FindFirst(
        _bytes, position, _bytes.Length, statement => !SqlCommands.BeginsStatement(_bytes, statement.Start, statement.End))?.Start;

    /// <summary>
    /// Whether a line that begins with no command still looks like the first line of a statement: it is ended by a semicolon,
    /// or the next line would run without it (INSRT INTO t / SELECT …; CRAETE VIEW v AS / SELECT …).
    /// </summary>
    private bool MayBeSql(Range line)
    {
        if (_bytes.AsSpan(line).Contains((byte)';'))
            return true;
        var reader = new TokenReader(_bytes, line.Start.Value, line.End.Value);
        reader.Read();
        var isSql = reader.TryReadWord("into"u8);
        while (reader.Read())
            isSql |= (reader.IsWord("as"u8) || reader.IsCharacter('(')) && IsBlank(_bytes.AsSpan(reader.Current.End..line.End.Value));
        return isSql;
    }

    /// <summary>
    /// Decoration inside a statement that lacks its semicolon, or between its lines. There it must be three signs at least:
    /// a line may hold nothing but the * of SELECT. What stands in a string stays.
    /// </summary>
    private SplitScript LeaveOutDecoration(SplitScript split)
    {
        var found = false;
        foreach (var statement in split.Statements)
        {
            var reader = new TokenReader(_bytes, statement.Start, statement.End);
            while (reader.Read())
            {
                if (reader.Current is not { Kind: SqlTokenKind.Operator, Length: >= 3 })
                    continue;
                var line = LineOf(reader.Current.Start);
                if (!IsDecoration(line))
                    continue;
                _bytes.AsSpan(line).Fill((byte)' ');
                found = true;
            }
        }

        return found ? StatementSplitter.Split(_bytes, 0, _bytes.Length) : split;
    }

    /// <summary>Right after prose, words such as "select" or "drop table" may well be prose too; a statement there must say where it ends.</summary>
    private void RefuseUnfinishedAfterProse(SplitScript split)
    {
        if (split.Statements.IsEmpty || split.Statements[^1] is not { Kind: not StatementKind.MetaCommand } last)
            return;
        if (last.Start < _proseEnd || _proseEnd < 0 || FindToken(last.End) is not null)
            return;
        if (split.Statements.Length > 1 && split.Statements[^2].Start > _proseEnd)
            return;
        _problems.Add(_down.Problem(
            last.Start,
            "this line of the DOWN section follows prose and ends without a semicolon, so it is unclear whether it is SQL or prose",
            "End the statement with a semicolon; or, if it is prose, write it as \"-- -- text\"."));
    }

    private Range LineOf(int offset)
    {
        var start = _bytes.AsSpan(0, offset).LastIndexOf((byte)'\n') + 1;
        var length = _bytes.AsSpan(offset).IndexOf((byte)'\n');
        return start..(length < 0 ? _bytes.Length : offset + length);
    }

    private bool IsDecoration(Range line) => !_bytes.AsSpan(line).ContainsAnyExcept(Decoration);

    private static bool IsBlank(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept(" \t\r\f\v"u8);
}
