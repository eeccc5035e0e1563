using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace WordsApi;

/// <summary>The words in the database.</summary>
internal static class WordStore
{
    public static async Task<List<Word>> ListAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var words = new List<Word>();
        await using var command = database.CreateCommand("SELECT text, meaning FROM words ORDER BY text");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            words.Add(new Word(reader.GetString(0), reader.GetString(1)));
        return words;
    }

    public static async Task<Results<Created, Conflict<string>>> AddAsync(Word word, NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("INSERT INTO words (text, meaning) VALUES ($1, $2) ON CONFLICT (text) DO NOTHING");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = word.Text });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = word.Meaning });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1
            ? TypedResults.Created((string?)null)
            : TypedResults.Conflict($"There is a word {word.Text} already.");
    }
}
