using System.Net;
using System.Net.Http.Json;
using Npgsql;
using Xunit;

namespace WordsApi.Tests;

/// <summary>What the application does with words.</summary>
public sealed class WordsTests(WordsDatabases databases)
{
    [Fact]
    public async Task A_word_that_was_added_is_listed()
    {
        await using var application = new WordsApplication(await databases.CreateAsync());
        using var client = application.CreateClient();

        await client.PostAsJsonAsync("/words", new Word("ama", "love"), TestContext.Current.CancellationToken);

        Assert.Equal([new Word("ama", "love")], await ListAsync(client));
    }

    [Fact]
    public async Task A_word_is_added_once()
    {
        await using var application = new WordsApplication(await databases.CreateAsync());
        using var client = application.CreateClient();

        var first = await client.PostAsJsonAsync("/words", new Word("ama", "love"), TestContext.Current.CancellationToken);
        var second = await client.PostAsJsonAsync("/words", new Word("ama", "to love"), TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Conflict), (first.StatusCode, second.StatusCode));
        Assert.Equal([new Word("ama", "love")], await ListAsync(client));
    }

    [Fact]
    public async Task No_test_sees_the_words_of_another()
    {
        await using var application = new WordsApplication(await databases.CreateAsync());
        using var client = application.CreateClient();

        Assert.Empty(await ListAsync(client));
    }

    [Fact]
    public async Task The_health_check_is_healthy_when_nothing_is_pending()
    {
        await using var application = new WordsApplication(await databases.CreateAsync());
        using var client = application.CreateClient();

        Assert.Equal("Healthy", await client.GetStringAsync("/health", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_application_migrates_an_older_database_when_it_starts()
    {
        var database = await databases.CreateAsync();
        await using (var connection = new NpgsqlConnection(database.ConnectionString))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var undo = new NpgsqlCommand("DROP TABLE words; DELETE FROM schema_migrations", connection);
            await undo.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await using var application = new WordsApplication(database);
        using var client = application.CreateClient();

        Assert.Empty(await ListAsync(client));
    }

    private static async Task<Word[]> ListAsync(HttpClient client) =>
        await client.GetFromJsonAsync<Word[]>("/words", TestContext.Current.CancellationToken) ?? [];
}
