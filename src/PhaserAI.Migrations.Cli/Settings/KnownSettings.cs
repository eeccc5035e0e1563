using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>Every setting of the tool.</summary>
internal static class KnownSettings
{
    public static readonly Setting Environment = new(["ENVIRONMENT"], "Whose rules apply: dev, test, staging or prod.")
    {
        Flag = "--environment",
        Value = "NAME",
        Default = "dev",
    };

    public static readonly Setting Migrations = new(["MIGRATIONS_DIR"], "The folder of migrations.")
    {
        Flag = "--migrations",
        Value = "FOLDER",
        Default = "infra/migrations of the project",
    };

    public static readonly Setting LockWait = new(["MIGRATE_LOCK_WAIT"], "How long up and down wait for another run to end: 60s, 5min, 0.")
    {
        Flag = "--lock-wait",
        Value = "DURATION",
        Default = "60s",
    };

    public static readonly Setting LockTimeout = new(["MIGRATE_LOCK_TIMEOUT"], "How long one attempt waits for a lock on a table.") { Default = "3s" };

    public static readonly Setting RetryBudget = new(["MIGRATE_RETRY_BUDGET"], "How long to go on trying while tables are locked.") { Default = "2min" };

    public static readonly Setting DatabaseUrl = new(["DATABASE_URL"], "The database as one URL: postgres://user:password@host:port/name.") { IsSecret = true };

    public static readonly Setting Host = new(["DB_HOST", "PGHOST"], "The database server. Without it, dev uses a PostgreSQL of its own.");

    public static readonly Setting Port = new(["DB_PORT", "PGPORT"], "Its port.") { Default = "5432" };

    public static readonly Setting Database = new(["DB_NAME", "PGDATABASE"], "The database's name.") { Default = "the user's name" };

    public static readonly Setting User = new(["DB_USER", "PGUSER"], "The database user.");

    public static readonly Setting Password = new(["DB_PASSWORD", "PGPASSWORD"], "Its password. ~/.pgpass (PGPASSFILE) works too.") { IsSecret = true };

    public static readonly Setting SslMode = new(["DB_SSLMODE", "PGSSLMODE"], "disable, allow, prefer, require, verify-ca or verify-full.")
    {
        Default = "prefer; verify-full in staging and prod",
    };

    public static readonly Setting SslRootCertificate = new(["DB_SSLROOTCERT", "PGSSLROOTCERT"], "File of root certificates.")
    {
        Default = "infra/certs/global-bundle.pem if it is there, else the system's",
    };

    public static readonly Setting ConnectTimeout = new(["DB_CONNECT_TIMEOUT", "PGCONNECT_TIMEOUT"], "How long to wait for the server to answer.") { Default = "15s" };

    public static readonly Setting HistorySchema = new(["DB_HISTORY_SCHEMA"], "The schema of schema_migrations.") { Default = "where the search_path has it, else the current schema" };

    public static ImmutableArray<Setting> All { get; } =
    [
        Environment, Migrations, LockWait, LockTimeout, RetryBudget, DatabaseUrl, Host, Port, Database, User, Password, SslMode,
        SslRootCertificate, ConnectTimeout, HistorySchema,
    ];
}
