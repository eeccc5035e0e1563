using System.ComponentModel;
using System.Globalization;
using Npgsql;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Backups;

/// <summary>Puts a backup into an empty database with psql or pg_restore: in one transaction, which commits only when the whole backup was right.</summary>
internal static class RestoreTarget
{
    /// <summary>Makes an empty scratch database of the same form as another.</summary>
    /// <param name="connectionString">Of the database from which it is made and dropped.</param>
    /// <param name="form">Its form.</param>
    /// <param name="purpose">restore or verify.</param>
    /// <param name="content">What it is for.</param>
    /// <param name="options">Whose clock names it.</param>
    /// <param name="progress">Is told what is dropped.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="BackupFailedException">The server refuses.</exception>
    public static async Task<ScratchDatabase> MakeAsync(
        string connectionString, DatabaseForm form, string purpose, BackupContent content, BackupOptions options, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        try
        {
            return await ScratchDatabase.CreateAsync(
                token => MigrationConnection.OpenAsync(connectionString, token), purpose, $"{content.Backup.Name}, restored ({purpose})", [form.Create], options.TimeProvider, progress, cancellationToken).ConfigureAwait(false);
        }
        catch (ScratchRefusedException refused)
        {
            throw new BackupFailedException(
                $"no database can be made to restore into: {refused.Message} [{refused.SqlState}]",
                refused switch
                {
                    { IsMissingRight: true, Message: var message } when form.Tablespace is { } tablespace && message.Contains(tablespace, StringComparison.Ordinal) =>
                        $"Let a superuser run: GRANT CREATE ON TABLESPACE {DatabaseForm.Quote(tablespace)} TO {DatabaseForm.Quote(refused.User)};",
                    { IsMissingRight: true } => $"Let a superuser run: ALTER ROLE {DatabaseForm.Quote(refused.User)} CREATEDB;",
                    _ => "Mend what it says, and run the command again. Nothing was changed.",
                },
                refused.InnerException);
        }
    }

    /// <summary>Restores into the empty database that a connection string names.</summary>
    /// <exception cref="BackupFailedException">The backup is damaged, or the server refuses it; the database is as empty as before.</exception>
    public static async Task FillAsync(
        BackupContent content, string connectionString, bool withOwners, BackupOptions options, IProgress<MigrationEvent>? progress, CancellationToken cancellationToken)
    {
        var address = new NpgsqlConnectionStringBuilder(connectionString);
        var isPlain = content.Format is BackupFormat.Plain;
        var frame = isPlain && !await IsFramedAsync(content, cancellationToken).ConfigureAwait(false);
        if (isPlain && !withOwners)
            throw new BackupFailedException("--no-owner has no effect on a plain backup: whose each object is stands in its text", "Make one with backup create --no-owner, or --format custom.");
        var program = isPlain ? "psql" : "pg_restore";
        var programs = await FindAsync(program, content, options, cancellationToken).ConfigureAwait(false);
        string[] arguments = isPlain
            ? ["-X", "-q", "--no-password", "-v", "ON_ERROR_STOP=1", "-o", OperatingSystem.IsWindows() ? "NUL" : "/dev/null", "-f", "-"]
            : ["--no-password", "--single-transaction", "--exit-on-error", .. withOwners ? (string[])[] : ["--no-owner", "--no-privileges"], $"--dbname=dbname='{Escaped(address.Database ?? "")}'"];
        var call = Start(programs.Program(program), arguments, options, address);
        await using (call.ConfigureAwait(false))
        {
            using var ending = cancellationToken.Register(call.End);
            var draining = call.Output.CopyToAsync(Stream.Null, CancellationToken.None);
            var meter = new Meter(content.Backup.Address, "restoring", content.Backup.Length, options.TimeProvider, progress);
            Func<ReadOnlyMemory<byte>, Task> writeAsync = async bytes => await call.Input.WriteAsync(bytes, CancellationToken.None).ConfigureAwait(false);
            var framed = frame ? new FramedText(writeAsync) : null;
            await BackupStream.PassAsync(content, framed is null ? writeAsync : framed.WriteAsync, meter, cancellationToken).ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (framed is not null)
                await framed.EndAsync().ConfigureAwait(false);
            if (framed is { IsCutOff: true })
                throw new BackupFailedException($"{content.Backup.Address} is cut off: the last line of pg_dump's text is not there", "Nothing of it was kept. Take another backup.");
            CloseInput(call);
            var failure = await call.WaitAsync(CancellationToken.None).ConfigureAwait(false);
            await draining.ConfigureAwait(false);
            cancellationToken.ThrowIfCancellationRequested();
            if (failure is not null)
            {
                throw new BackupFailedException(
                    $"{content.Backup.Address} could not be restored: {failure}",
                    "Nothing of it was kept. Mend what it says; roles that are missing are made with pg_dumpall --globals-only of the server that it comes from.");
            }
        }
    }

    /// <summary>A table, view or sequence that is in a database already; null when it is empty.</summary>
    public static async Task<string?> FindObjectAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand(
            """
            select pg_catalog.format('%I.%I', n.nspname, c.relname)
              from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
             where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
               and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e')
             order by c.relkind not in ('r', 'p'), n.nspname, c.relname
             limit 1
            """,
            connection);
        await using (command.ConfigureAwait(false))
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
    }

    /// <summary>pg_restore can't read the archive of a newer pg_dump; psql has to know what a newer pg_dump writes.</summary>
    private static Task<PostgresPrograms> FindAsync(string program, BackupContent content, BackupOptions options, CancellationToken cancellationToken)
    {
        var version = content.Backup.Manifest?.DumpVersion ?? "";
        _ = int.TryParse(version.Split('.')[0], CultureInfo.InvariantCulture, out var major);
        return PostgresPrograms.FindAsync(program, major, $"{content.Backup.Address} was made by pg_dump {version}", options, cancellationToken);
    }

    /// <summary>A dump that another tool has made has no transaction of its own.</summary>
    private static async Task<bool> IsFramedAsync(BackupContent content, CancellationToken cancellationToken)
    {
        var stream = await content.OpenAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var first = new byte[DumpFrame.Mark.Length];
            var count = await stream.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            return first.AsSpan(0, count).SequenceEqual(DumpFrame.Mark);
        }
    }

    private static ClientCall Start(string program, string[] arguments, BackupOptions options, NpgsqlConnectionStringBuilder address)
    {
        try
        {
            return new ClientCall(program, arguments, options, address);
        }
        catch (Exception refused) when (refused is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new BackupFailedException($"{program} can't be started: {refused.Message}", "Mend what it says, and run the command again. Nothing was changed.", refused);
        }
    }

    private static void CloseInput(ClientCall call)
    {
        try
        {
            call.Input.Close();
        }
        catch (IOException)
        {
            // It has ended; its exit code says why.
        }
    }

    private static string Escaped(string name) => name.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\'", StringComparison.Ordinal);
}
