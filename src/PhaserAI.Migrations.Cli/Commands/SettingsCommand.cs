using System.CommandLine;
using PhaserAI.Migrations.Cli.Settings;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>settings</c>.</summary>
internal static class SettingsCommand
{
    public static Command Create(CommandLine line)
    {
        var command = new Command("settings", "Show every setting with its value and where that comes from, secrets masked. Asks no server.");
        line.Handle(command, (call, _) =>
        {
            var project = ProjectFolder.Find(call.Host);
            var report = SettingsReport.Of(call.Host, project, call.OpenSettings(project));
            call.Reporter.Settings(report);
            return Task.FromResult(report.Problems.IsEmpty ? ExitCode.Done : ExitCode.Usage);
        },
        new("settings", "What a command would work with; exit code 2 when that can't be used."),
        new("settings --environment prod", "The same for prod."),
        new("settings --output json", "For programs."));
        return command;
    }
}
