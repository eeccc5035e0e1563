using System.Text;
using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Imports;

/// <summary>
/// Makes a script here of another tool's: a header that says where it comes from, and the sections' markers. Of the SQL nothing is
/// changed but what the markers need: the last statement of UP gets its semicolon, and comments that would be read as markers
/// are indented.
/// </summary>
internal static class ScriptConversion
{
    /// <summary>The key in the header that says where a script comes from.</summary>
    public const string HeaderKey = "Imported-From";

    /// <summary>What the header says: tool, version, file.</summary>
    public static string Origin(ImportTool tool, string version, string? file) =>
        $"{tool.ToString().ToLowerInvariant()} {version} ({file ?? "no SQL file"})";

    /// <summary>The version that a header names; null when it is another tool's.</summary>
    public static string? ReadOrigin(ImportTool tool, string? header) =>
        header?.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries) is [var name, var version, ..] && name.Equals(tool.ToString(), StringComparison.OrdinalIgnoreCase)
            ? version
            : null;

    /// <summary>The script of a file, or what is wrong with the file.</summary>
    public static (byte[]? Script, ScriptProblem? Problem) Convert(ImportTool tool, ForeignFile file)
    {
        try
        {
            var content = WithoutMark(File.ReadAllBytes(file.Path));
            var origin = Origin(tool, file.Version, file.Name);
            if (tool is not ImportTool.Dbmate)
            {
                var undo = file.Undo is { } back ? WithoutMark(File.ReadAllBytes(back.Path)) : [];
                var isAutocommit = file.ConfPath is { } settings && File.ReadLines(settings).Any(IsAutocommit);
                return (Join(origin, isAutocommit, content, undo), null);
            }

            if (DbmateSections.TryRead(content) is not { } sections)
                return (null, new ScriptProblem(file.Label, 0, 0, "there is no line -- migrate:up, or -- migrate:down comes first", "Mend the file as dbmate wants it, or move it away."));
            var isEither = !sections.UpInTransaction || !sections.DownInTransaction;
            return (Join(
                origin,
                isEither,
                isEither && sections.UpInTransaction ? InTransaction(sections.Up) : sections.Up,
                isEither && sections.DownInTransaction ? InTransaction(sections.Down) : sections.Down), null);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return (null, new ScriptProblem(file.Label, 0, 0, $"the file can't be read: {failure.Message}", "Make it readable."));
        }
    }

    /// <summary>
    /// The script of a migration whose SQL nobody has: a database that does not have it must not be taken for one that does.
    /// </summary>
    public static byte[] Stub(ImportTool tool, string version)
    {
        var what = $"{version}, which {ForeignFolder.NameOf(tool)} has applied elsewhere";
        return Encoding.UTF8.GetBytes($"""
            -- {HeaderKey}: {Origin(tool, version, null)}
            -- Description: Applied by {ForeignFolder.NameOf(tool)}; its SQL is not here

            -- UP:
            DO $stub$
            BEGIN
              RAISE EXCEPTION 'the SQL of {what.Replace("'", "''", StringComparison.Ordinal)}, is not in this file'
                USING HINT = 'Write it here in place of this block. Databases that have the migration already: repair --reason.';
            END
            $stub$;

            """.ReplaceLineEndings("\n"));
    }

    private static byte[] Join(string origin, bool isAutocommit, byte[] up, byte[] down)
    {
        var script = new MemoryStream();
        Write($"-- {HeaderKey}: {origin}\n{(isAutocommit ? "-- Transaction: none\n" : "")}\n-- UP:\n");
        var hasDown = !StatementSplitter.Split(down, 0, down.Length).Statements.IsEmpty;
        script.Write(Indented(hasDown ? Ended(up) : up));
        EndLine();
        if (hasDown)
            Write("\n-- DOWN:\n");
        script.Write(Indented(down));
        EndLine();
        return script.ToArray();

        void Write(string text) => script.Write(Encoding.UTF8.GetBytes(text));

        void EndLine()
        {
            if (script.GetBuffer()[script.Length - 1] != '\n')
                Write("\n");
        }
    }

    /// <summary>A marker must not stand inside a statement.</summary>
    private static byte[] Ended(byte[] sql)
    {
        var statements = StatementSplitter.Split(sql, 0, sql.Length).Statements;
        if (statements.IsEmpty || statements[statements.Length - 1] is not { Kind: not (StatementKind.MetaCommand or StatementKind.CopyFromStdin) } last)
            return sql;
        var rest = new TokenReader(sql, last.End, sql.Length);
        return rest.Read() ? sql : [.. sql[..last.End], (byte)';', .. sql[last.End..]];
    }

    /// <summary>Comments that would be read as markers here get two more dashes.</summary>
    private static byte[] Indented(byte[] sql)
    {
        var at = StatementSplitter.Split(sql, 0, sql.Length).LineComments
            .Where(comment => SectionMarker.Read(sql.AsSpan(comment.Start, comment.Length), out _) is not MarkerKind.None)
            .Select(comment => comment.Start);
        var indented = new MemoryStream();
        var written = 0;
        foreach (var start in at)
        {
            indented.Write(sql.AsSpan(written, start - written));
            indented.Write("-- "u8);
            written = start;
        }

        indented.Write(sql.AsSpan(written));
        return indented.ToArray();
    }

    private static byte[] InTransaction(byte[] sql) =>
        StatementSplitter.Split(sql, 0, sql.Length).Statements.IsEmpty ? sql : [.. "BEGIN;\n"u8, .. Ended(sql), .. "\nCOMMIT;\n"u8];

    private static byte[] WithoutMark(byte[] bytes) => bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;

    private static bool IsAutocommit(string line) =>
        line.Replace(" ", "", StringComparison.Ordinal).Equals("executeInTransaction=false", StringComparison.OrdinalIgnoreCase);
}
