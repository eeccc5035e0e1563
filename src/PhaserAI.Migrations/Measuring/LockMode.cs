namespace PhaserAI.Migrations.Measuring;

/// <summary>A table's lock modes above ACCESS SHARE, weakest first (PostgreSQL manual, 13.3.1).</summary>
public enum LockMode
{
    /// <summary>SELECT … FOR UPDATE and a foreign key's check.</summary>
    RowShare,

    /// <summary>INSERT, UPDATE and DELETE.</summary>
    RowExclusive,

    /// <summary>VACUUM, ANALYZE, VALIDATE CONSTRAINT, CREATE INDEX CONCURRENTLY: others read and write.</summary>
    ShareUpdateExclusive,

    /// <summary>CREATE INDEX: others only read. This mode and all above it keep writers out.</summary>
    Share,

    /// <summary>ADD FOREIGN KEY, CREATE TRIGGER: others only read.</summary>
    ShareRowExclusive,

    /// <summary>REFRESH MATERIALIZED VIEW CONCURRENTLY: others only read.</summary>
    Exclusive,

    /// <summary>Most of ALTER TABLE, DROP, TRUNCATE: others wait even to read.</summary>
    AccessExclusive,
}
