using System.Collections.Immutable;

namespace PhaserAI.Migrations;

/// <summary>How a file differs from what was applied. Secrets in it are masked.</summary>
/// <param name="Version">The migration.</param>
/// <param name="File">Its file as the user knows it.</param>
/// <param name="Lines">Unified hunks; empty when there is nothing to compare. Long differences are cut.</param>
/// <param name="Note">What keeps the difference from being shown as a whole; null when nothing does.</param>
public sealed record ScriptDifference(string Version, string File, ImmutableArray<string> Lines, string? Note);
