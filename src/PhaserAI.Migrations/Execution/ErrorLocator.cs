using System.Text;
using System.Text.RegularExpressions;
using Npgsql;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Finds the byte of a script that a server's error speaks of.</summary>
internal static partial class ErrorLocator
{
    /// <summary>
    /// The server's Position counts code points of the statement. Inside DO blocks and functions there is none, but the
    /// context names a line of the body. Otherwise it is the statement's beginning.
    /// </summary>
    /// <param name="refusal">What the server said.</param>
    /// <param name="origin">The statement it said it about.</param>
    /// <param name="before">The statements of the same section: a function may have been made by one of them.</param>
    public static int Locate(PostgresException refusal, StatementOrigin origin, IEnumerable<SqlStatement> before)
    {
        if (origin.Statement is not { } statement)
            return origin.Offset;
        if (refusal.Position > 0)
            return Math.Min(origin.Text.Skip(statement.Start, refusal.Position - 1), statement.End);

        var innermost = true;
        foreach (Match match in ContextLine().Matches(refusal.Where ?? ""))
        {
            var line = int.Parse(match.Groups["line"].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
            var name = match.Groups["name"].Value;
            SqlStatement? maker = name == "inline_code_block" ? statement : FindMaker(origin.Text, before, statement, name);
            if (maker is { } found && FindBody(origin.Text.Bytes, found) is { } body)
                return LocateInBody(origin.Text, body, line, innermost ? refusal : null);
            innermost = false;
        }

        return statement.Start;
    }

    /// <summary>The last statement before the failing one that made the function.</summary>
    private static SqlStatement? FindMaker(SourceText text, IEnumerable<SqlStatement> before, SqlStatement failing, string name)
    {
        var bare = name[(name.LastIndexOf('.') + 1)..].Trim('"');
        SqlStatement? maker = null;
        foreach (var statement in before)
        {
            if (statement.Start >= failing.Start)
                break;
            if (statement.Command is "CREATE FUNCTION" or "CREATE PROCEDURE" && Makes(text.Bytes, statement, bare))
                maker = statement;
        }

        return maker;
    }

    private static bool Makes(ReadOnlySpan<byte> text, SqlStatement statement, string name)
    {
        var reader = new TokenReader(text, statement.Start, statement.End);
        while (reader.Read())
        {
            if (reader.IsWord("function"u8) || reader.IsWord("procedure"u8))
                return reader.TryReadQualifiedName(out var made) && made == name;
        }

        return false;
    }

    /// <summary>The bytes between the quotes of the statement's body.</summary>
    private static (int Start, int End)? FindBody(ReadOnlySpan<byte> text, SqlStatement statement)
    {
        var reader = new TokenReader(text, statement.Start, statement.End);
        (int Start, int End)? quoted = null;
        while (reader.Read())
        {
            var token = reader.Current;
            if (token.Kind is SqlTokenKind.DollarString)
            {
                var tag = text[(token.Start + 1)..].IndexOf((byte)'$') + 2;
                return (token.Start + tag, token.End - tag);
            }

            if (token.Kind is SqlTokenKind.String)
                quoted = (token.Start + text[token.Start..].IndexOf((byte)'\'') + 1, token.End - 1);
        }

        return quoted;
    }

    private static int LocateInBody(SourceText text, (int Start, int End) body, int line, PostgresException? refusal)
    {
        var bytes = text.Bytes;
        var start = body.Start;
        for (var skipped = 1; skipped < line; skipped++)
        {
            var newline = bytes[start..body.End].IndexOf((byte)'\n');
            if (newline < 0)
                return start;
            start += newline + 1;
        }

        start += Math.Max(0, bytes[start..body.End].IndexOfAnyExcept(" \t\r\n"u8));
        if (refusal is { InternalQuery: { Length: > 0 } query, InternalPosition: > 0 })
        {
            var at = bytes[start..body.End].IndexOf(Encoding.UTF8.GetBytes(query));
            if (at >= 0)
                return text.Skip(start + at, refusal.InternalPosition - 1);
        }

        return start;
    }

    [GeneratedRegex(@"^PL/pgSQL function (?<name>""?[^(\n]+?""?)(\([^\n]*\))? line (?<line>\d+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ContextLine();
}
