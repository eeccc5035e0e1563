using System.Text;

namespace PhaserAI.Migrations.Sql;

/// <summary>
/// psql's own commands in a script. What only shapes psql's output does nothing here; what would change what runs is refused,
/// but for \set, \unset and \i, which are gone before (see ScriptExpansion).
/// </summary>
internal static class PsqlCommand
{
    private const string OwnLine = "Put each command on a line of its own, and SQL on the next line.";
    private const string InSql = "Write it in SQL: DO $$ BEGIN IF … THEN … END IF; END $$;";

    /// <summary>Why a command can't be run, and what to do; null when it does nothing or nothing that counts.</summary>
    public static (string Message, string Mend)? Refuse(ReadOnlySpan<byte> text, SqlStatement statement)
    {
        text = text[..statement.End];
        var command = statement.Command;
        for (var start = statement.Start; ;)
        {
            if (!IsHarmless(command))
                return Explain(command);
            var arguments = new PsqlArguments(text, start + Encoding.UTF8.GetByteCount(command), new PsqlVariables());
            var read = new List<string>();
            while (arguments.TryRead(out var argument, dropSemicolons: true))
                read.Add(argument);
            if (arguments.Problem is { } problem)
                return ($"{command} can't be read: {problem}", "Remove it, or correct its quotes.");
            if (command is @"\encoding" && read is [var encoding, ..] && !IsUtf8(encoding))
                return ($"the script is sent in UTF-8, and this would have the server read it as {encoding}", "Remove it, and save the file as UTF-8.");
            if (command is @"\o" or @"\out" && read is [not "/dev/null", ..])
                return ($"{command} would write to a file or a program", "Remove it: what queries return is shown.");
            if (command is @"\c" or @"\connect" && ReadDatabase(read) is null && read is not [])
                return ($"{command} would go on as another user or on another server", "Remove it: a migration is one database's. SET ROLE changes the role.");
            if (!arguments.HasRest)
                return null;

            // \t \a: after a backslash psql goes on with another command, or with SQL behind \\.
            start = arguments.Position;
            command = StatementSplitter.CommandName(text[start..]);
            if (!IsHarmless(command) || command is @"\c" or @"\connect")
                return ($"behind {statement.Command}, {(command == @"\" ? "SQL" : command)} is not read", OwnLine);
        }
    }

    /// <summary>The database that <c>\connect</c> names; null when it stays where it is.</summary>
    public static string? DatabaseOf(ReadOnlySpan<byte> text, SqlStatement statement)
    {
        if (statement.Command is not (@"\c" or @"\connect"))
            return null;
        var arguments = new PsqlArguments(text[..statement.End], statement.Start + statement.Command.Length, new PsqlVariables());
        var read = new List<string>();
        while (arguments.TryRead(out var argument, dropSemicolons: true))
            read.Add(argument);
        return ReadDatabase(read) is { Length: > 0 } database ? database : null;
    }

    /// <summary>A name, or empty for the same database; null when the arguments name a user or a server.</summary>
    private static string? ReadDatabase(List<string> arguments)
    {
        var rest = arguments.AsEnumerable();
        if (arguments is [var reuse, ..] && reuse.StartsWith("-reuse-previous=", StringComparison.Ordinal))
            rest = rest.Skip(1);
        var database = rest.FirstOrDefault("-").Replace("\"", "", StringComparison.Ordinal);
        if (rest.Skip(1).Any(argument => argument != "-"))
            return null;

        // pg_dump writes a name with odd characters as -reuse-previous=on "dbname='it\'s'".
        if (database.StartsWith("dbname='", StringComparison.Ordinal) && database.EndsWith('\''))
            return database["dbname='".Length..^1].Replace(@"\'", "'", StringComparison.Ordinal).Replace(@"\\", @"\", StringComparison.Ordinal);
        if (database.Contains('=', StringComparison.Ordinal) || database.Contains("://", StringComparison.Ordinal))
            return null;
        return database == "-" ? "" : database;
    }

    private static bool IsUtf8(string encoding) =>
        string.Concat(encoding.Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant() is "UTF8" or "UNICODE";

    private static bool IsHarmless(string command) => command is
        @"\timing" or @"\echo" or @"\qecho" or @"\warn" or @"\restrict" or @"\unrestrict" or @"\pset" or @"\x" or @"\a" or @"\t"
        or @"\H" or @"\html" or @"\f" or @"\C" or @"\T" or @"\o" or @"\out" or @"\p" or @"\print" or @"\encoding" or @"\c" or @"\connect"
        or @"\conninfo" or @"\copyright" or @"\errverbose" or @"\h" or @"\help" or @"\?" or @"\l" or @"\l+" or @"\list" or @"\z"
        || command.StartsWith(@"\d", StringComparison.Ordinal) || command.StartsWith(@"\sf", StringComparison.Ordinal)
        || command.StartsWith(@"\sv", StringComparison.Ordinal);

    private static (string Message, string Mend) Explain(string command) => command switch
    {
        @"\if" or @"\elif" or @"\else" or @"\endif" =>
            ($"{command} of psql would decide only during the run what is run", InSql),
        @"\gexec" => (@"\gexec of psql would run what the query returns", "Run it in SQL: DO $$ … FOR s IN SELECT … LOOP EXECUTE s; END LOOP; … $$;"),
        @"\gset" => (@"\gset of psql would set variables only during the run", @"Use a variable of a DO block; or write \set with the value, above."),
        @"\g" or @"\gx" or @"\crosstabview" or @"\gdesc" or @"\watch" =>
            ($"{command} of psql sends the statement in a way of its own", "End the statement with a semicolon instead."),
        @"\;" => (@"\; of psql sends two statements as one", "Write a semicolon alone."),
        @"\." => (@"this \. ends no data: there is no COPY … FROM stdin above it", "Remove it, or correct the COPY."),
        @"\copy" => (@"\copy of psql reads or writes files of the client", "Write COPY … FROM stdin; and the data below it, up to a line \\."),
        @"\!" => (@"\! of psql would run a program", "Remove it, and run the program before or after the migrations."),
        @"\q" or @"\quit" => ($"what stands below {command} of psql would not run", "Remove it, and what is not to run."),
        @"\lo_import" or @"\lo_export" or @"\lo_unlink" =>
            ($"{command} of psql works on files of the client", "Call the server's functions: lo_from_bytea(), lo_get(), lo_unlink()."),
        @"\password" or @"\prompt" => ($"{command} of psql asks a person", "Write it in SQL."),
        @"\getenv" or @"\setenv" => ($"{command} of psql would make the script depend on the machine that runs it", @"Write \set with the value."),
        @"\set" or @"\unset" or @"\i" or @"\ir" or @"\include" or @"\include_relative" =>
            ($"{command} is not read here", OwnLine),
        _ => ($"{command} is a command of psql, not of PostgreSQL, and is not supported", "Remove it, or write what it does in SQL."),
    };
}
