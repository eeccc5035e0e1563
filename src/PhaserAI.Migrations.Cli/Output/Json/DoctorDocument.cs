using PhaserAI.Migrations.Cli.Doctor;

namespace PhaserAI.Migrations.Cli.Output.Json;

/// <summary>The answer of <c>doctor</c>. With a problem, the exit code is 8.</summary>
internal sealed record DoctorDocument(string Environment, string? Database, double DurationMs, DoctorSummaryDocument Summary, IReadOnlyList<CheckDocument> Checks)
{
    public static DoctorDocument Of(DoctorReport report) => new(
        report.Environment,
        report.Database,
        report.Elapsed.TotalMilliseconds,
        new DoctorSummaryDocument(report.Count(CheckState.Problem), report.Count(CheckState.Warning), report.Count(CheckState.Ok), report.Count(CheckState.Skipped)),
        [.. report.Findings.Select(found => new CheckDocument(
            found.Group, found.Check, DoctorText.Word(found.Finding.State), found.Finding.Message, found.Finding.Next))]);
}

/// <summary>How many findings there are of each state.</summary>
internal sealed record DoctorSummaryDocument(int Problems, int Warnings, int Ok, int Skipped);

/// <summary>A finding; <c>state</c> is ok, warning, problem or skipped.</summary>
internal sealed record CheckDocument(string Group, string Check, string State, string Message, string? Next);
