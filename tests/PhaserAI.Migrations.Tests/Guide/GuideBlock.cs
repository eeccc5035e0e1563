namespace PhaserAI.Migrations.Tests.Guide;

/// <summary>A fenced block of the guide.</summary>
/// <param name="Number">From 1, in the order of the page.</param>
/// <param name="Section">The headings above it.</param>
/// <param name="Language">What stands behind the fence; empty when nothing does.</param>
/// <param name="Text">Its lines as they stand there.</param>
internal sealed record GuideBlock(int Number, string Section, string Language, string Text);
