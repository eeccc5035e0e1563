using PhaserAI.Migrations.Scripts;
using PhaserAI.Migrations.Sql;

namespace PhaserAI.Migrations.Planning;

/// <summary>An object that an applied script has created and nothing has taken away since.</summary>
/// <param name="Object">What it is.</param>
/// <param name="Version">The migration.</param>
/// <param name="Text">The script.</param>
/// <param name="Statement">The statement in it.</param>
internal sealed record CreatedObject(DatabaseObject Object, string Version, SourceText Text, SqlStatement Statement);
