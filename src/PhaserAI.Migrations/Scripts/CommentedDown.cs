using System.Buffers;
using System.Collections.Immutable;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>
/// Takes the statements of a DOWN out of its comments: exactly one "--" and one space go from each line, decoration lines
/// and prose are left out, "-- --" stays a comment. What could be either prose or SQL is refused with its line.
/// </summary>
internal static class CommentedDown
{
    private static readonly SearchValues<byte> Decoration = SearchValues.Create("-=*# \t\r"u8);

    /// <summary>The section; null when there is nothing in it but prose.</summary>
    public static ScriptSection? Read(SourceText text, int start, int end, ImmutableArray<ScriptProblem>.Builder findings)
    {
        var (bytes, origins) = Uncomment(text, start, end);
        var down = text.Extract(bytes, origins);
        var problems = ImmutableArray.CreateBuilder<ScriptProblem>();
        var prose = ImmutableArray.CreateBuilder<ScriptProblem>();
        var split = LeaveOutProse(down, bytes, prose, problems);
        if (split.Statements.IsEmpty && problems.Count == 0)
            return null;

        findings.AddRange(prose);
        problems.AddRange(ScriptSections.ToProblems(down, split.Problems));
        return new ScriptSection(down, split.Statements, 0, bytes.Length, problems.DrainToImmutable());
    }

    private static (byte[] Bytes, SourceText.LineOrigin[] Origins) Uncomment(SourceText text, int start, int end)
    {
        using var output = new MemoryStream(end - start);
        var origins = new List<SourceText.LineOrigin>();
        var fileLine = text.GetPosition(start).Line;
        var section = text.Bytes[start..end];
        foreach (var range in section.Split((byte)'\n'))
        {
            var line = section[range];
            var content = StripComment(line, out var cut);
            origins.Add(new(fileLine++, cut));
            output.Write(content);
            output.WriteByte((byte)'\n');
        }

        origins.Add(new(fileLine, 0));
        return (output.ToArray(), [.. origins]);
    }

    private static ReadOnlySpan<byte> StripComment(ReadOnlySpan<byte> line, out int cut)
    {
        cut = 0;
        var comment = line.TrimStart(" \t\f\v"u8);
        if (!comment.StartsWith("--"u8))
            return [];
        var content = comment[2..];
        if (content.Length > 0 && content[0] == (byte)' ')
            content = content[1..];
        cut = line.Length - content.Length;
        var isDecoration = !content.ContainsAnyExcept(Decoration) && content.ContainsAny("-=*#"u8);
        return isDecoration ? [] : content;
    }

    /// <summary>Blanks each line of prose that stands where a statement would begin, so that offsets stay what they are.</summary>
    private static SplitScript LeaveOutProse(
        SourceText down,
        byte[] bytes,
        ImmutableArray<ScriptProblem>.Builder prose,
        ImmutableArray<ScriptProblem>.Builder problems)
    {
        var split = StatementSplitter.Split(bytes, 0, bytes.Length);
        for (var next = 0; next < split.Statements.Length;)
        {
            var statement = split.Statements[next];
            if (SqlCommands.BeginsStatement(bytes, statement))
            {
                next++;
                continue;
            }

            var lineStart = down.GetLineStart(down.GetLineIndex(statement.Start));
            var lineEnd = lineStart + Math.Max(0, bytes.AsSpan(lineStart).IndexOf((byte)'\n'));
            var line = bytes.AsSpan(lineStart..lineEnd);
            var startsLine = !bytes.AsSpan(lineStart..statement.Start).ContainsAnyExcept((byte)' ', (byte)'\t');
            if (!startsLine || line.Contains((byte)';'))
            {
                problems.Add(down.Problem(
                    statement.Start,
                    "this line of the DOWN section begins with no PostgreSQL command, so it is unclear whether it is SQL or prose",
                    "Mend the statement; or, if it is prose, write it as \"-- -- text\"."));
                return split;
            }

            prose.Add(down.Problem(statement.Start, "this line of the DOWN section is read as prose and left out", "Write prose in a DOWN section as \"-- -- text\"."));
            line.Fill((byte)' ');
            split = StatementSplitter.Split(bytes, 0, bytes.Length);
        }

        RefuseUnfinishedAfterProse(down, bytes, split, prose, problems);
        return split;
    }

    /// <summary>After prose, words such as "select" or "update" may well be prose too; a statement there must say where it ends.</summary>
    private static void RefuseUnfinishedAfterProse(
        SourceText down,
        byte[] bytes,
        SplitScript split,
        ImmutableArray<ScriptProblem>.Builder prose,
        ImmutableArray<ScriptProblem>.Builder problems)
    {
        if (prose.Count == 0 || split.Statements.IsEmpty)
            return;
        var last = split.Statements[^1];
        if (last.Kind is StatementKind.MetaCommand || bytes.AsSpan(last.End).Contains((byte)';'))
            return;
        problems.Add(down.Problem(
            last.Start,
            "this line of the DOWN section follows prose and ends without a semicolon, so it is unclear whether it is SQL or prose",
            "End the statement with a semicolon; or, if it is prose, write it as \"-- -- text\"."));
    }
}
