using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>
/// Scripts are sent in UTF-8. One that tells the server otherwise would have its letters stored as others, without an error
/// (measured: LATIN1 makes é two letters).
/// </summary>
internal static class ClientEncoding
{
    public static IEnumerable<ScriptProblem> Find(ScriptSection section)
    {
        foreach (var statement in section.Statements)
        {
            if (ReadOther(section.Text, statement) is { } encoding)
            {
                yield return section.Text.Problem(
                    statement.Start,
                    $"the script is sent in UTF-8, and this would have the server read it as {encoding}",
                    "Remove it, and save the file as UTF-8.");
            }
        }
    }

    private static string? ReadOther(SourceText text, SqlStatement statement)
    {
        var reader = new TokenReader(text.Bytes, statement.Start, statement.End);
        string? value = null;
        if (statement.Kind is StatementKind.CopyFromStdin)
        {
            value = CopyOptions.Read(text.Bytes, statement).Encoding;
        }
        else if (statement.Command == "SET" && reader.Read())
        {
            if (!reader.TryReadWord("local"u8))
                reader.TryReadWord("session"u8);
            if (reader.TryReadWord("names"u8) || (IsSetting(ref reader) && (reader.TryReadCharacter('=') || reader.TryReadWord("to"u8))))
                value = ReadValue(ref reader);
        }
        else if (statement.Command == "SELECT" && reader.Read()
            && reader.TryReadQualifiedName(out var function) && function == "set_config" && reader.TryReadCharacter('(')
            && reader.TryReadString(out var name) && string.Equals(name, "client_encoding", StringComparison.OrdinalIgnoreCase)
            && reader.TryReadCharacter(',') && reader.TryReadString(out var configured))
        {
            value = configured;
        }

        return value is null || IsUtf8(value) ? null : value;
    }

    private static bool IsSetting(ref TokenReader reader) =>
        reader.TryReadIdentifier(out var name) && string.Equals(name, "client_encoding", StringComparison.OrdinalIgnoreCase);

    private static string? ReadValue(ref TokenReader reader)
    {
        if (reader.TryReadWord("default"u8))
            return null;
        if (reader.TryReadString(out var literal))
            return literal;
        return reader.TryReadIdentifier(out var name) ? name : null;
    }

    // encnames.c: letters and digits count, in any case; UTF8 has the alias Unicode.
    private static bool IsUtf8(string value) =>
        string.Concat(value.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant() is "UTF8" or "UNICODE";
}
