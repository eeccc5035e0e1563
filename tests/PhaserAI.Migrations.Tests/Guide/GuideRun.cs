using System.Collections.Immutable;

namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>How a block of the guide is run.</summary>
/// <param name="Block">The block's number.</param>
/// <param name="Around">What its test puts around it: where it runs, what stands in for what, and what comes of it.</param>
/// <param name="Substitutions">What is changed in it; nothing when it runs literally.</param>
internal sealed record GuideRun(int Block, string Around, params ImmutableArray<Substitution> Substitutions);

/// <summary>Words of a block that are replaced before it runs.</summary>
/// <param name="From">As they stand in the guide.</param>
/// <param name="To">What runs instead.</param>
/// <param name="Reason">Why they can't run.</param>
internal sealed record Substitution(string From, string To, string Reason);
