using System.CommandLine;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>The argument that is a version.</summary>
internal static class Versions
{
    public static Argument<string?> Argument(string help) => new("version")
    {
        Description = help,
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The version, which may be given as a file's name or path; null when there is none.</summary>
    /// <exception cref="UsageException">It is no version.</exception>
    public static MigrationVersion? Read(Call call, Argument<string?> argument)
    {
        return call.Parsed.GetValue(argument) is { } text ? Parse(call, text) : null;
    }

    /// <summary>The same of a text.</summary>
    /// <exception cref="UsageException">It is no version.</exception>
    public static MigrationVersion Parse(Call call, string text)
    {
        return MigrationVersion.TryParsePrefix(Path.GetFileName(text.Trim()), out var version)
            ? version
            : throw new UsageException(
                $"\"{text}\" is no version", $"{VersionGuess.Find(call, text.Trim())}Write it as YYYYMMDD_HHMMSS, for example 20250102_143000; {call.Host.CommandName} list shows all.");
    }
}
