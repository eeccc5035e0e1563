namespace PhaserAI.Migrations.Imports;

/// <summary>A tool whose history can be taken over.</summary>
public enum ImportTool
{
    /// <summary>Table <c>flyway_schema_history</c>, files <c>V1.1__description.sql</c>.</summary>
    Flyway,

    /// <summary>Table <c>schema_migrations</c>, files <c>20250101120000_description.sql</c> with <c>-- migrate:up</c>.</summary>
    Dbmate,

    /// <summary>
    /// Table <c>__EFMigrationsHistory</c>. Its migrations are C#; scripts of them are read from files <c>MIGRATIONID.sql</c> and
    /// <c>MIGRATIONID.down.sql</c>.
    /// </summary>
    EfCore,
}
