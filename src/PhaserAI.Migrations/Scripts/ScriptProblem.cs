namespace PhaserAI.Migrations.Scripts;

/// <summary>Something wrong with a script or with the set of scripts, and what to do about it.</summary>
/// <param name="File">The file as the user knows it: a path relative to the current folder, or the folder itself.</param>
/// <param name="Line">1-based line, or 0 when the problem is about the whole file.</param>
/// <param name="Column">1-based column in characters (Unicode code points), or 0.</param>
/// <param name="Message">What is wrong: one sentence.</param>
/// <param name="Mend">What to do next: one sentence.</param>
public sealed record ScriptProblem(string File, int Line, int Column, string Message, string Mend)
{
    /// <summary>The line of the script that <see cref="Line"/> names, for an excerpt; null when there is none.</summary>
    public string? Excerpt { get; init; }
}
