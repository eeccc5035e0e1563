namespace PhaserAI.Migrations.Sql;

/// <summary>One statement of a script, as offsets: its text is made only when it is sent or shown.</summary>
/// <param name="Start">Byte offset of its first token that is neither white space nor comment.</param>
/// <param name="Length">Bytes up to the end of its last such token; the closing semicolon is not part of it.</param>
/// <param name="Kind">What it means for the transaction.</param>
/// <param name="ReturnsRows">Whether it may answer with rows that a person wants to see: SELECT, SHOW, EXPLAIN, … RETURNING.</param>
/// <param name="Command">What it is, in capitals, for messages: <c>CREATE INDEX CONCURRENTLY</c>, <c>VACUUM</c>.</param>
/// <param name="DataStart">For COPY … FROM STDIN: byte offset of its first data line; else 0.</param>
/// <param name="DataLength">For COPY … FROM STDIN: bytes of its data, without the <c>\.</c> line; else 0.</param>
internal readonly record struct SqlStatement(
    int Start, int Length, StatementKind Kind, bool ReturnsRows, string Command, int DataStart = 0, int DataLength = 0)
{
    public int End => Start + Length;
}
