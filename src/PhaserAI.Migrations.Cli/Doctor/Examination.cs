using Npgsql;
using PhaserAI.Migrations.Cli.Commands;
using PhaserAI.Migrations.Cli.Settings;
using PhaserAI.Migrations.History;
using PhaserAI.Migrations.Planning;

namespace PhaserAI.Migrations.Cli.Doctor;

/// <summary>What the checks know so far: each leaves for the later ones what it has found.</summary>
internal sealed class Examination(Call call) : IAsyncDisposable
{
    /// <summary>How long one check may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public Call Call => call;

    public CliHost Host => call.Host;

    public ProjectFolder Project { get; } = ProjectFolder.Find(call.Host);

    /// <summary>The settings with whatever is wrong in them.</summary>
    public SettingReader Reader { get; } = call.OpenSettings(ProjectFolder.Find(call.Host));

    /// <summary>The settings, once they are found to be usable.</summary>
    public CliSettings? Settings { get; set; }

    /// <summary>What the library would be told, once that is known.</summary>
    public MigrationOptions? Options { get; set; }

    /// <summary>The files, once they are read.</summary>
    public ScriptSet? Scripts { get; set; }

    /// <summary>Where the server is; null when none is known.</summary>
    public NpgsqlConnectionStringBuilder? Address { get; set; }

    /// <summary>Why the server can't be asked; null while nothing speaks against it.</summary>
    public string? Unreachable { get; set; }

    public NpgsqlConnection? Connection { get; set; }

    /// <summary>The history's tables, where they can be read.</summary>
    public HistoryTable? History { get; set; }

    public HistorySnapshot? Snapshot { get; set; }

    /// <summary>What <c>up</c> would do; without a history, if nothing were applied.</summary>
    public MigrationPlan? Plan { get; set; }

    /// <summary>How the folder of migrations is called in messages.</summary>
    public string FolderLabel => Settings is null ? "infra/migrations" : ProjectFolder.Shorten(Settings.Migrations, Host.CurrentDirectory);

    public string Tool => Host.CommandName;

    /// <summary>Whether the server is on this machine: nothing of what goes over the network can be read by others.</summary>
    public bool IsLocal => Address?.Host is { } host && (host.StartsWith('/') || host is "localhost" or "::1" || host.StartsWith("127.", StringComparison.Ordinal));

    /// <summary>After a check that has not come to its end, the connection is of no more use.</summary>
    public async Task AbandonConnectionAsync(string why)
    {
        (var lost, Connection, Unreachable) = (Connection, null, why);
        if (lost is not null)
            await lost.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (Connection is not null)
            await Connection.DisposeAsync();
    }
}
