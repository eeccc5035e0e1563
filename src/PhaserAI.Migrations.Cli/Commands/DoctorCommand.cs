using System.CommandLine;
using PhaserAI.Migrations.Cli.Doctor;

namespace PhaserAI.Migrations.Cli.Commands;

/// <summary><c>doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create(CommandLine line)
    {
        var command = new Command("doctor", "Check everything that a run needs, from the settings to the server's locks, and say what to do. Only reads, starts nothing and takes no lock.");
        line.Handle(command, async (call, cancellationToken) =>
        {
            await using var examination = new Examination(call);
            var report = await Examiner.RunAsync(examination, cancellationToken);
            call.Reporter.Diagnosed(report);
            return report.Count(CheckState.Problem) == 0 ? ExitCode.Done : ExitCode.Findings;
        },
        new("doctor", "When something does not work, and before the first run; exit code 8 when there is a problem."),
        new("doctor --environment prod", "What a run in prod would meet."),
        new("doctor --quiet", "Only warnings and problems."),
        new("doctor --output json", "For programs."));
        return command;
    }
}
