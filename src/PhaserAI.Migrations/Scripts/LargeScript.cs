using System.Text;
using System.Text.Unicode;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Scripts;

/// <summary>
/// Reads a large file without the large data of its COPY statements: a dump of any size then takes a few MB of memory. The
/// data are found by their looks, which may deceive (a string may hold the words COPY … FROM stdin); so the text without
/// them is cut into statements, and counts only if each hole in it is where the splitter expects the data of a COPY. Up to
/// the first hole both texts are the same, so there the splitter would read these very data; and so on from hole to hole.
/// </summary>
internal static class LargeScript
{
    private const int LargeFile = 8 * 1024 * 1024;

    // More than what is stored of a section: a section with a hole never is.
    private const int LargeData = 1024 * 1024 + 1;

    private readonly record struct Found(long Start, long Length, long Lines);

    /// <summary>The file's text with holes; null when it is to be read as a whole.</summary>
    /// <exception cref="IOException">It can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static SourceText? TryRead(FileInfo file, string label)
    {
        if (file.Length < LargeFile)
            return null;
        var (length, written) = (file.Length, file.LastWriteTimeUtc);
        using var stream = file.OpenRead();
        var data = FindData(stream);
        if (data.Count == 0 || length - data.Sum(found => found.Length) > Array.MaxLength)
            return null;
        stream.Position = 0;
        var text = Read(stream, length, data, file.FullName, label);
        file.Refresh();
        return text is not null && file.Length == length && file.LastWriteTimeUtc == written && IsRight(text) ? text : null;
    }

    /// <summary>None when the file is not in order: the whole text then tells why.</summary>
    private static List<Found> FindData(Stream stream)
    {
        var found = new List<Found>();
        var lines = new LineReader(stream);
        long? start = null;
        var count = 0L;
        for (var position = 0L; lines.TryRead(out var line); position = lines.Position)
        {
            if (!Utf8.IsValid(line) || line.Contains((byte)0))
                return [];
            if (start is null)
            {
                if (BeginsData(line))
                    (start, count) = (lines.Position, 0);
                continue;
            }

            if (CopyDataLines.IsEnd(line))
            {
                if (position - start.Value >= LargeData)
                    found.Add(new Found(start.Value, position - start.Value, count));
                start = null;
            }

            count++;
        }

        return start is null && !lines.IsTooLong ? found : [];
    }

    /// <summary>Whether the line looks like the end of a COPY … FROM stdin.</summary>
    private static bool BeginsData(ReadOnlySpan<byte> line)
    {
        var stdin = line.IndexOf("stdin"u8);
        if (stdin < 0)
            stdin = line.IndexOf("STDIN"u8);
        if (stdin < 0 || !line[stdin..].Contains((byte)';') || line.TrimStart(" \t"u8).StartsWith("--"u8))
            return false;
        var before = line[..stdin].TrimEnd(" \t"u8);
        return before.EndsWith("from"u8) || before.EndsWith("FROM"u8);
    }

    private static SourceText? Read(FileStream stream, long length, List<Found> data, string path, string label)
    {
        var kept = new byte[length - data.Sum(found => found.Length)];
        var used = 0;
        var holes = new List<CopyHole>(data.Count);
        using var whole = new Digest();
        foreach (var found in data.Append(new Found(length, 0, 0)))
        {
            var text = kept.AsSpan(used, (int)(found.Start - stream.Position));
            if (stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false) < text.Length)
                return null;
            whole.Append(used == 0 && text.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text);
            used += text.Length;
            if (found.Length > 0)
                holes.Add(new CopyHole(used, path, found.Start, found.Length, found.Lines, Pass(stream, found.Length, whole)));
        }

        return new SourceText(label, kept, holes, whole.Finish());
    }

    /// <summary>Reads over data; their hash.</summary>
    private static string Pass(Stream stream, long length, Digest whole)
    {
        using var digest = new Digest();
        var buffer = new byte[64 * 1024];
        while (length > 0 && stream.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, length))) is var read and > 0)
        {
            digest.Append(buffer.AsSpan(0, read));
            whole.Append(buffer.AsSpan(0, read));
            length -= read;
        }

        return digest.Finish();
    }

    private static bool IsRight(SourceText text)
    {
        var expected = new HashSet<int>();
        foreach (var statement in StatementSplitter.Split(text.Bytes, 0, text.Length).Statements)
        {
            if (statement is { Kind: StatementKind.CopyFromStdin, DataLength: 0 })
                expected.Add(statement.DataStart);
        }

        return text.Holes.All(hole => expected.Contains(hole.Offset));
    }
}
