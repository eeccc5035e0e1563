using System.CommandLine;
using PhaserAI.Migrations.Scripts;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary>The version argument of <c>up</c>, <c>down</c> and <c>plan</c>.</summary>
internal static class Versions
{
    public static Argument<string?> Argument(string help) => new("version")
    {
        Description = help,
        Arity = ArgumentArity.ZeroOrOne,
    };

    /// <summary>The version, which may be given as a file's name; null when there is none.</summary>
    /// <exception cref="UsageException">It is no version.</exception>
    public static MigrationVersion? Read(ParseResult parsed, Argument<string?> argument)
    {
        if (parsed.GetValue(argument) is not { } text)
            return null;
        return MigrationVersion.TryParsePrefix(Path.GetFileName(text), out var version)
            ? version
            : throw new UsageException($"\"{text}\" is no version", "Write it as YYYYMMDD_HHMMSS, for example 20250102_143000; the command list shows all.");
    }
}
