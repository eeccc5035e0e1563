using System.Text;

namespace PhaserAI.Migrations.Backups;

/// <summary>
/// What stands before and after pg_dump's text. Measured: pg_dump's text alone, given to psql on a migrated database, ends with
/// exit code 0, brings no row back (each COPY fails on its primary key) and leaves the history lying. Framed, it is one
/// transaction that begins by refusing a database with tables of its own, and psql says 0 only when it has committed.
/// </summary>
internal static class DumpFrame
{
    /// <summary>
    /// psql reads a file that is cut off to its end and says 0; only an \if without \endif makes it fail then (psql's mainloop.c,
    /// "reached EOF without finding closing \endif(s)").
    /// </summary>
    private const string Begin = """
        \set ON_ERROR_STOP on
        \if true
        BEGIN;

        SELECT pg_catalog.set_config('phaserai.server', '-h ' || :'HOST' || ' -p ' || :'PORT' || ' -U ' || :'USER', true) AS server \gset phaserai_
        DO $guard$
        DECLARE
          found text;
        BEGIN
          SELECT CASE c.relkind WHEN 'v' THEN 'the view ' WHEN 'm' THEN 'the materialized view ' WHEN 'S' THEN 'the sequence ' WHEN 'f' THEN 'the foreign table ' ELSE 'the table ' END
                 || pg_catalog.format('%I.%I', n.nspname, c.relname)
            INTO found
            FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
           WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
           ORDER BY c.relkind NOT IN ('r', 'p'), n.nspname, c.relname
           LIMIT 1;
          IF found IS NOT NULL THEN
            RAISE EXCEPTION 'database "%" is not empty: it has %; nothing was changed', pg_catalog.current_database(), found
              USING ERRCODE = 'object_not_in_prerequisite_state',
                    HINT = pg_catalog.format(
                      E'This backup goes into an empty database:\n  createdb %1$s NEW_NAME\nTo replace this one, with all that is in it:\n  dropdb %1$s %2$I && createdb %1$s %2$I\nIn place, and keeping what was there:\n  
        """;

    private const string Guarded = """
        ', pg_catalog.current_setting('phaserai.server'), pg_catalog.current_database());
          END IF;
        END
        $guard$;


        """;

    public static readonly byte[] End = "\nCOMMIT;\n\\endif\n"u8.ToArray();

    /// <summary>The first bytes of a framed dump; other tools' dumps begin otherwise.</summary>
    public static ReadOnlySpan<byte> Mark => "-- Backup of the PostgreSQL database "u8;

    public static byte[] BeginOf(BackupManifest manifest, BackupOptions options)
    {
        var restore = $"{options.CommandName} backup restore {manifest.Name}";
        var header = $"""
            -- Backup of the PostgreSQL database {Line(manifest.Database)}, made by {Line(manifest.Tool)} at {manifest.CreatedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z.
            -- Schema version: {Line(manifest.SchemaVersion ?? "none")}. Environment: {Line(manifest.Environment ?? "none")}. Server: {Line(manifest.ServerVersion)}. pg_dump: {Line(manifest.DumpVersion)}. Commit: {Line(manifest.GitCommit ?? "none")}.
            --
            -- It goes into an empty database, whole or not at all; psql ends with 0 only when everything is there:
            --   createdb -h HOST -U USER NEW_NAME
            --   psql -h HOST -U USER -d NEW_NAME < {manifest.Name}
            -- A database that has tables already is refused, and left as it is. This one replaces it, and keeps what was there:
            --   {restore} --replace

            """;
        return Encoding.UTF8.GetBytes($"{header}{Begin}{restore.Replace("'", "''", StringComparison.Ordinal).Replace("%", "%%", StringComparison.Ordinal)} --database %2$I --replace{Guarded}");
    }

    private static string Line(string text) => text.ReplaceLineEndings(" ");
}
