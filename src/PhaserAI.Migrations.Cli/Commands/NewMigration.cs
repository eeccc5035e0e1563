using System.Diagnostics;
using System.Globalization;
using System.Text;
using PhaserAI.Migrations.Cli.Settings;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>Writes a migration file whose version is now, in UTC, and later than every other in the folder.</summary>
internal static class NewMigration
{
    private const int LongestSlug = 100;
    private const int FileExistsOnUnix = 17;
    private const int FileExistsOnWindows = unchecked((int)0x80070050);

    public static async Task<string> CreateAsync(Call call, string title, CancellationToken cancellationToken)
    {
        title = OneLine(title);
        var slug = Slug(title);
        if (slug.Length == 0)
            throw new UsageException($"\"{title}\" gives no file name", $"Name the migration with letters or digits: {call.Host.CommandName} new add_word_notes.");
        var folder = call.Settings.Migrations;
        var label = ProjectFolder.Shorten(folder, call.Host.CurrentDirectory);
        try
        {
            Directory.CreateDirectory(folder);
            var author = await AuthorAsync(call, cancellationToken);
            for (var moment = call.Host.TimeProvider.GetUtcNow(); ; moment = moment.AddSeconds(1))
            {
                var previous = Newest(folder);
                moment = Later(moment, previous);
                var name = $"{MigrationVersion.From(moment)}_{slug}.sql";
                if (await TryWriteAsync(folder, name, Template(title, author, moment, previous), cancellationToken))
                    return Path.Combine(label, name);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the file can't be written to {label}: {failure.Message}", "Check the folder, or name another with --migrations.");
        }
    }

    /// <summary>
    /// Whether the version was still free. Two calls in the same second see each other only through the file system: who
    /// makes the claim has the version, for as long as it takes to look and to write. A claim that a killed call left
    /// behind costs a second of the timestamp, no more.
    /// </summary>
    private static async Task<bool> TryWriteAsync(string folder, string name, string text, CancellationToken cancellationToken)
    {
        var version = name[..MigrationVersion.Length];
        var claim = Path.Combine(folder, $".{version}.claim");
        try
        {
            await using var claimed = new FileStream(claim, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            if (Directory.EnumerateFiles(folder, $"{version}*").Any())
                return false;
            await using var file = new FileStream(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.Write);
            await file.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
            return true;
        }
        catch (IOException taken) when (taken.HResult is FileExistsOnUnix or FileExistsOnWindows)
        {
            return false;
        }
    }

    /// <summary>A clock that lags, or files from the future, must not make the new migration out of order.</summary>
    private static DateTimeOffset Later(DateTimeOffset moment, string? previous)
    {
        if (previous is null || string.CompareOrdinal(previous, MigrationVersion.From(moment).ToString()) < 0)
            return moment;
        return DateTime.TryParseExact(
            previous[..MigrationVersion.Length], "yyyyMMdd_HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var newest)
            && newest < DateTime.MaxValue.AddDays(-1)
            ? new DateTimeOffset(newest.AddSeconds(1), TimeSpan.Zero)
            : throw new UsageException(
                $"{previous} is the newest migration, and its version is no date that another could follow",
                "Give that file a timestamp that is a date in UTC: YYYYMMDD_HHMMSS.");
    }

    private static string OneLine(string title) => string.Join(' ', title.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static string? Newest(string folder) => Directory.EnumerateFiles(folder, "*.sql")
        .Select(file => Path.GetFileName(file)!)
        .Where(name => MigrationDirectory.TryReadName(name, out _))
        .Max(StringComparer.Ordinal);

    private static string Slug(string title)
    {
        var slug = new StringBuilder();
        foreach (var c in WithoutExtension(title).Normalize().ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(c))
                slug.Append(c);
            else if (slug.Length > 0 && slug[^1] != '_')
                slug.Append('_');
        }

        return slug.ToString(0, Math.Min(slug.Length, LongestSlug)).Trim('_');
    }

    private static string WithoutExtension(string title) =>
        title.EndsWith(".sql", StringComparison.OrdinalIgnoreCase) ? title[..^4] : title;

    private static async Task<string> AuthorAsync(Call call, CancellationToken cancellationToken)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", ["config", "user.name"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                WorkingDirectory = call.Settings.Project.Path,
            });
            var name = (await git!.StandardOutput.ReadToEndAsync(cancellationToken)).Trim();
            if (name.Length > 0)
                return name;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no git: the user's name will do.
        }

        return Environment.UserName;
    }

    private static string Template(string title, string author, DateTimeOffset moment, string? previous)
    {
        var words = WithoutExtension(title).Replace('_', ' ').Trim();
        var heading = char.ToUpperInvariant(words[0]) + words[1..];
        return $"""
            -- Migration: {heading}
            -- Author: {author}
            -- Date: {moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}
            -- Description: {heading}
            -- Dependencies: {previous ?? "None"}

            -- UP: Apply changes
            BEGIN;

            -- Your schema changes here

            COMMIT;

            -- DOWN: Rollback changes
            -- BEGIN;
            -- -- The statements that take the changes back, newest first
            -- COMMIT;

            """;
    }
}
