namespace PhaserAI.Migrations.Scripts;

/// <summary>Data of COPY that were left in their file, because they are large: a text holds only where they stand.</summary>
/// <param name="Offset">The byte of the text before which they belong.</param>
/// <param name="Path">The file.</param>
/// <param name="Start">Their first byte in the file.</param>
/// <param name="Length">How many bytes they are.</param>
/// <param name="Lines">How many lines they are.</param>
/// <param name="Hash">Their SHA-256, as <see cref="Digest"/> takes it.</param>
internal sealed record CopyHole(int Offset, string Path, long Start, long Length, long Lines, string Hash);
