-- Migration: Populate word difficulty
-- Author: PhaserAI
-- Date: 2025-01-04 10:00:01
-- Description: Rates every word that has no difficulty yet by its length, a thousand rows a transaction
-- Dependencies: 20250104_100000_add_difficulty_column.sql

-- UP: Apply changes
-- The block commits each batch itself, so it stands outside BEGIN … COMMIT. It only looks at words without a difficulty:
-- stopped halfway it can run again, and it ends although words are added meanwhile, because those have the default.
DO $$
DECLARE
  batch_size CONSTANT INTEGER := 1000;
  processed INTEGER;
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

BEGIN;

ALTER TABLE words VALIDATE CONSTRAINT words_difficulty_range;

-- Record migration
INSERT INTO schema_migrations (version, applied_at, description)
VALUES ('20250104_100001', NOW(), 'Populate word difficulty')
ON CONFLICT (version) DO NOTHING;

COMMIT;

-- DOWN: Rollback changes
-- BEGIN;
-- ALTER TABLE words DROP CONSTRAINT IF EXISTS words_difficulty_range;
-- ALTER TABLE words ADD CONSTRAINT words_difficulty_range CHECK (difficulty BETWEEN 1 AND 3) NOT VALID;
-- COMMIT;
--
-- DO $$
-- DECLARE
--   batch_size CONSTANT INTEGER := 1000;
--   processed INTEGER;
-- BEGIN
--   LOOP
--     UPDATE words
--     SET difficulty = NULL
--     WHERE id IN (
--       SELECT id FROM words
--       WHERE difficulty IS NOT NULL
--       LIMIT batch_size
--     );
--
--     GET DIAGNOSTICS processed = ROW_COUNT;
--     EXIT WHEN processed = 0;
--
--     RAISE NOTICE 'Cleared % rows', processed;
--     COMMIT;
--   END LOOP;
-- END $$;
--
-- BEGIN;
-- DELETE FROM schema_migrations WHERE version = '20250104_100001';
-- COMMIT;
