namespace PhaserAI.Migrations.Sql;

/// <summary>Why a text can't be cut into statements, and where.</summary>
/// <param name="Offset">Byte offset into the text.</param>
/// <param name="Message">One sentence without position: what is wrong.</param>
/// <param name="Mend">What to do about it.</param>
internal readonly record struct SqlProblem(int Offset, string Message, string Mend);
