using System.CommandLine;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>new NAME</c>.</summary>
internal static class NewCommand
{
    public static Command Create(CommandLine line)
    {
        var name = new Argument<string[]>("name") { Description = "What the migration does: add_word_notes, or \"add word notes\".", Arity = ArgumentArity.OneOrMore };
        var command = new Command("new", "Create a migration file from the template; prints its path.") { name };
        line.Handle(command, async (call, cancellationToken) =>
        {
            var title = string.Join(' ', call.Parsed.GetValue(name)!);
            call.Reporter.Created(await NewMigration.CreateAsync(call, title, cancellationToken));
            return ExitCode.Done;
        },
        new("new add_word_notes", "Makes YYYYMMDD_HHMMSS_add_word_notes.sql."),
        new("new \"Add notes to words\"", "Words work too."));
        return command;
    }
}
