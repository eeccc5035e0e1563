using System.Collections.Immutable;

namespace PhaserAI.Migrations.Scripts;

/// <summary>How the tool reads one SQL file.</summary>
/// <param name="Text">The file's text.</param>
/// <param name="Header">Its leading <c>-- Key: value</c> lines.</param>
/// <param name="Up">What <c>up</c> runs.</param>
/// <param name="Down">What <c>down</c> runs; null when the script can't be taken back.</param>
/// <param name="Checksum">SHA-256 of the text.</param>
/// <param name="TokenChecksum">SHA-256 of the tokens, comments and white space aside.</param>
/// <param name="Problems">Why the file as a whole is refused: bad UTF-8, doubtful markers.</param>
/// <param name="Findings">What is worth knowing but stops nothing.</param>
internal sealed record ParsedScript(
    SourceText Text,
    ScriptHeader Header,
    ScriptSection Up,
    ScriptSection? Down,
    string Checksum,
    string TokenChecksum,
    ImmutableArray<ScriptProblem> Problems,
    ImmutableArray<ScriptProblem> Findings);
