using System.Collections.Immutable;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>Finds the UP and DOWN markers of a script and cuts it there.</summary>
internal static class ScriptSections
{
    /// <summary>A marker comment; <paramref name="End"/> is where its section's text begins.</summary>
    internal readonly record struct Marker(int Start, int End, bool IsDown);

    /// <summary>
    /// A marker is a line comment alone on its line, at top level, and never between BEGIN and COMMIT. What only looks
    /// like one is reported, never guessed about.
    /// </summary>
    public static ImmutableArray<Marker> FindMarkers(
        SourceText text,
        SplitScript whole,
        ImmutableArray<ScriptProblem>.Builder problems,
        ImmutableArray<ScriptProblem>.Builder findings)
    {
        var markers = ImmutableArray.CreateBuilder<Marker>();
        var next = 0; // the first statement after the comment
        var inTransaction = false;
        foreach (var comment in whole.LineComments)
        {
            for (; next < whole.Statements.Length && whole.Statements[next].Start < comment.Start; next++)
                inTransaction = IsOpenAfter(whole.Statements[next].Kind, inTransaction);

            var kind = SectionMarker.Read(text.Bytes.Slice(comment.Start, comment.Length), out var isDown);
            if (kind is MarkerKind.None || !IsAloneOnItsLine(text.Bytes, comment.Start))
                continue;

            var word = isDown ? "DOWN" : "UP";
            if (inTransaction)
            {
                if (kind is MarkerKind.Marker)
                    ReportInTransaction(word, isLost: !isDown && markers is [{ IsDown: true }]);
            }
            else if (kind is MarkerKind.Doubtful)
            {
                (next < whole.Statements.Length ? problems : findings).Add(text.Problem(
                    comment.Start,
                    $"this comment begins with {word} but is no section marker: the colon is missing",
                    $"Write \"-- {word}:\" if the section begins here, or begin the comment with another word."));
            }
            else if (markers.Any(marker => marker.IsDown == isDown))
            {
                problems.Add(text.Problem(
                    comment.Start, $"a second {word} marker", $"Keep one -- {word}: line; the sections of one kind must stand together."));
            }
            else if (next > 0 && IsInside(comment, whole.Statements[next - 1]) && !SqlCommands.EndsStatementBefore(text.Bytes, comment.End, whole.Statements[next - 1].End))
            {
                problems.Add(text.Problem(
                    comment.Start,
                    $"this {word} marker stands inside a statement: no semicolon ends the one before it",
                    $"End the statement with a semicolon; or, if the section does not begin here, begin the comment with another word than {word}."));
            }
            else
            {
                markers.Add(new Marker(comment.Start, comment.End, isDown));
            }

            void ReportInTransaction(string word, bool isLost) => (isLost ? problems : findings).Add(text.Problem(
                comment.Start,
                $"this {word} stands between BEGIN and COMMIT, so it is read as a comment, not as a section marker",
                $"If the {word} section begins here, put COMMIT; before this line."));
        }

        return markers.DrainToImmutable();
    }

    /// <summary>Cuts the script at its markers. Without an UP marker, everything before DOWN is UP.</summary>
    public static (ScriptSection Up, ScriptSection? Down) Cut(
        SourceText text,
        SplitScript whole,
        ImmutableArray<Marker> markers,
        ScriptExpansion expansion,
        ImmutableArray<ScriptProblem>.Builder problems,
        ImmutableArray<ScriptProblem>.Builder findings)
    {
        if (markers.IsEmpty)
            return (expansion.Apply(ToSection(text, whole, 0, text.Length)), null);

        var up = Read(text, whole, 0, markers[0].Start, expansion);
        ScriptSection? down = null;
        for (var i = 0; i < markers.Length; i++)
        {
            var marker = markers[i];
            var end = i + 1 < markers.Length ? markers[i + 1].Start : text.Length;
            if (marker.IsDown)
                down = ReadDown(text, whole, marker, end, expansion, findings);
            else
                up = ReadUp(text, whole, marker, end, before: up, expansion, problems);
        }

        return (up, down);
    }

    internal static ScriptSection ToSection(SourceText text, SplitScript split, int start, int end) => new(
        text,
        split.Statements,
        start,
        end,
        [.. split.Problems.Select(problem => text.Problem(problem.Offset, problem.Message, problem.Mend))]);

    /// <summary>A section is cut on its own: each runs in its own session, whatever the one before it has SET or left open.</summary>
    private static ScriptSection Read(SourceText text, SplitScript whole, int start, int end, ScriptExpansion expansion) =>
        expansion.Apply(ToSection(text, whole.Part(text.Bytes, start, end), start, end));

    /// <summary>Before the UP marker stand comments and commands of psql; of those, variables are set already.</summary>
    private static ScriptSection ReadUp(
        SourceText text, SplitScript whole, Marker marker, int end, ScriptSection before, ScriptExpansion expansion, ImmutableArray<ScriptProblem>.Builder problems)
    {
        var up = Read(text, whole, marker.End, end, expansion);
        var found = before.Problems.ToBuilder();
        foreach (var statement in before.Statements)
        {
            if (statement.Kind is StatementKind.MetaCommand)
            {
                if (PsqlCommand.Refuse(before.Text.Bytes, statement) is var (message, mend))
                    found.Add(before.Text.Problem(statement.Start, message, mend));
                continue;
            }

            problems.Add(before.Text.Problem(
                statement.Start,
                "this statement stands before the UP marker, so it belongs to no section",
                "Move it below the -- UP: line."));
            if (before.Text == up.Text)
                up = up with { Statements = [.. before.Statements.Where(static other => other.Kind is not StatementKind.MetaCommand), .. up.Statements] };
            break;
        }

        return up with { Problems = [.. found, .. up.Problems] };
    }

    private static ScriptSection? ReadDown(
        SourceText text, SplitScript whole, Marker marker, int end, ScriptExpansion expansion, ImmutableArray<ScriptProblem>.Builder findings)
    {
        var split = whole.Part(text.Bytes, marker.End, end);
        if (split.Statements.Length > 0 || split.Problems.Length > 0)
            return expansion.Apply(ToSection(text, split, marker.End, end));

        var commented = CommentedDown.Read(text, split.LineComments, marker.End, end, expansion, findings);
        if (commented is null && !split.LineComments.IsEmpty)
        {
            findings.Add(text.Problem(
                marker.Start,
                "the DOWN section holds no statement: this migration can't be taken back",
                "Write the statements that take the change back, or leave the DOWN out if there are none."));
        }

        return commented;
    }

    private static bool IsOpenAfter(StatementKind kind, bool wasOpen) => kind switch
    {
        StatementKind.Begin or StatementKind.CommitAndChain => true,
        StatementKind.Commit or StatementKind.Rollback or StatementKind.PrepareTransaction => false,
        _ => wasOpen,
    };

    private static bool IsInside(SqlToken comment, SqlStatement statement) => statement.End > comment.End;

    private static bool IsAloneOnItsLine(ReadOnlySpan<byte> text, int start)
    {
        var lineStart = text[..start].LastIndexOfAny((byte)'\n', (byte)'\r') + 1;
        return !text[lineStart..start].ContainsAnyExcept((byte)' ', (byte)'\t');
    }
}
