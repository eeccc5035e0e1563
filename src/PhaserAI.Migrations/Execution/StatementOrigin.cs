using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Execution;

/// <summary>Where something that was sent to the server comes from.</summary>
/// <param name="Text">The script's text.</param>
/// <param name="Offset">The byte to point at when the server names no position.</param>
/// <param name="Statement">The script's statement; null for one of the runner's own.</param>
internal sealed record StatementOrigin(SourceText Text, int Offset, SqlStatement? Statement);
