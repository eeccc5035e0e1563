using static PhaserAI.Migrations.Sql.StatementKind;

namespace PhaserAI.Migrations.Sql;

/// <summary>CREATE, ALTER and DROP for <see cref="StatementClassifier"/>; the reader stands on that word.</summary>
internal static class DefinitionClassifier
{
    public static StatementClass Create(ref TokenReader reader)
    {
        while (SkipModifier(ref reader))
        {
        }

        var type = ObjectType.Read(ref reader);
        return type?.Name switch
        {
            "INDEX" when reader.TryReadWord("concurrently"u8) =>
                new StatementClass(NonTransactional, "CREATE INDEX CONCURRENTLY"),
            "DATABASE" or "TABLESPACE" => new StatementClass(NonTransactional, type.Create),
            "SUBSCRIPTION" => new StatementClass(CreatesSlot(ref reader) ? NonTransactional : Transactional, type.Create),
            _ => new StatementClass(Transactional, type?.Create ?? "CREATE"),
        };
    }

    public static StatementClass Alter(ref TokenReader reader)
    {
        if (reader.TryReadWord("system"u8))
            return new StatementClass(NonTransactional, "ALTER SYSTEM");
        var type = ObjectType.Read(ref reader);
        return type?.Name switch
        {
            "TABLE" or "DOMAIN" when Validates(reader) => new StatementClass(Transactional, $"{type.Alter} VALIDATE CONSTRAINT"),
            "TABLE" when DetachesConcurrently(ref reader) =>
                new StatementClass(NonTransactional, "ALTER TABLE DETACH CONCURRENTLY"),
            "DATABASE" when reader.TryReadIdentifier(out _) && reader.TryReadWord("set"u8) && reader.TryReadWord("tablespace"u8) =>
                new StatementClass(NonTransactional, "ALTER DATABASE SET TABLESPACE"),
            "SUBSCRIPTION" => new StatementClass(ReachesPublisher(ref reader) ? NonTransactional : Transactional, type.Alter),
            _ => new StatementClass(Transactional, type?.Alter ?? "ALTER"),
        };
    }

    public static StatementClass Drop(ref TokenReader reader)
    {
        if (reader.TryReadWord("owned"u8))
            return new StatementClass(Transactional, "DROP OWNED");
        var type = ObjectType.Read(ref reader);
        return type?.Name switch
        {
            "INDEX" when reader.TryReadWord("concurrently"u8) =>
                new StatementClass(NonTransactional, "DROP INDEX CONCURRENTLY"),
            "DATABASE" or "TABLESPACE" or "SUBSCRIPTION" => new StatementClass(NonTransactional, type.Drop),
            _ => new StatementClass(Transactional, type?.Drop ?? "DROP"),
        };
    }

    private static bool SkipModifier(ref TokenReader reader)
    {
        var ahead = reader;
        if (!ahead.Read() || !IsModifier(ahead))
            return false;
        reader = ahead;
        return true;
    }

    private static bool IsModifier(in TokenReader reader) =>
        reader.IsWord("or"u8) || reader.IsWord("replace"u8) || reader.IsWord("unique"u8) || reader.IsWord("temp"u8)
        || reader.IsWord("temporary"u8) || reader.IsWord("unlogged"u8) || reader.IsWord("global"u8)
        || reader.IsWord("local"u8) || reader.IsWord("recursive"u8) || reader.IsWord("trusted"u8)
        || reader.IsWord("procedural"u8) || reader.IsWord("constraint"u8) || reader.IsWord("default"u8);

    // ALTER {TABLE [IF EXISTS] [ONLY] name [*] | DOMAIN name} VALIDATE CONSTRAINT name, and nothing else after a comma
    private static bool Validates(TokenReader reader)
    {
        var exists = reader;
        if (exists.TryReadWord("if"u8) && exists.TryReadWord("exists"u8))
            reader = exists;
        reader.TryReadWord("only"u8);
        if (!reader.TryReadQualifiedName(out _))
            return false;
        reader.TryReadCharacter('*');
        return reader.TryReadWord("validate"u8) && reader.TryReadWord("constraint"u8) && reader.TryReadIdentifier(out _) && !reader.Read();
    }

    // ALTER TABLE [IF EXISTS] [ONLY] name [*] DETACH PARTITION name CONCURRENTLY
    private static bool DetachesConcurrently(ref TokenReader reader)
    {
        var exists = reader;
        if (exists.TryReadWord("if"u8) && exists.TryReadWord("exists"u8))
            reader = exists;
        reader.TryReadWord("only"u8);
        if (!reader.TryReadQualifiedName(out _))
            return false;
        reader.TryReadCharacter('*');
        return reader.TryReadWord("detach"u8) && reader.TryReadWord("partition"u8)
            && reader.TryReadQualifiedName(out _) && reader.TryReadWord("concurrently"u8);
    }

    // connect = false implies create_slot = false (subscriptioncmds.c parse_subscription_options).
    private static bool CreatesSlot(ref TokenReader reader)
    {
        var options = reader;
        SkipToOptions(ref options);
        var slot = options;
        OptionList.TryRead(ref options, "connect"u8, out var connect);
        OptionList.TryRead(ref slot, "create_slot"u8, out var create);
        return (connect ?? true) && (create ?? true);
    }

    // Manual, ALTER SUBSCRIPTION: REFRESH PUBLICATION, {SET | ADD | DROP} PUBLICATION unless refresh = false,
    // SET (failover) and SET (two_phase = false) can't run inside a transaction block.
    private static bool ReachesPublisher(ref TokenReader reader)
    {
        if (!reader.TryReadIdentifier(out _))
            return false;
        if (reader.TryReadWord("refresh"u8))
            return true;
        if (reader.TryReadWord("set"u8))
        {
            var twoPhase = reader;
            if (OptionList.TryRead(ref reader, "failover"u8, out var failover))
            {
                OptionList.TryRead(ref twoPhase, "two_phase"u8, out var phase);
                return failover is not null || phase is false;
            }
        }
        else if (!reader.TryReadWord("add"u8) && !reader.TryReadWord("drop"u8))
        {
            return false;
        }

        if (!reader.TryReadWord("publication"u8))
            return false;
        SkipToOptions(ref reader);
        OptionList.TryRead(ref reader, "refresh"u8, out var refresh);
        return refresh ?? true;
    }

    private static void SkipToOptions(ref TokenReader reader)
    {
        while (!reader.TryReadWord("with"u8) && reader.Read())
        {
        }
    }
}
