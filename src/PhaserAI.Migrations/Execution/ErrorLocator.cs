using System.Text;
using Npgsql;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Finds the byte of a script that a server's error speaks of.</summary>
internal static class ErrorLocator
{
    private const string Select = "SELECT ";

    /// <summary>
    /// The server's Position counts code points of the statement. Inside DO blocks and functions there is none, but the
    /// context names a line of the body. Otherwise it is the statement's beginning.
    /// </summary>
    /// <param name="refusal">What the server said.</param>
    /// <param name="origin">The statement it said it about.</param>
    /// <param name="statements">The statements of the section: a function may have been made by one of them.</param>
    public static int Locate(PostgresException refusal, StatementOrigin origin, IEnumerable<SqlStatement> statements)
    {
        if (origin.IsHistory)
            return origin.Offset;
        if (origin.Statement is { } failing && refusal.Position > 0)
            return Math.Min(origin.Text.Skip(failing.Start, refusal.Position - 1), failing.End);

        var text = origin.Text.Bytes;
        var frames = ErrorFrame.Read(refusal.Where).ToArray();
        var before = frames.Length == 0 ? [] : statements.TakeWhile(statement => statement.Start <= origin.Offset).ToArray();
        for (var i = 0; i < frames.Length; i++)
        {
            var maker = frames[i].Name == ErrorFrame.DoBlock
                ? DoBlockOf(origin, frames, i)
                : RoutineSignature.FindMaker(text, before, frames[i]);
            if (maker is { } made && RoutineText.Find(text, made) is { } body)
                return body.ToScript(LocateInBody(body, frames[i], i == 0 ? refusal : null));
        }

        return origin.Offset;
    }

    /// <summary>
    /// The line of its data at which a COPY failed, as the server counts lines: COPY t, line 2, column a: "x". Null when it
    /// names none, or failed in a function of the script.
    /// </summary>
    /// <param name="refusal">What the server said.</param>
    /// <param name="origin">The statement it said it about.</param>
    /// <param name="located">What <see cref="Locate"/> found.</param>
    public static long? FindDataLine(PostgresException refusal, StatementOrigin origin, int located) =>
        origin.Statement is { Kind: StatementKind.CopyFromStdin } copy && located == origin.Offset && refusal.Position == 0
            ? ErrorFrame.ReadCopyLine(refusal.Where, CopyOptions.Read(origin.Text.Bytes, copy).Table)
            : null;

    /// <summary>The failing statement, if this frame is it: a DO block run by EXECUTE has the same name, but stands further in.</summary>
    private static SqlStatement? DoBlockOf(StatementOrigin origin, ErrorFrame[] frames, int index) =>
        origin.Statement is { Command: "DO" } && Array.FindLastIndex(frames, frame => frame.Name == ErrorFrame.DoBlock) == index
            ? origin.Statement
            : null;

    /// <param name="body">The function's body.</param>
    /// <param name="frame">Where the server was in it.</param>
    /// <param name="refusal">The error, if it arose in this function and not in one that it called.</param>
    private static int LocateInBody(RoutineText body, ErrorFrame frame, PostgresException? refusal)
    {
        var position = refusal?.InternalPosition ?? 0;
        if (frame.IsSql)
            return position > 0 ? body.Skip(0, position - 1) : StatementOf(body, frame.Number);

        var start = body.FindLine(frame.Number);
        if (position == 0 || refusal?.InternalQuery is not { Length: > 0 } query)
            return start;
        if (body.Find(Encoding.UTF8.GetBytes(query), start) is var whole and >= 0)
            return body.Skip(whole, position - 1);

        // PERFORM f(), and before PostgreSQL 14 every expression, is run with a SELECT that is not in the body.
        if (!query.StartsWith(Select, StringComparison.Ordinal) || body.Bytes.AsSpan(start).StartsWith("EXECUTE"u8))
            return start;
        return body.Find(Encoding.UTF8.GetBytes(query[Select.Length..]), start) is var rest and >= 0
            ? body.Skip(rest, position - 1 - Select.Length)
            : start;
    }

    private static int StatementOf(RoutineText body, int number)
    {
        var statements = StatementSplitter.Split(body.Bytes, 0, body.Bytes.Length).Statements;
        return number > 0 && number <= statements.Length ? statements[number - 1].Start : 0;
    }
}
