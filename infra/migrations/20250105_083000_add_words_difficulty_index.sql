-- Migration: Index on word difficulty
-- Author: PhaserAI
-- Date: 2025-01-05 08:30:00
-- Description: Finds the words of one difficulty without reading the whole lexicon; built without blocking writers
-- Dependencies: 20250104_100001_populate_difficulty_data.sql

-- UP: Apply changes
-- No BEGIN: PostgreSQL refuses CREATE INDEX CONCURRENTLY inside a transaction block
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_words_difficulty
ON words(difficulty);

-- Record migration
INSERT INTO schema_migrations (version, applied_at, description)
VALUES ('20250105_083000', NOW(), 'Index on word difficulty')
ON CONFLICT (version) DO NOTHING;

-- DOWN: Rollback changes
-- DROP INDEX CONCURRENTLY IF EXISTS idx_words_difficulty;
-- DELETE FROM schema_migrations WHERE version = '20250105_083000';
