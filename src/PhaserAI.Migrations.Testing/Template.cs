using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace PhaserAI.Migrations.Testing;

/// <summary>
/// The database that all tests' databases are copies of, named after a hash of the scripts. It is made under a name of the run and renamed
/// when it is done: a killed run leaves no half of one under the name that others look for.
/// </summary>
internal static class Template
{
    /// <summary><c>phaserai_template_HASH</c>.</summary>
    public const string Prefix = "phaserai_template_";

    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(200);

    /// <summary>The name of the template, which is there now. Of several processes that need it one makes it, and the others wait.</summary>
    public static async Task<string> EnsureAsync(TestServer server, NpgsqlConnectionStringBuilder address, string directory, string environment)
    {
        // A template can be copied by its owner only.
        var (name, key) = Name(directory, environment, address.Username ?? "");
        // Polled: a session that is blocked in pg_advisory_lock keeps a snapshot, for which CREATE INDEX CONCURRENTLY would wait.
        for (var pause = TimeSpan.FromMilliseconds(10); await server.AskAsync($"select pg_try_advisory_lock({key})").ConfigureAwait(false) is not true; pause = pause < LongestPause ? pause * 2 : LongestPause)
            await Task.Delay(pause).ConfigureAwait(false);
        try
        {
            if (await server.AskAsync($"select true from pg_database where datname = '{name}'").ConfigureAwait(false) is not true)
                await MakeAsync(server, address, name, directory, environment).ConfigureAwait(false);
            await Leftovers.MarkAsUsedAsync(server, name).ConfigureAwait(false);
            return name;
        }
        finally
        {
            await server.ExecuteAsync($"select pg_advisory_unlock({key})").ConfigureAwait(false);
        }
    }

    private static async Task MakeAsync(TestServer server, NpgsqlConnectionStringBuilder address, string name, string directory, string environment)
    {
        var draft = server.NextName();
        await server.ExecuteAsync($"create database {draft} template template0").ConfigureAwait(false);
        try
        {
            var migrator = new Migrator(new MigrationOptions
            {
                ConnectionString = new NpgsqlConnectionStringBuilder(address.ConnectionString) { Database = draft }.ConnectionString,
                Directory = directory,
                Environment = environment,
                Tool = "PhaserAI.Migrations.Testing",
            });
            (await migrator.UpAsync().ConfigureAwait(false)).EnsureSucceeded();
            // A database to which somebody is connected can't be copied. The name comes last: what has it is ready.
            await server.ExecuteAsync($"alter database {draft} allow_connections false").ConfigureAwait(false);
            await server.ExecuteAsync($"alter database {draft} rename to {name}").ConfigureAwait(false);
        }
        catch (PostgresException taken) when (taken.SqlState is PostgresErrorCodes.DuplicateDatabase)
        {
            // Made meanwhile by a run that connects to another database of the server, where it has another lock.
            await server.ExecuteAsync($"drop database {draft} with (force)").ConfigureAwait(false);
            return;
        }
        catch
        {
            await server.ExecuteAsync($"drop database if exists {draft} with (force)").ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Of all files in the folder, those that scripts may include too; with the version of the library, which may make other tables.</summary>
    internal static (string Name, long Key) Name(string directory, string environment, string user)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(environment);
        Append(user);
        Append(typeof(Migrator).Module.ModuleVersionId.ToString());
        if (Directory.Exists(directory)) // else the library says what is wrong
        {
            foreach (var file in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                Append(Path.GetRelativePath(directory, file).Replace('\\', '/'));
                using var content = File.OpenRead(file);
                hash.AppendData(SHA256.HashData(content));
            }
        }

        var digest = hash.GetHashAndReset();
        return (Prefix + Convert.ToHexStringLower(digest.AsSpan(0, 10)), BinaryPrimitives.ReadInt64BigEndian(digest));

        void Append(string text)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            hash.AppendData(Encoding.UTF8.GetBytes(bytes.Length.ToString(CultureInfo.InvariantCulture) + ":"));
            hash.AppendData(bytes);
        }
    }
}
