using System.Collections.Immutable;

namespace PhaserAI.Migrations.Cli.Settings;

/// <summary>Every setting of the tool. After a change: <c>MIGRATE_TEST_REWRITE=1 ./scripts/test.sh -class '*ReferenceTests'</c>.</summary>
internal static class KnownSettings
{
    public static readonly Setting Environment = new(["ENVIRONMENT"], "Whose rules apply: dev, test, staging or prod.")
    {
        Kind = SettingKind.Choice,
        Choices = ["dev", "test", "staging", "prod"],
        Synonyms = [("development", "dev"), ("production", "prod")],
        Misnomers =
        [
            ("local", "dev"), ("ci", "test"), ("testing", "test"), ("qa", "test"), ("stage", "staging"), ("stg", "staging"), ("uat", "staging"),
            ("preprod", "staging"), ("pre-production", "staging"), ("live", "prod"), ("prd", "prod"),
        ],
        Flag = "--environment",
        Value = "NAME",
        Default = "dev",
    };

    public static readonly Setting Migrations = new(["MIGRATIONS_DIR"], "The folder of migrations.")
    {
        Kind = SettingKind.Path,
        Flag = "--migrations",
        Value = "FOLDER",
        Default = "infra/migrations of the project",
    };

    public static readonly Setting LockWait = new(["MIGRATE_LOCK_WAIT"], "How long up and down wait for another run to end: 60s, 5min, 0.")
    {
        Kind = SettingKind.Duration,
        Flag = "--lock-wait",
        Value = "DURATION",
        Default = "60s",
    };

    public static readonly Setting LockTimeout = new(["MIGRATE_LOCK_TIMEOUT"], "How long one attempt waits for a lock on a table.")
    {
        Kind = SettingKind.Duration,
        Default = "3s",
    };

    public static readonly Setting RetryBudget = new(["MIGRATE_RETRY_BUDGET"], "How long to go on trying while tables are locked.")
    {
        Kind = SettingKind.Duration,
        Default = "2min",
    };

    public static readonly Setting DatabaseUrl = new(["DATABASE_URL"], "The database as one URL: postgres://user:password@host:port/name.")
    {
        NamesServer = true,
        IsOfServer = true,
        IsSecret = true,
    };

    public static readonly Setting Host = new(["DB_HOST", "DB_ENDPOINT", "PGHOST"], "The database server. Without it, dev uses a PostgreSQL of its own.")
    {
        NamesServer = true,
        IsOfServer = true,
    };

    public static readonly Setting Port = new(["DB_PORT", "PGPORT"], "Its port.")
    {
        Kind = SettingKind.Number,
        Limits = (1, 65535),
        IsOfServer = true,
        Default = "5432",
    };

    public static readonly Setting Database = new(["DB_NAME", "PGDATABASE"], "The database's name.") { IsOfServer = true, Default = "the user's name" };

    public static readonly Setting User = new(["DB_USER", "PGUSER"], "The database user.") { IsOfServer = true, Default = "the operating system's user" };

    public static readonly Setting Password = new(["DB_PASSWORD", "PGPASSWORD"], "Its password. ~/.pgpass (PGPASSFILE) works too.")
    {
        IsOfServer = true,
        IsSecret = true,
    };

    public static readonly Setting PasswordFile = new(["PGPASSFILE"], "The file of passwords that psql reads too.")
    {
        Kind = SettingKind.Path,
        Default = "~/.pgpass",
    };

    public static readonly Setting Service = new(["PGSERVICE"], "The name of a service in libpq's service file, which has the address.")
    {
        NamesServer = true,
        IsOfServer = true,
    };

    public static readonly Setting ServiceFile = new(["PGSERVICEFILE"], "That file.")
    {
        Kind = SettingKind.Path,
        IsOfServer = true,
        Default = "~/.pg_service.conf, then pg_service.conf in PGSYSCONFDIR",
    };

    public static readonly Setting Secret = new(["DB_SECRET_ARN", "SECRET_ARN"], "A secret of AWS Secrets Manager with user and password, perhaps host, port and name too. SECRET_ARN counts beside DB_ENDPOINT only.")
    {
        IsOfServer = true,
    };

    public static readonly Setting IamAuth = new(["DB_IAM_AUTH"], "Logs in to RDS with a token of IAM for each connection, instead of a password.")
    {
        Kind = SettingKind.Bool,
        IsOfServer = true,
        Default = "false",
    };

    public static readonly Setting SslMode = new(["DB_SSLMODE", "PGSSLMODE"], "disable, allow, prefer, require or verify-full.")
    {
        Kind = SettingKind.Choice,
        Choices = ["disable", "allow", "prefer", "require", "verify-full"],
        IsOfServer = true,
        DefaultOf = rules => rules.SslMode,
    };

    public static readonly Setting SslRootCertificate = new(["DB_SSLROOTCERT", "PGSSLROOTCERT"], "File of root certificates.")
    {
        Kind = SettingKind.Path,
        IsOfServer = true,
        Default = "infra/certs/global-bundle.pem if it is there, else the system's",
    };

    public static readonly Setting ConnectTimeout = new(["DB_CONNECT_TIMEOUT", "PGCONNECT_TIMEOUT"], "How long to wait for the server to answer.")
    {
        Kind = SettingKind.Duration,
        Default = "15s",
    };

    public static readonly Setting ConnectRetry = new(["MIGRATE_CONNECT_RETRY"], "How long to go on trying while the server takes no connections: paused, starting, failing over. In Lambda 60s.")
    {
        Kind = SettingKind.Duration,
        Default = "0",
    };

    public static readonly Setting Reserve = new(["MIGRATE_RESERVE"], "In Lambda: no migration is begun when less time than this is left.")
    {
        Kind = SettingKind.Duration,
        Default = "60s",
    };

    public static readonly Setting HistorySchema = new(["DB_HISTORY_SCHEMA"], "The schema of schema_migrations.")
    {
        Default = "where the search_path has it, else the current schema",
    };

    public static readonly Setting BackupBucket = new(["BACKUP_S3_BUCKET"], "The S3 bucket of backups, which lie in it under database-backups/.");

    public static readonly Setting BackupKmsKey = new(["BACKUP_KMS_KEY_ID"], "The KMS key that backups in S3 are encrypted with.") { Default = "S3's own key" };

    public static readonly Setting BackupFolder = new(["BACKUP_DIR"], "The folder of backups, when no bucket is set.")
    {
        Kind = SettingKind.Path,
        Default = "backups of the project",
    };

    public static readonly Setting RdsBackup = new(["MIGRATE_RDS_BACKUP"], "What RDS does before up and down instead of a backup with pg_dump: a snapshot, the proof of a point-in-time recovery, or nothing.")
    {
        Kind = SettingKind.Choice,
        Choices = ["snapshot", "pitr", "none"],
    };

    public static readonly Setting DatabaseInstance = new(["DB_INSTANCE_IDENTIFIER"], "The RDS instance that a snapshot is made of.");

    public static readonly Setting DatabaseCluster = new(["DB_CLUSTER_IDENTIFIER"], "The Aurora cluster that a snapshot is made of.");

    public static readonly Setting ProgramFolder = new(["MIGRATE_PG_BIN_DIR"], "The folder of pg_dump, pg_restore and psql.")
    {
        Kind = SettingKind.Path,
        Default = "the nearest version that is not older than the server, on the PATH or where packages put it",
    };

    public static readonly Setting RehearseDatabaseUrl = new(
        ["REHEARSE_DATABASE_URL"], "The server on which rehearse makes its copies: postgres://user:password@host:port.")
    {
        IsSecret = true,
        Default = "the embedded development server",
    };

    public static readonly Setting Metrics = new(["MIGRATE_METRICS"], "Metrics for CloudWatch: none, emf (lines in the log) or cloudwatch (sent to it).")
    {
        Kind = SettingKind.Choice,
        Choices = ["none", "emf", "cloudwatch"],
        Flag = "--metrics",
        Value = "none|emf|cloudwatch",
        Default = "none",
    };

    public static readonly Setting MetricsNamespace = new(["MIGRATE_METRICS_NAMESPACE"], "Their namespace in CloudWatch.") { Default = "PhaserAI/Migrations" };

    public static ImmutableArray<Setting> All { get; } =
    [
        Environment, Migrations, LockWait, LockTimeout, RetryBudget, DatabaseUrl, Host, Port, Database, User, Password, PasswordFile,
        Service, ServiceFile, Secret, IamAuth, SslMode, SslRootCertificate, ConnectTimeout, ConnectRetry, Reserve, HistorySchema,
        BackupBucket, BackupKmsKey, BackupFolder, RdsBackup, DatabaseInstance, DatabaseCluster, ProgramFolder, RehearseDatabaseUrl, Metrics, MetricsNamespace,
    ];

    /// <summary>Every variable in lower case, in which mistyped ones are looked for.</summary>
    public static IEnumerable<string> LowerCaseVariables => All.SelectMany(setting => setting.Variables).Select(name => name.ToLowerInvariant());

    /// <summary>The setting that a variable is of.</summary>
    public static Setting? Find(string variable) => All.FirstOrDefault(setting => setting.Variables.Contains(variable, StringComparer.Ordinal));
}
