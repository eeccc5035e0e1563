using System.Text;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Which statement of a script made a function that the server names.</summary>
internal static class RoutineSignature
{
    /// <summary>The last of the statements that made it; of several functions of that name, one that takes these arguments.</summary>
    public static SqlStatement? FindMaker(ReadOnlySpan<byte> text, IEnumerable<SqlStatement> statements, ErrorFrame frame)
    {
        SqlStatement? named = null;
        SqlStatement? exact = null;
        foreach (var statement in statements)
        {
            if (statement.Command is not ("CREATE FUNCTION" or "CREATE PROCEDURE") || !TryReadHead(text, statement, frame.Name, out var parameters))
                continue;
            named = statement;
            if (frame.Arguments is null || Takes(parameters, frame.Arguments))
                exact = statement;
        }

        return exact ?? named;
    }

    private static bool TryReadHead(ReadOnlySpan<byte> text, SqlStatement statement, string name, out List<string> parameters)
    {
        parameters = [];
        var reader = new TokenReader(text, statement.Start, statement.End);
        while (reader.Read())
        {
            if (!reader.IsWord("function"u8) && !reader.IsWord("procedure"u8))
                continue;
            if (!reader.TryReadQualifiedName(out var made) || made != name)
                return false;
            if (reader.TryReadCharacter('('))
                parameters = ReadParameters(reader);
            return true;
        }

        return false;
    }

    /// <summary>Each parameter as "name type", in the server's names of types; what only comes out is left out.</summary>
    private static List<string> ReadParameters(TokenReader reader)
    {
        var parameters = new List<string>();
        var parameter = new StringBuilder();
        var isSkipped = false;
        for (var depth = 1; depth > 0 && reader.Read();)
        {
            if (reader.Current.Kind is SqlTokenKind.OpenParenthesis)
                depth++;
            else if (reader.Current.Kind is SqlTokenKind.CloseParenthesis)
                depth--;
            if (depth == 0 || (depth == 1 && reader.IsCharacter(',')))
            {
                if (parameter.Length > 0)
                    parameters.Add(parameter.ToString());
                parameter.Clear();
                isSkipped = false;
            }
            else if (reader.IsWord("out"u8) || reader.IsWord("default"u8) || reader.IsCharacter('='))
            {
                // Of "a integer DEFAULT 1" the default is no part of the type, of "OUT a integer" nothing counts.
                isSkipped = true;
            }
            else if (!isSkipped && depth == 1 && reader.Current.Kind is not SqlTokenKind.CloseParenthesis)
            {
                Append(parameter, reader);
            }
        }

        return parameters;
    }

    private static void Append(StringBuilder parameter, TokenReader reader)
    {
        if (reader.Current.Kind is not (SqlTokenKind.Word or SqlTokenKind.QuotedIdentifier))
        {
            parameter.Append(Encoding.UTF8.GetString(reader.CurrentText));
            return;
        }

        var word = Encoding.UTF8.GetString(reader.CurrentText).ToLowerInvariant();
        if (word is "in" or "inout" or "variadic")
            return;
        if (parameter.Length > 0 && parameter[^1] != '.')
            parameter.Append(' ');
        parameter.Append(ServerName(word));
    }

    private static bool Takes(List<string> parameters, string arguments)
    {
        var types = arguments.Length == 0 ? [] : arguments.Split(',');
        if (types.Length != parameters.Count)
            return false;
        for (var i = 0; i < types.Length; i++)
        {
            if (parameters[i] != types[i] && !parameters[i].EndsWith(" " + types[i], StringComparison.Ordinal))
                return false;
        }

        return true;
    }

    // format_type.c
    private static string ServerName(string type) => type switch
    {
        "int" or "int4" => "integer",
        "int8" => "bigint",
        "int2" => "smallint",
        "varchar" => "character varying",
        "char" => "character",
        "bool" => "boolean",
        "float" or "float8" => "double precision",
        "float4" => "real",
        "decimal" => "numeric",
        "timestamptz" => "timestamp with time zone",
        "timetz" => "time with time zone",
        _ => type,
    };
}
