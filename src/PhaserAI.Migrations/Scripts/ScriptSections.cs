using System.Collections.Immutable;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>Finds the UP and DOWN markers of a script and cuts it there.</summary>
internal static class ScriptSections
{
    private const string IrreversibleMend = "Write the statements that take the change back, or leave the DOWN out if there are none.";

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
        var lastStatement = whole.Statements.Length > 0 ? whole.Statements[^1].Start : -1;
        var statement = 0;
        var inTransaction = false;
        foreach (var comment in whole.LineComments)
        {
            for (; statement < whole.Statements.Length && whole.Statements[statement].Start < comment.Start; statement++)
                inTransaction = IsOpenAfter(whole.Statements[statement].Kind, inTransaction);

            var kind = SectionMarker.Read(text.Bytes.Slice(comment.Start, comment.Length), out var isDown);
            if (kind is MarkerKind.None || inTransaction || !IsAloneOnItsLine(text.Bytes, comment.Start))
                continue;

            var word = isDown ? "DOWN" : "UP";
            if (kind is MarkerKind.Doubtful)
            {
                var message = $"this comment begins with {word} but is no section marker: the colon is missing";
                var mend = $"Write \"-- {word}:\" if the section begins here, or begin the comment with another word.";
                if (lastStatement > comment.Start)
                    problems.Add(text.Problem(comment.Start, message, mend));
                else
                    findings.Add(text.Problem(comment.Start, message, mend));
            }
            else if (markers.Any(marker => marker.IsDown == isDown))
            {
                problems.Add(text.Problem(
                    comment.Start, $"a second {word} marker", $"Keep one -- {word}: line; the sections of one kind must stand together."));
            }
            else
            {
                markers.Add(new Marker(comment.Start, comment.End, isDown));
            }
        }

        return markers.DrainToImmutable();
    }

    /// <summary>Cuts the script at its markers. Without an UP marker, everything before DOWN is UP.</summary>
    public static (ScriptSection Up, ScriptSection? Down) Cut(
        SourceText text,
        SplitScript whole,
        ImmutableArray<Marker> markers,
        ImmutableArray<ScriptProblem>.Builder problems,
        ImmutableArray<ScriptProblem>.Builder findings)
    {
        var up = markers.FirstOrDefault(marker => !marker.IsDown, new Marker(0, 0, IsDown: false));
        var upSection = Read(text, whole, up.End, EndOf(up, markers, text.Length));
        var first = markers.Length > 0 ? markers.Min(marker => marker.Start) : 0;
        if (markers.Any(marker => !marker.IsDown)
            && whole.Statements.Length > 0 && whole.Statements[0].Start < first)
        {
            problems.Add(text.Problem(
                whole.Statements[0].Start,
                "this statement stands before the UP marker, so it belongs to no section",
                "Move it below the -- UP: line."));
        }

        foreach (var marker in markers)
        {
            if (marker.IsDown)
                return (upSection, ReadDown(text, whole, marker, EndOf(marker, markers, text.Length), findings));
        }

        return (upSection, null);
    }

    private static ScriptSection? ReadDown(
        SourceText text, SplitScript whole, Marker marker, int end, ImmutableArray<ScriptProblem>.Builder findings)
    {
        var written = Read(text, whole, marker.End, end);
        if (written.Statements.Length > 0 || written.Problems.Length > 0)
            return written;

        var commented = CommentedDown.Read(text, marker.End, end, findings);
        if (commented is null && !text.Bytes[marker.End..end].Trim(" \t\r\n\f\v"u8).IsEmpty)
            findings.Add(text.Problem(marker.Start, "the DOWN section holds no statement: this migration can't be taken back", IrreversibleMend));
        return commented;
    }

    private static ScriptSection Read(SourceText text, SplitScript whole, int start, int end)
    {
        var statements = whole.Statements.Where(statement => statement.Start >= start && statement.Start < end).ToImmutableArray();
        var cutThrough = statements.Length > 0 && statements[^1].End > end
            || whole.Statements.Any(statement => statement.Start < start && statement.End > start);
        if (cutThrough)
        {
            // The section's last statement has no semicolon and went on into the next section.
            var again = StatementSplitter.Split(text.Bytes, start, end);
            return new ScriptSection(text, again.Statements, start, end, ToProblems(text, again.Problems));
        }

        var problems = whole.Problems.Where(problem => problem.Offset >= start && problem.Offset < end);
        return new ScriptSection(text, statements, start, end, ToProblems(text, [.. problems]));
    }

    internal static ImmutableArray<ScriptProblem> ToProblems(SourceText text, ImmutableArray<SqlProblem> problems) =>
        problems.IsEmpty ? [] : [.. problems.Select(problem => text.Problem(problem.Offset, problem.Message, problem.Mend))];

    private static int EndOf(Marker marker, ImmutableArray<Marker> markers, int length)
    {
        foreach (var next in markers)
        {
            if (next.Start > marker.Start)
                return next.Start;
        }

        return marker is { End: 0 } && markers.Length > 0 ? markers[0].Start : length;
    }

    private static bool IsOpenAfter(StatementKind kind, bool wasOpen) => kind switch
    {
        StatementKind.Begin or StatementKind.CommitAndChain => true,
        StatementKind.Commit or StatementKind.Rollback or StatementKind.PrepareTransaction => false,
        _ => wasOpen,
    };

    private static bool IsAloneOnItsLine(ReadOnlySpan<byte> text, int start)
    {
        var lineStart = text[..start].LastIndexOfAny((byte)'\n', (byte)'\r') + 1;
        return !text[lineStart..start].ContainsAnyExcept((byte)' ', (byte)'\t');
    }
}
