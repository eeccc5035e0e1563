using System.ComponentModel;
using Npgsql;
using PhaserAI.Migrations.Execution;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// Makes backups: pg_dump's output goes straight into the store, no temporary file between. What is there in the end is whole; of a
/// backup that fails nothing is there.
/// </summary>
public sealed class BackupWriter(BackupOptions options, IProgress<MigrationEvent>? progress = null)
{
    private const int ChunkSize = 1024 * 1024;

    /// <summary>Makes a backup of the database as it is now.</summary>
    /// <param name="format">How it is written.</param>
    /// <param name="withOwners">Whether it says whose each object is and who may do what with it; else all belongs to whoever restores it.</param>
    /// <param name="cancellationToken">Ends it; nothing is left.</param>
    /// <exception cref="ConnectionFailedException">There is no connection.</exception>
    /// <exception cref="BackupFailedException">pg_dump is not there, is too old or fails, or the store refuses.</exception>
    public async Task<BackupManifest> CreateAsync(BackupFormat format = BackupFormat.Plain, bool withOwners = true, CancellationToken cancellationToken = default)
    {
        var connection = await MigrationConnection.OpenAsync(options.ConnectionString, options.Login, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            try
            {
                var manifest = await CreateAsync(connection, format, withOwners, cancellationToken).ConfigureAwait(false);
                if (options.IsLogged)
                    await BackupLog.AddAsync(connection, options, options.HistorySchema, "backup", options.Store.AddressOf(manifest.Name), null).ConfigureAwait(false);
                return manifest;
            }
            catch (PostgresException refused) when (!cancellationToken.IsCancellationRequested)
            {
                throw Failed($"the server refused: {refused.MessageText} [{refused.SqlState}]", refused);
            }
        }
    }

    private async Task<BackupManifest> CreateAsync(NpgsqlConnection connection, BackupFormat format, bool withOwners, CancellationToken cancellationToken)
    {
        var programs = await PostgresPrograms.FindAsync(
            "pg_dump", connection.PostgreSqlVersion.Major, $"the server is PostgreSQL {BackupSource.VersionOf(connection)}", options, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var source = await BackupSource.OpenAsync(connection, options, cancellationToken).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                try
                {
                    return await CreateAsync(source, programs, format, withOwners, cancellationToken).ConfigureAwait(false);
                }
                catch (BackupNameTakenException)
                {
                    // Another run has begun in the same second. The next one is another name.
                }
            }

            var untilNext = TimeSpan.FromMilliseconds(1000 - options.TimeProvider.GetUtcNow().Millisecond);
            await Task.Delay(untilNext, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<BackupManifest> CreateAsync(
        BackupSource source, PostgresPrograms programs, BackupFormat format, bool withOwners, CancellationToken cancellationToken)
    {
        var created = options.TimeProvider.GetUtcNow();
        var name = BackupName.Of(created, format);
        var manifest = new BackupManifest
        {
            Name = name,
            Format = format is BackupFormat.Plain ? "plain" : "custom",
            Database = source.Database,
            SchemaVersion = source.SchemaVersion,
            HistorySchema = source.SchemaVersion is null ? null : source.History.Schema,
            ServerVersion = source.ServerVersion,
            DumpVersion = programs.Version,
            Tool = options.Tool,
            CreatedAt = created,
            Environment = options.Environment,
            GitCommit = options.GitCommit,
            Bytes = 0,
            Sha256 = "",
            Tables = [],
        };

        // Begun first, because a plain and a custom backup of the same second would share it.
        var beside = await options.Store.CreateAsync(BackupName.ManifestOf(name), cancellationToken).ConfigureAwait(false);
        await using (beside.ConfigureAwait(false))
        {
            var upload = await options.Store.CreateAsync(name, cancellationToken).ConfigureAwait(false);
            await using (upload.ConfigureAwait(false))
            {
                var meter = new Meter(options.Store.AddressOf(name), "backing up to", 0, options.TimeProvider, progress);
                using var hashed = new HashedUpload(upload, meter);
                manifest = await DumpAsync(source, programs, manifest, format, withOwners, hashed, cancellationToken).ConfigureAwait(false);
                await upload.CompleteAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    await beside.WriteAsync(ManifestText.Write(manifest), cancellationToken).ConfigureAwait(false);
                    await beside.CompleteAsync(cancellationToken).ConfigureAwait(false);
                }
                catch
                {
                    await options.Store.DeleteAsync(name, CancellationToken.None).ConfigureAwait(false);
                    throw;
                }

                progress?.Report(new BackupMade(name, options.Store.AddressOf(name), manifest.Bytes, manifest.Sha256, meter.Elapsed));
            }
        }

        return manifest;
    }

    private async Task<BackupManifest> DumpAsync(
        BackupSource source, PostgresPrograms programs, BackupManifest manifest, BackupFormat format, bool withOwners, HashedUpload upload, CancellationToken cancellationToken)
    {
        List<string> arguments = [$"--snapshot={source.Snapshot}", "--no-password", "--lock-wait-timeout=60s", $"--format={manifest.Format}"];
        if (!source.IsAscii)
            arguments.Add("--encoding=UTF8");
        if (!withOwners)
            arguments.AddRange(["--no-owner", "--no-privileges"]);
        var text = format is BackupFormat.Plain ? new DumpText(source.ServerMajor) : null;
        var dump = await StartAsync(programs.Program("pg_dump"), arguments, cancellationToken).ConfigureAwait(false);
        await using (dump.ConfigureAwait(false))
        {
            using var ending = cancellationToken.Register(dump.End);
            try
            {
                if (text is not null)
                    await upload.WriteAsync(DumpFrame.BeginOf(manifest, options), cancellationToken).ConfigureAwait(false);
                await PumpAsync(dump, text, upload, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception broken) when (broken is IOException or ObjectDisposedException)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw Failed($"pg_dump can't be read: {broken.Message}", broken);
            }

            if (await dump.WaitAsync(CancellationToken.None).ConfigureAwait(false) is { } failure)
            {
                await IsCancelledAsync(cancellationToken).ConfigureAwait(false);
                throw Failed(failure);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (text is { IsWhole: false })
            throw Failed("pg_dump's output ends in the middle of a table");
        if (text is not null)
            await upload.WriteAsync(DumpFrame.End, cancellationToken).ConfigureAwait(false);
        return manifest with
        {
            Tables = text?.Tables ?? await source.CountAsync(cancellationToken).ConfigureAwait(false),
            Bytes = upload.Bytes,
            Sha256 = upload.Finish(),
        };
    }

    /// <summary>While one chunk goes into the store, pg_dump fills the next.</summary>
    private static async Task PumpAsync(ClientCall dump, DumpText? text, HashedUpload upload, CancellationToken cancellationToken)
    {
        var (current, next) = (new byte[ChunkSize], new byte[ChunkSize]);
        var reading = FillAsync(dump.Output, current.AsMemory());
        var kept = 0;
        while (true)
        {
            var count = await reading.ConfigureAwait(false);
            dump.ForgetPassword(); // it has connected, or it has ended
            var isEnd = kept + count < current.Length;
            var ready = text?.Read(current.AsSpan(0, kept + count), isEnd) ?? kept + count;
            var all = kept + count;
            kept = all - ready;
            current.AsSpan(ready, kept).CopyTo(next);
            reading = isEnd ? Task.FromResult(0) : FillAsync(dump.Output, next.AsMemory(kept));
            try
            {
                await upload.WriteAsync(current.AsMemory(0, ready), cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                dump.End();
                await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            if (isEnd)
                return;
            (current, next) = (next, current);
        }
    }

    /// <summary>
    /// Fills the memory, or reads to the end. On a thread that may wait: pg_dump writes 4 kB at a time, and an asynchronous read for
    /// each took as long as the dump itself (measured).
    /// </summary>
    private static Task<int> FillAsync(Stream from, Memory<byte> memory) => Task.Run(() =>
    {
        var filled = 0;
        while (filled < memory.Length && from.Read(memory.Span[filled..]) is var count and > 0)
            filled += count;
        return filled;
    });

    /// <summary>Ctrl-C reaches pg_dump as soon as this process, and perhaps sooner than its cancellation.</summary>
    private async Task IsCancelledAsync(CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromMilliseconds(200), options.TimeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task<ClientCall> StartAsync(string program, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var address = await options.ReadAddressAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return new ClientCall(program, arguments, options, address);
        }
        catch (Exception refused) when (refused is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw Failed($"{program} can't be started: {refused.Message}", refused);
        }
    }

    private static BackupFailedException Failed(string why, Exception? cause = null) =>
        new($"no backup was made: {why}", "Nothing of it was kept, and nothing was changed. Mend what it says, and run the command again.", cause);
}
