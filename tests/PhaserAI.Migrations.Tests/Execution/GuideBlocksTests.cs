using PhaserAI.Migrations.Tests.Postgres;
using Xunit;

namespace PhaserAI.Migrations.Tests.Execution;

/// <summary>The migration guide's own SQL, placed in files as it stands there.</summary>
public sealed class GuideBlocksTests(PostgresServer server)
{
    private const string Words = """
        CREATE EXTENSION "uuid-ossp";
        CREATE TABLE words (id serial PRIMARY KEY, word text NOT NULL);
        CREATE INDEX idx_words_word ON words(word);
        INSERT INTO words (word) SELECT repeat('X', n % 9 + 1) FROM generate_series(1, 2500) n;
        """;

    private const string Template = """
        -- Migration: [Description]
        -- Author: [Your Name]
        -- Date: [YYYY-MM-DD HH:MM:SS]
        -- Description: [Detailed description of changes]
        -- Dependencies: [Previous migration file]

        -- UP: Apply changes
        BEGIN;

        -- Your schema changes here
        CREATE TABLE IF NOT EXISTS new_table (
          id UUID DEFAULT uuid_generate_v4() PRIMARY KEY,
          name TEXT NOT NULL,
          created_at TIMESTAMP WITH TIME ZONE DEFAULT NOW()
        );

        -- Create indexes
        CREATE INDEX IF NOT EXISTS idx_new_table_name ON new_table(name);

        -- Record migration (optional - handled automatically)
        INSERT INTO schema_migrations (version, applied_at, description) 
        VALUES ('20250104_100000', NOW(), 'Add new feature table')
        ON CONFLICT (version) DO NOTHING;

        COMMIT;

        -- DOWN: Rollback changes (for reference)
        -- BEGIN;
        -- DROP TABLE IF EXISTS new_table CASCADE;
        -- DELETE FROM schema_migrations WHERE version = '20250104_100000';
        -- COMMIT;
        """;

    private const string Batches = """
        -- Process in batches to avoid long locks
        DO $$
        DECLARE
            batch_size INTEGER := 1000;
            processed INTEGER := 0;
        BEGIN
            LOOP
                UPDATE words 
                SET difficulty = CASE 
                    WHEN LENGTH(word) <= 3 THEN 1
                    WHEN LENGTH(word) <= 6 THEN 2
                    ELSE 3
                END
                WHERE id IN (
                    SELECT id FROM words 
                    WHERE difficulty IS NULL 
                    LIMIT batch_size
                );
                
                GET DIAGNOSTICS processed = ROW_COUNT;
                EXIT WHEN processed = 0;
                
                RAISE NOTICE 'Processed % rows', processed;
                COMMIT;
            END LOOP;
        END $$;
        """;

    [Fact]
    public async Task Run_as_they_stand()
    {
        await using var run = await TestRun.CreateAsync(server);
        run.Folder.Write("20250101_120000_words.sql", Words);
        run.Folder.Write("20250104_100000_new_feature.sql", Template);
        run.Folder.Write("20250104_100001_difficulty.sql", "ALTER TABLE words ADD COLUMN difficulty INTEGER;");
        run.Folder.Write("20250104_100002_batches.sql", Batches);
        run.Folder.Write("20250104_100003_idempotent.sql", "ALTER TABLE words ADD COLUMN IF NOT EXISTS difficulty INTEGER DEFAULT 1;");
        run.Folder.Write("20250104_100004_data.sql", """
            UPDATE words SET difficulty = 
              CASE 
                WHEN LENGTH(word) <= 3 THEN 1
                WHEN LENGTH(word) <= 6 THEN 2
                ELSE 3
              END;
            """);
        run.Folder.Write("20250104_100005_index.sql", """
            -- For production environments
            CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_words_difficulty 
            ON words(difficulty);

            -- For development (faster)
            CREATE INDEX IF NOT EXISTS idx_words_difficulty 
            ON words(difficulty);
            """);
        run.Folder.Write("20250104_100006_recreate.sql", """
            -- Drop index before bulk update
            DROP INDEX IF EXISTS idx_words_word;

            -- Perform bulk update
            UPDATE words SET word = LOWER(word);

            -- Recreate index
            CREATE INDEX idx_words_word ON words(word);
            """);
        run.Folder.Write("20250104_100007_timing.sql", """
            -- Add timing to your migrations
            \timing on

            -- Your migration SQL here

            -- Check execution plan for complex queries
            EXPLAIN ANALYZE SELECT * FROM words WHERE difficulty = 1;
            """);

        var report = await run.UpAsync();

        Assert.True(report.Succeeded, report.Failure?.ToString() ?? string.Join('\n', report.Plan.Problems));
        Assert.Equal(
            ["Processed 1000 rows", "Processed 1000 rows", "Processed 500 rows"],
            run.Events.OfType<NoticeReceived>().Select(notice => notice.Message).Where(message => message.StartsWith("Processed", StringComparison.Ordinal)));
        Assert.Equal("0", await run.Database.AskAsync("select count(*) from words where difficulty is null or word <> lower(word)"));
        Assert.Equal("t", await run.Database.AskAsync("select bool_and(indisvalid) from pg_index where indexrelid in ('idx_words_difficulty'::regclass, 'idx_words_word'::regclass)"));
        Assert.Contains(run.Events, happened => happened is RowsReturned { Columns: ["QUERY PLAN"] });
    }
}
