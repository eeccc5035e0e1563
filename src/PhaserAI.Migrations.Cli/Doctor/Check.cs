namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>One thing to look at. It only reads, and takes no lock.</summary>
/// <param name="Group">Under which heading it is shown.</param>
/// <param name="Name">One or two words.</param>
/// <param name="Needs">Why it can't be checked; null when it can.</param>
/// <param name="RunAsync">Looks; what it throws as this tool's own exceptions, or the driver's, is a finding too.</param>
internal sealed record Check(
    string Group, string Name, Func<Examination, string?> Needs, Func<Examination, CancellationToken, Task<IReadOnlyList<Finding>>> RunAsync);
