namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>A role of one test's own, without any right but to connect. Make it before the database in which it is used.</summary>
internal sealed class TestRole : IAsyncDisposable
{
    private readonly PostgresServer _server;

    private TestRole(PostgresServer server) => _server = server;

    public string Name { get; } = "r_" + Guid.NewGuid().ToString("N");

    public static async Task<TestRole> CreateAsync(PostgresServer server)
    {
        var role = new TestRole(server);
        await server.ExecuteAsync($"CREATE ROLE {role.Name} LOGIN");
        return role;
    }

    /// <summary>A role that can't connect without its password.</summary>
    public static async Task<TestRole> CreateAsync(PostgresServer server, string password)
    {
        var role = new TestRole(server);
        await server.CreateRoleAsync(role.Name, password);
        return role;
    }

    public async ValueTask DisposeAsync() => await _server.ExecuteAsync($"DROP ROLE {Name}");
}
