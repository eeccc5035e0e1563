namespace PhaserAI.Migrations.Tests.Postgres;

/// <summary>A database's schema as its server describes it, for servers that are newer than the machine's pg_dump, which refuses them.</summary>
internal static class CatalogSchema
{
    /// <summary>One text: what pg_dump would tell apart, as the server's own functions write it, each name qualified.</summary>
    public const string Query = """
        SET search_path = '';
        WITH own_schema AS (
            SELECT * FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
        own AS ( -- what belongs to an extension comes with it
            SELECT c.oid FROM pg_class c JOIN own_schema n ON n.oid = relnamespace
            WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')),
        described(line) AS (
            SELECT concat_ws(' ', 'CREATE SCHEMA', quote_ident(nspname), nspacl) FROM own_schema
            UNION ALL
            SELECT concat_ws(' ', 'CREATE EXTENSION', quote_ident(extname), extversion) FROM pg_extension
            UNION ALL
            SELECT concat_ws(' ', 'CREATE',
                CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END,
                oid::regclass, relkind, relpersistence, relreplident, relrowsecurity, relforcerowsecurity, reloptions, relacl,
                (SELECT amname FROM pg_am WHERE pg_am.oid = relam),
                CASE WHEN relkind = 'p' THEN pg_get_partkeydef(oid) END, pg_get_expr(relpartbound, oid),
                (SELECT string_agg(inhparent::regclass::text, ',' ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = oid),
                CASE WHEN relkind IN ('v', 'm') THEN pg_get_viewdef(oid) END,
                (SELECT row(seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle)::text FROM pg_sequence WHERE seqrelid = oid))
            FROM pg_class JOIN own USING (oid) WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
            UNION ALL -- by place, not by number: dropped columns leave gaps
            SELECT concat_ws(' ', 'COLUMN', attrelid::regclass, row_number() OVER (PARTITION BY attrelid ORDER BY attnum), quote_ident(attname),
                format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated, attstorage, nullif(attstattarget, -1), attcollation::regcollation, attacl, attoptions,
                (SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = attrelid AND adnum = attnum))
            FROM pg_attribute JOIN own ON own.oid = attrelid JOIN pg_class c ON c.oid = attrelid
            WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'f', 'v', 'm', 'c')
            UNION ALL
            SELECT concat_ws(' ', conrelid::regclass, contypid::regtype, 'CONSTRAINT', quote_ident(conname), pg_get_constraintdef(c.oid), convalidated)
            FROM pg_constraint c JOIN own_schema n ON n.oid = connamespace
            UNION ALL
            SELECT concat_ws(' ', pg_get_indexdef(indexrelid), indisvalid, indisclustered, indisreplident)
            FROM pg_index JOIN own ON own.oid = indexrelid
            UNION ALL
            SELECT concat_ws(' ', pg_get_triggerdef(t.oid), tgenabled) FROM pg_trigger t JOIN own ON own.oid = tgrelid WHERE NOT tgisinternal
            UNION ALL
            SELECT concat_ws(' ', pg_get_ruledef(r.oid), ev_enabled)
            FROM pg_rewrite r JOIN own ON own.oid = ev_class WHERE rulename <> '_RETURN'
            UNION ALL
            SELECT concat_ws(' ', 'POLICY', quote_ident(polname), polrelid::regclass, polcmd, polpermissive, polroles::regrole[],
                pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
            FROM pg_policy JOIN own ON own.oid = polrelid
            UNION ALL
            SELECT concat_ws(' ', CASE prokind WHEN 'a' THEN 'AGGREGATE ' || p.oid::regprocedure ELSE pg_get_functiondef(p.oid) END, proacl)
            FROM pg_proc p JOIN own_schema n ON n.oid = pronamespace
            WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = p.oid AND deptype = 'e')
            UNION ALL
            SELECT concat_ws(' ', 'CREATE TYPE', t.oid::regtype, typtype, format_type(nullif(typbasetype, 0), typtypmod), typnotnull, typdefault, typacl,
                (SELECT string_agg(quote_literal(enumlabel), ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
                (SELECT rngsubtype::regtype FROM pg_range WHERE rngtypid = t.oid))
            FROM pg_type t JOIN own_schema n ON n.oid = typnamespace
            WHERE typtype IN ('e', 'd', 'r') AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_type'::regclass AND objid = t.oid AND deptype = 'e')
            UNION ALL
            SELECT pg_get_statisticsobjdef(s.oid) FROM pg_statistic_ext s JOIN own_schema n ON n.oid = stxnamespace
            UNION ALL
            SELECT concat_ws(' ', 'COMMENT ON', pg_describe_object(classoid, objoid, objsubid), description)
            FROM pg_description WHERE objoid >= 16384
            UNION ALL
            SELECT concat_ws(' ', pg_describe_object(classid, objid, objsubid), 'OWNED BY', pg_describe_object(refclassid, refobjid, refobjsubid))
            FROM pg_depend JOIN pg_class c ON c.oid = objid AND classid = 'pg_class'::regclass AND relkind = 'S'
            WHERE deptype IN ('a', 'i') AND refclassid = 'pg_class'::regclass)
        SELECT string_agg(line, E'\n' ORDER BY line COLLATE "C") FROM described
        """;
}
