using System.Collections.Immutable;
using System.Text;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// Reads pg_dump's SQL as it passes: counts the rows of each COPY, and takes out the few lines that would break the frame
/// (<see cref="DumpFrame"/>). A line is overwritten with a comment of its own length, so nothing moves.
/// </summary>
/// <param name="serverMajor">The server's major version.</param>
internal sealed class DumpText(int serverMajor)
{
    /// <summary>No line that is looked at is longer: 1,600 columns with names of 63 bytes.</summary>
    public const int LongestLine = 256 * 1024;

    private readonly ImmutableArray<TableRows>.Builder _tables = ImmutableArray.CreateBuilder<TableRows>();
    private Place _place;
    private bool _isMidLine;
    private long _rows;
    private string? _table;
    private bool _isHead = true;

    private enum Place
    {
        /// <summary>Anywhere in the SQL.</summary>
        Statements,

        /// <summary>After the comment that announces a table's data, before its COPY.</summary>
        BeforeCopy,

        /// <summary>In the name of a COPY that goes over lines.</summary>
        InCopy,

        /// <summary>In the data.</summary>
        Data,

        /// <summary>After the comment that announces large objects, before their BEGIN.</summary>
        BeforeLargeObjects,

        /// <summary>Between the BEGIN and the COMMIT of large objects.</summary>
        LargeObjects,
    }

    /// <summary>The tables so far.</summary>
    public ImmutableArray<TableRows> Tables => _tables.ToImmutable();

    /// <summary>Whether the text ends where a dump may end.</summary>
    public bool IsWhole => _place is Place.Statements && !_isMidLine;

    /// <summary>Reads on. What it answers can be passed on; the rest, an unfinished line, is to come again with what follows it.</summary>
    public int Read(Span<byte> text, bool isEnd)
    {
        var start = 0;
        while (text[start..].IndexOf((byte)'\n') is var length and >= 0)
        {
            var line = text.Slice(start, length);
            if (_isMidLine)
                _isMidLine = false; // its beginning was seen
            else
                Read(line is [.., (byte)'\r'] ? line[..^1] : line); // on Windows
            start += length + 1;
        }

        if (!isEnd && text.Length - start < LongestLine)
            return start;
        if (text.Length > start && !_isMidLine)
        {
            _isMidLine = true;
            _rows++; // of a table, or of nothing
        }

        return text.Length;
    }

    private void Read(Span<byte> line)
    {
        switch (_place)
        {
            case Place.Data:
                if (line is [(byte)'\\', (byte)'.'])
                    EndTable();
                else
                    _rows++;
                return;
            case Place.BeforeCopy when line.StartsWith("COPY "u8):
                _table = Encoding.UTF8.GetString(line);
                _place = Place.InCopy;
                BeginData();
                return;
            case Place.InCopy:
                _table += "\n" + Encoding.UTF8.GetString(line);
                BeginData();
                return;
            case Place.BeforeLargeObjects when line.SequenceEqual("BEGIN;"u8):
                // They come in a transaction of their own (pg_backup_null.c), whose COMMIT would end ours.
                "-- in;"u8.CopyTo(line);
                _place = Place.LargeObjects;
                return;
            case Place.LargeObjects when line.SequenceEqual("COMMIT;"u8):
                "-- out;"u8.CopyTo(line);
                _place = Place.Statements;
                return;
        }

        if (line is not [(byte)'-', (byte)'-', ..])
        {
            // pg_dump from 17 on sets what older servers don't have.
            if (_isHead && serverMajor < 17 && line.SequenceEqual("SET transaction_timeout = 0;"u8))
                "--"u8.CopyTo(line);
        }
        else if (line.StartsWith("-- Data for Name: "u8) && line.IndexOf("; Type: "u8) >= 0)
        {
            _isHead = false;
            _place = line.IndexOf("; Type: TABLE DATA;"u8) >= 0 ? Place.BeforeCopy : line.IndexOf("; Type: BLOBS;"u8) >= 0 ? Place.BeforeLargeObjects : Place.Statements;
        }
        else if (line.StartsWith("-- Name: "u8))
        {
            _isHead = false;
            if (_place is Place.BeforeCopy or Place.BeforeLargeObjects)
                _place = Place.Statements;
        }
    }

    /// <summary><c>COPY public.words (id, word) FROM stdin;</c>, or <c>COPY public.empty  FROM stdin;</c> without any column.</summary>
    private void BeginData()
    {
        if (!_table!.EndsWith(" FROM stdin;", StringComparison.Ordinal))
            return;
        _table = NameOf(_table["COPY ".Length..]);
        _place = Place.Data;
        _rows = 0;
    }

    private void EndTable()
    {
        _tables.Add(new TableRows(_table!, _rows));
        _place = Place.Statements;
    }

    /// <summary>Up to the first space that is not in a quoted name.</summary>
    private static string NameOf(string text)
    {
        var isQuoted = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"')
                isQuoted = !isQuoted;
            else if (text[i] == ' ' && !isQuoted)
                return text[..i];
        }

        return text;
    }
}
