using PhaserAI.Migrations.Testing;
using WordsApi.Tests;
using Xunit;

[assembly: AssemblyFixture(typeof(WordsDatabases))]

namespace WordsApi.Tests;

/// <summary>The databases of all tests of a run.</summary>
public sealed class WordsDatabases : IAsyncDisposable
{
    private readonly MigratedDatabases _databases = new(DatabaseServer.Find(), "migrations");

    public Task<MigratedDatabase> CreateAsync() => _databases.CreateAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _databases.DisposeAsync();
}
