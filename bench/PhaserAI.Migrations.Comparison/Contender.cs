using PhaserAI.Migrations.Comparison.Measuring;

namespace PhaserAI.Migrations.Comparison;

/// <summary>A tool that applies migrations.</summary>
/// <param name="Name">Its name in the tables.</param>
/// <param name="Id">Its name in databases and folders.</param>
/// <param name="Format">How it wants its migrations: a key of MigrationFormat.All.</param>
/// <param name="Up">The call that applies all migrations of a folder to a database behind a port.</param>
internal sealed record Contender(string Name, string Id, string Format, Func<Place, ProgramCall> Up)
{
    /// <summary>The call that reports what is applied and what is not, where the tool has one.</summary>
    public Func<Place, ProgramCall>? Status { get; init; }

    /// <summary>Left out where a run takes long, and run fewer times: it decides no target.</summary>
    public bool IsOnlyCompared { get; init; }
}

/// <summary>What a call works on.</summary>
internal sealed record Place(int Port, string Database, string Folder);
