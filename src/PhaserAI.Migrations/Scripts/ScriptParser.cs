using System.Collections.Immutable;
using System.Runtime.InteropServices;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>Reads SQL files as the script format says: header, UP, DOWN, statements.</summary>
internal static class ScriptParser
{
    /// <summary>Reads every file of a directory; files are independent of each other, so this uses all cores.</summary>
    public static ImmutableArray<MigrationScript> ParseAll(ImmutableArray<MigrationFile> files)
    {
        var scripts = new MigrationScript[files.Length];
        if (files.Length < 16)
        {
            for (var i = 0; i < files.Length; i++)
                scripts[i] = Parse(files[i]);
        }
        else
        {
            Parallel.For(0, files.Length, i => scripts[i] = Parse(files[i]));
        }

        return ImmutableCollectionsMarshal.AsImmutableArray(scripts);
    }

    private static MigrationScript Parse(MigrationFile file) => new(file.Version, file.FileName, Parse(file.Text));

    /// <summary>Reads any SQL text; never throws.</summary>
    public static ParsedScript Parse(SourceText text)
    {
        var bytes = text.Bytes;
        var problems = ImmutableArray.CreateBuilder<ScriptProblem>();
        var findings = ImmutableArray.CreateBuilder<ScriptProblem>();
        var invalid = text.FindInvalidUtf8();
        if (invalid >= 0)
        {
            problems.Add(text.Problem(
                invalid,
                $"byte 0x{bytes[invalid]:x2} is not valid UTF-8",
                "Save the file as UTF-8."));
        }

        var whole = StatementSplitter.Split(bytes, 0, bytes.Length);
        var markers = ScriptSections.FindMarkers(text, whole, problems, findings);
        var (up, down) = ScriptSections.Cut(text, whole, markers, problems, findings);
        return new ParsedScript(
            text,
            ScriptHeader.Parse(bytes),
            up,
            down,
            Checksum.OfText(bytes),
            Checksum.OfTokens(bytes, up.Statements, down is not null && down.Text == text ? down.Statements : []),
            problems.DrainToImmutable(),
            findings.DrainToImmutable());
    }
}
