using System.Collections.Immutable;
using System.Runtime.InteropServices;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>Reads SQL files as the script format says: header, UP, DOWN, statements.</summary>
internal static class ScriptParser
{
    private const int WorthAllCores = 16;

    /// <summary>The scripts of a directory; files are independent of each other, so this uses all cores.</summary>
    public static ImmutableArray<MigrationScript> ReadAll(ImmutableArray<MigrationFile> files, IncludeFolder includes)
    {
        var scripts = new MigrationScript[files.Length];
        ForEach(files.Length, i => scripts[i] = new MigrationScript(files[i], includes));
        return ImmutableCollectionsMarshal.AsImmutableArray(scripts);
    }

    /// <summary>Parses scripts whose statements are going to be needed, on all cores.</summary>
    public static void ParseAll(IReadOnlyList<MigrationScript> scripts) => ForEach(scripts.Count, i => _ = scripts[i].Parsed);

    private static void ForEach(int count, Action<int> action)
    {
        if (count >= WorthAllCores)
        {
            Parallel.For(0, count, action);
            return;
        }

        for (var i = 0; i < count; i++)
            action(i);
    }

    /// <summary>Reads any SQL text; never throws.</summary>
    /// <param name="text">The script.</param>
    /// <param name="includes">Where the files are that it includes; null when it can't include any.</param>
    public static ParsedScript Parse(SourceText text, IncludeFolder? includes = null)
    {
        var bytes = text.Bytes;
        var problems = ImmutableArray.CreateBuilder<ScriptProblem>();
        var findings = ImmutableArray.CreateBuilder<ScriptProblem>();
        if (FindBadByte(text) is { } bad)
            problems.Add(bad);

        var whole = StatementSplitter.Split(bytes, 0, bytes.Length);
        var markers = ScriptSections.FindMarkers(text, whole, problems, findings);
        var expansion = new ScriptExpansion(includes);
        var (up, down) = ScriptSections.Cut(text, whole, markers, expansion, problems, findings);
        return new ParsedScript(
            text,
            ScriptHeader.Parse(bytes),
            up,
            down,
            Checksum.OfText(text, expansion.Included),
            Checksum.OfTokens(up, down),
            problems.DrainToImmutable(),
            findings.DrainToImmutable());
    }

    /// <summary>The first byte of a text that is not UTF-8; null when there is none.</summary>
    public static ScriptProblem? FindBadByte(SourceText text) => text.FindInvalidUtf8() is var invalid and >= 0
        ? text.Problem(invalid, $"byte 0x{text.Bytes[invalid]:x2} is not valid UTF-8", "Save the file as UTF-8.")
        : null;
}
