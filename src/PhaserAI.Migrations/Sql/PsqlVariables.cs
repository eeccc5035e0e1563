using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>psql's variables while a script is read: what <c>\set</c> has set so far.</summary>
internal sealed class PsqlVariables
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public bool IsEmpty => _values.Count == 0;

    public void Set(string name, string value) => _values[name] = value;

    public void Unset(string name) => _values.Remove(name);

    /// <summary>
    /// Reads a reference to a variable whose colon stands at <paramref name="start"/>, and what takes its place; false if
    /// there is none, or if the variable is not set: then the text stays as it is.
    /// </summary>
    public bool TryReplace(ReadOnlySpan<byte> text, int start, out VariableReference reference, out string value)
    {
        value = "";
        if (!VariableReference.TryRead(text, start, out reference))
            return false;
        var found = _values.GetValueOrDefault(reference.Name);
        value = reference.Form switch
        {
            VariableReference.Test => found is null ? "FALSE" : "TRUE",
            VariableReference.Literal => Literal(found ?? ""),
            VariableReference.Identifier => $"\"{found?.Replace("\"", "\"\"", StringComparison.Ordinal)}\"",
            _ => found ?? "",
        };
        return found is not null || reference.Form == VariableReference.Test;
    }

    // libpq, PQescapeLiteral: with a backslash in it, E'…' with a space before it.
    private static string Literal(string value)
    {
        var quoted = value.Replace("'", "''", StringComparison.Ordinal);
        return value.Contains('\\', StringComparison.Ordinal) ? $" E'{quoted.Replace("\\", "\\\\", StringComparison.Ordinal)}'" : $"'{quoted}'";
    }
}

/// <summary>A reference to a variable of psql: <c>:name</c>, <c>:'name'</c>, <c>:"name"</c> or <c>:{?name}</c>.</summary>
/// <param name="Form">The character behind the colon; 0 for <c>:name</c>.</param>
/// <param name="Name">The variable.</param>
/// <param name="End">Where the reference ends in the text.</param>
internal readonly record struct VariableReference(char Form, string Name, int End)
{
    public const char Literal = '\'';
    public const char Identifier = '"';
    public const char Test = '{';

    /// <summary>Whether one begins with the colon at <paramref name="start"/>, which the lexer has found to be a token of its own.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, int start, out VariableReference reference)
    {
        // psqlscan.l, variable_char: a letter, a digit, an underscore or a byte of a character that is not ASCII.
        reference = default;
        var name = start + 1;
        var form = '\0';
        if (name < text.Length && text[name] is (byte)'\'' or (byte)'"' or (byte)'{')
            form = (char)text[name++];
        if (form == Test && (name >= text.Length || text[name++] != '?'))
            return false;
        var end = name;
        while (end < text.Length && SqlCharacters.IsTagPart(text[end]))
            end++;
        if (end == name)
            return false;

        reference = new VariableReference(form, Encoding.UTF8.GetString(text[name..end]), form == '\0' ? end : end + 1);
        return form == '\0' || (end < text.Length && text[end] == (form == Test ? '}' : form));
    }
}
