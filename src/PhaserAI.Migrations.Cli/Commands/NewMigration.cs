using System.Diagnostics;
using System.Globalization;
using System.Text;
using PhaserAI.Migrations.Cli.Settings;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>Writes a migration file whose version is now, in UTC, and later than every other in the folder.</summary>
internal static class NewMigration
{
    public static async Task<string> CreateAsync(Call call, string title, CancellationToken cancellationToken)
    {
        var slug = Slug(title);
        if (slug.Length == 0)
            throw new UsageException($"\"{title}\" gives no file name", "Name the migration with letters or digits: new add_word_notes.");
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
                var version = MigrationVersion.From(moment);
                var file = Path.Combine(folder, $"{version}_{slug}.sql");
                await WriteNewAsync(file, Template(title, author, moment, previous), cancellationToken);

                // Another call may have taken the same second meanwhile: the file that sorts first keeps it.
                if (!Directory.EnumerateFiles(folder, $"{version}_*.sql").Any(other => string.CompareOrdinal(other, file) < 0))
                    return Path.Combine(label, Path.GetFileName(file));
                File.Delete(file);
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"the file can't be written to {label}: {failure.Message}", "Check the folder, or name another with --migrations.");
        }
    }

    private static async Task WriteNewAsync(string file, string text, CancellationToken cancellationToken)
    {
        var stream = new FileStream(file, FileMode.CreateNew, FileAccess.Write);
        await using (stream)
            await stream.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    /// <summary>A clock that lags, or files from the future, must not make the new migration out of order.</summary>
    private static DateTimeOffset Later(DateTimeOffset moment, string? previous)
    {
        if (previous is null
            || !DateTime.TryParseExact(
                previous[..MigrationVersion.Length], "yyyyMMdd_HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var newest))
        {
            return moment;
        }

        var earliest = new DateTimeOffset(newest.AddSeconds(1), TimeSpan.Zero);
        return moment > earliest ? moment : earliest;
    }

    private static string? Newest(string folder) => Directory.EnumerateFiles(folder, "*.sql")
        .Select(file => Path.GetFileName(file)!)
        .Where(name => MigrationDirectory.TryReadName(name, out _))
        .Max(StringComparer.Ordinal);

    private static string Slug(string title)
    {
        var slug = new StringBuilder();
        foreach (var c in title.Normalize().ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(c))
                slug.Append(c);
            else if (slug.Length > 0 && slug[^1] != '_')
                slug.Append('_');
        }

        var text = slug.ToString().Trim('_');
        return text.EndsWith("_sql", StringComparison.Ordinal) ? text[..^4] : text;
    }

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
        var words = title.Replace('_', ' ').Trim();
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
