using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>What <c>doctor</c> has found.</summary>
/// <param name="Environment">dev, test, staging or prod.</param>
/// <param name="Database">The database in words; null when none is known.</param>
/// <param name="Findings">In the order of the checks; a check may have found more than one thing.</param>
/// <param name="Elapsed">What that took.</param>
internal sealed record DoctorReport(string Environment, string? Database, ImmutableArray<CheckedFinding> Findings, TimeSpan Elapsed)
{
    public int Count(CheckState state) => Findings.Count(found => found.Finding.State == state);
}

/// <summary>A finding, and the check that it is of.</summary>
internal sealed record CheckedFinding(string Group, string Check, Finding Finding);
