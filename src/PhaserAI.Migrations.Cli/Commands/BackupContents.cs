using System.CommandLine;
using PhaserAI.Migrations.Backups;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>The backup that a command is about.</summary>
internal static class BackupContents
{
    public static Argument<string> Argument(string what) => new("backup") { Description = what, HelpName = "NAME" };

    /// <summary>A file that is there, else one of the store: its name, its address or <c>latest</c>.</summary>
    /// <exception cref="BackupFailedException">There is none.</exception>
    /// <param name="call">The call.</param>
    /// <param name="name">What was typed.</param>
    /// <param name="store">The store.</param>
    /// <param name="of">Of which database and environment <c>latest</c> is; null means any.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static Task<BackupContent> FindAsync(Call call, string name, IBackupStore store, (string Database, string? Environment)? of, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(name, call.Host.CurrentDirectory);
        return File.Exists(path) ? BackupContent.OfFileAsync(path, cancellationToken) : BackupContent.OfStoreAsync(store, name, of, cancellationToken);
    }
}
