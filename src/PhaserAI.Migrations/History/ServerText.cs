using Npgsql;

namespace PhaserAI.Migrations.History;

/// <summary>
/// Text as the database can store it. One whose encoding is not UTF-8 refuses every other letter (22P05), and a letter in
/// a header must not keep a migration from being recorded.
/// </summary>
/// <param name="encoding">The database's encoding, as PostgreSQL names it.</param>
internal sealed class ServerText(string? encoding)
{
    public static ServerText Of(NpgsqlConnection connection) => new(connection.PostgresParameters.GetValueOrDefault("server_encoding"));

    /// <summary>The text with a question mark for each letter that can't be stored; of other encodings than the usual ones, only ASCII is known to fit.</summary>
    public string Fit(string text) => IsFit(text) ? text : string.Concat(text.Select(letter => IsFit(letter) ? letter : '?'));

    public bool IsFit(string text) => encoding is null or "UTF8" or "SQL_ASCII" || text.All(IsFit);

    // All that Latin-1 has beyond ASCII stands at the same place in Windows-1252.
    private bool IsFit(char letter) => letter < 0x80 || (letter is >= '\xA0' and <= '\xFF' && encoding is "LATIN1" or "WIN1252");
}
