-- Migration: Word difficulty column
-- Author: PhaserAI
-- Date: 2025-01-04 10:00:00
-- Description: How hard a word is to learn, from 1 (easy) to 3 (hard); existing words are filled by the next migration
-- Dependencies: 20250103_091500_add_user_preferences.sql

-- UP: Apply changes
BEGIN;

-- Two statements on purpose: ADD COLUMN … DEFAULT 1 would give every existing row a 1 at once, and the next migration,
-- which looks for NULL, would find nothing to fill. Set afterwards, the default only counts for new rows.
ALTER TABLE words ADD COLUMN IF NOT EXISTS difficulty INTEGER;
ALTER TABLE words ALTER COLUMN difficulty SET DEFAULT 1;

-- NOT VALID: the table is not scanned while it is locked; the next migration validates the constraint
DO $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM pg_constraint
    WHERE conrelid = 'words'::regclass AND conname = 'words_difficulty_range'
  ) THEN
    ALTER TABLE words ADD CONSTRAINT words_difficulty_range CHECK (difficulty BETWEEN 1 AND 3) NOT VALID;
  END IF;
END $$;

COMMENT ON COLUMN words.difficulty IS 'How hard the word is to learn: 1 easy, 2 medium, 3 hard';

-- Record migration
INSERT INTO schema_migrations (version, applied_at, description)
VALUES ('20250104_100000', NOW(), 'Word difficulty column')
ON CONFLICT (version) DO NOTHING;

COMMIT;

-- DOWN: Rollback changes
-- BEGIN;
-- ALTER TABLE words DROP COLUMN IF EXISTS difficulty;
-- DELETE FROM schema_migrations WHERE version = '20250104_100000';
-- COMMIT;
