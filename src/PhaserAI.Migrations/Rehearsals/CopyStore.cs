using System.Collections.Immutable;
using System.ComponentModel;
using Npgsql;
using PhaserAI.Migrations.Backups;

namespace PhaserAI.Migrations.Rehearsals;

/// <summary>A store that keeps nothing: what a backup writes into it goes to psql, which loads it into a database.</summary>
/// <param name="psql">The program.</param>
/// <param name="options">What it runs with.</param>
/// <param name="copy">The database: new, and empty.</param>
internal sealed class CopyStore(string psql, BackupOptions options, NpgsqlConnectionStringBuilder copy) : IBackupStore
{
    public string Address => copy.Database!;

    public string AddressOf(string name) => Address;

    public Task<BackupUpload> CreateAsync(string name, CancellationToken cancellationToken) =>
        Task.FromResult<BackupUpload>(BackupName.IsManifest(name) ? new Unread() : new Loading(psql, options, copy));

    public Task<ImmutableArray<StoredObject>> ListAsync(CancellationToken cancellationToken) => Task.FromResult<ImmutableArray<StoredObject>>([]);

    public Task<Stream> OpenAsync(string name, CancellationToken cancellationToken) => Task.FromResult(Stream.Null);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Nobody asks for the manifest of a copy.</summary>
    private sealed class Unread : BackupUpload
    {
        public override Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task CompleteAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class Loading : BackupUpload
    {
        private readonly ClientCall _psql;
        private readonly Task _reading;

        public Loading(string program, BackupOptions options, NpgsqlConnectionStringBuilder copy)
        {
            try
            {
                _psql = new ClientCall(program, ["--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1"], options, copy);
            }
            catch (Exception refused) when (refused is Win32Exception or IOException or UnauthorizedAccessException)
            {
                throw Failed($"{program} can't be started: {refused.Message}", refused);
            }

            _reading = _psql.Output.CopyToAsync(Stream.Null); // what setval answers
        }

        public override async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            try
            {
                await _psql.Input.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
            }
            catch (IOException broken)
            {
                // It has ended, and says why.
                throw Failed(await _psql.WaitAsync(cancellationToken).ConfigureAwait(false) ?? broken.Message, broken);
            }
        }

        public override async Task CompleteAsync(CancellationToken cancellationToken)
        {
            _psql.Input.Close();
            if (await _psql.WaitAsync(cancellationToken).ConfigureAwait(false) is { } failure)
                throw Failed(failure);
        }

        public override async ValueTask DisposeAsync()
        {
            await _psql.DisposeAsync().ConfigureAwait(false);
            await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static BackupFailedException Failed(string why, Exception? cause = null) =>
        new($"no copy was made: {why}", "The source was only read. Mend what it says, and run the command again.", cause);
}
