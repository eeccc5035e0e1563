namespace PhaserAI.Migrations.Sql;

/// <summary>What a statement means for the transaction it stands in.</summary>
internal enum StatementKind : byte
{
    /// <summary>May run inside a transaction block. Everything that is nothing else below.</summary>
    Transactional,

    /// <summary>PostgreSQL refuses it inside a transaction block (measured on 11–18), or its body commits (DO, CALL).</summary>
    NonTransactional,

    /// <summary>BEGIN or START TRANSACTION, with its options.</summary>
    Begin,

    /// <summary>COMMIT or END.</summary>
    Commit,

    /// <summary>COMMIT AND CHAIN.</summary>
    CommitAndChain,

    /// <summary>ROLLBACK or ABORT of a whole transaction, AND CHAIN or not.</summary>
    Rollback,

    /// <summary>SAVEPOINT, RELEASE, ROLLBACK TO: only inside a transaction.</summary>
    Savepoint,

    /// <summary>PREPARE TRANSACTION.</summary>
    PrepareTransaction,

    /// <summary>SET TRANSACTION or SET SESSION CHARACTERISTICS.</summary>
    SetTransaction,

    /// <summary>COPY … FROM STDIN: the next lines of the script are its data.</summary>
    CopyFromStdin,

    /// <summary>COPY … TO STDOUT.</summary>
    CopyToStdout,

    /// <summary>A line of psql's own language: \timing, \i, \gexec.</summary>
    MetaCommand,
}
