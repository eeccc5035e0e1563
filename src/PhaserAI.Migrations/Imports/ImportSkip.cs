namespace PhaserAI.Migrations.Imports;

/// <summary>A row or a file of the other tool that is not taken over.</summary>
/// <param name="Name">What it is called there.</param>
/// <param name="Why">Why: a part of a sentence.</param>
public sealed record ImportSkip(string Name, string Why);
