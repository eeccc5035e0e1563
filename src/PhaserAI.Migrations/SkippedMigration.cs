using System.Collections.Immutable;

namespace PhaserAI.Migrations;

/// <summary>A migration that is not meant for the environment.</summary>
/// <param name="Version">Its version.</param>
/// <param name="FileName">Its file.</param>
/// <param name="Environments">What its header names.</param>
public sealed record SkippedMigration(string Version, string FileName, ImmutableArray<string> Environments);
