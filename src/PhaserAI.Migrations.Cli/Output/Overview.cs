using System.CommandLine;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>The commands in groups, in the order in which people need them: what the tool prints when it is called with nothing, and the list of its help.</summary>
internal static class Overview
{
    private static readonly (string Title, (string Name, string Meaning)[] Commands)[] Groups =
    [
        ("Write and run migrations",
        [
            ("new", "make a migration file from the template"),
            ("plan", "show each statement that up would run"),
            ("up", "apply what is pending"),
            ("down", "roll back the last migration, or everything after a version"),
            ("rehearse", "try what is pending on a copy of the database"),
        ]),
        ("See where things stand",
        [
            ("status", "what is applied, what is pending"),
            ("list", "the same, a line for each migration"),
            ("validate", "compare files, history and database"),
            ("history", "what was done, by whom, and how it ended"),
            ("inspect", "how the tool reads an SQL file"),
        ]),
        ("Mend the history",
        [
            ("import", "take over what another tool has applied"),
            ("baseline", "say what the database has already"),
            ("repair", "record edited files, or one migration, as they are"),
            ("reset-history", "say of every file that it is applied (dev and test)"),
        ]),
        ("Back up", [("backup", "create, list, verify, restore, prune")]),
        ("Set up",
        [
            ("doctor", "check everything, and say what to do"),
            ("settings", "every setting, its value and where that comes from"),
            ("dev", "the development database: start, stop, psql"),
            ("completion", "complete commands and versions in bash and zsh"),
        ]),
    ];

    /// <summary>The commands that there are, in groups; one that no group names is in the last.</summary>
    public static IEnumerable<(string Title, (Command Command, string Meaning)[] Commands)> Of(Command root)
    {
        var known = root.Subcommands.ToDictionary(command => command.Name, StringComparer.Ordinal);
        foreach (var (title, commands) in Groups)
        {
            var there = commands.Where(entry => known.ContainsKey(entry.Name)).Select(entry => (known[entry.Name], entry.Meaning)).ToArray();
            if (there.Length > 0)
                yield return (title, there);
        }

        var named = Groups.SelectMany(group => group.Commands, (_, entry) => entry.Name).ToHashSet(StringComparer.Ordinal);
        var others = root.Subcommands.Where(command => !named.Contains(command.Name)).Select(command => (command, command.Description ?? "")).ToArray();
        if (others.Length > 0)
            yield return ("More", others);
    }

    /// <summary>A screen for somebody who does not know yet what to type.</summary>
    public static void Write(TextWriter writer, Style style, Command root, string commandName)
    {
        writer.WriteLine("Versioned SQL files for PostgreSQL: applied in order, each in its own transaction, and rolled back again.");
        writer.WriteLine();
        writer.WriteLine($"{style.Bold("Usage:")} {commandName} COMMAND [options]");
        var groups = Of(root).ToArray();
        var width = groups.Max(group => group.Commands.Max(entry => entry.Command.Name.Length));
        foreach (var (title, commands) in groups)
        {
            writer.WriteLine();
            writer.WriteLine(style.Bold(title + ":"));
            foreach (var (command, meaning) in commands)
                writer.WriteLine($"  {command.Name.PadRight(width)}  {meaning}");
        }

        writer.WriteLine();
        writer.WriteLine($"{commandName} COMMAND --help says more of a command, {commandName} --help all there is to say.");
    }
}
