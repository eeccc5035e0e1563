namespace PhaserAI.Migrations.Sql;

/// <summary>What <see cref="StatementClassifier"/> says of a statement; see the properties of <see cref="SqlStatement"/>.</summary>
internal readonly record struct StatementClass(StatementKind Kind, string Command, bool ReturnsRows = false);
