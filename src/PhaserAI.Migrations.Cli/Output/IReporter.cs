using System.Text.Json.Nodes;
using PhaserAI.Migrations.Backups;
using PhaserAI.Migrations.Cli.Doctor;
using PhaserAI.Migrations.Cli.Settings;
using PhaserAI.Migrations.Imports;
using PhaserAI.Migrations.Rehearsals;

namespace PhaserAI.Migrations.Cli.Output;

/// <summary>Shows results: as text for people, or as one JSON document a call for programs.</summary>
internal interface IReporter : IProgress<MigrationEvent>
{
    /// <summary>Where the database is and whose rules apply; before anything is done.</summary>
    void Target(TargetInfo target);

    /// <summary>A line that is not part of the result: a server is being started.</summary>
    void Note(string text);

    void Status(MigrationStatus status);

    void List(MigrationStatus status);

    void Plan(MigrationPlan plan);

    void Validated(ValidationReport report);

    /// <summary>What <c>baseline</c>, <c>repair</c> or <c>reset-history</c> has written, or would write.</summary>
    void Changed(HistoryPlan plan, bool isDryRun);

    /// <summary>What <c>import</c> has taken over, or would.</summary>
    void Imported(ImportPlan plan, bool isDryRun);

    void History(HistoryLog log);

    /// <summary>What a store has, newest last.</summary>
    void Backups(string store, IReadOnlyList<StoredBackup> backups);

    void Settings(SettingsReport report);

    /// <summary>What <c>doctor</c> has found.</summary>
    void Diagnosed(DoctorReport report);

    /// <summary>What a rehearsal has shown.</summary>
    /// <param name="report">The report.</param>
    /// <param name="longest">How long others may be kept out of a table.</param>
    void Rehearsed(RehearsalReport report, TimeSpan longest);

    void Inspected(IReadOnlyList<InspectedFile> files);

    /// <summary>How a run ended.</summary>
    void Run(MigrationReport report);

    void Created(string file);

    /// <summary>An answer that is only a sentence, with what it says for programs.</summary>
    void Answer(string sentence, JsonObject document);

    /// <summary>The call failed before there was a result.</summary>
    void Error(CliError error);
}
