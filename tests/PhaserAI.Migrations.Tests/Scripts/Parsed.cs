using System.Text;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Tests.Scripts;

/// <summary>Scripts as tests write them: a text in, its statements out.</summary>
internal static class Parsed
{
    public static ParsedScript Script(string text) => Script(Encoding.UTF8.GetBytes(text));

    public static ParsedScript Script(byte[] bytes) => ScriptParser.Parse(new SourceText("script.sql", bytes));

    /// <summary>The exact texts of a section's statements; none when there is no section.</summary>
    public static string[] Statements(ScriptSection? section) => section is null
        ? []
        : [.. section.Statements.Select(statement => section.Text.GetString(statement.Start, statement.Length))];

    public static string[] Down(string text) => Statements(Script(text).Down);

    /// <summary>A DOWN section whose lines are written as comments, and the section that is read from it.</summary>
    public static ScriptSection? CommentedDown(params string[] lines) =>
        Script("CREATE TABLE a ();\n\n-- DOWN: Rollback changes\n" + string.Join('\n', lines.Select(line => "-- " + line)) + "\n").Down;
}
