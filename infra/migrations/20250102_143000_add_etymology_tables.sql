-- Migration: Etymology tables
-- Author: PhaserAI
-- Date: 2025-01-02 14:30:00
-- Description: Where a word comes from: one etymology a word, and links from each word to the words it was derived from
-- Dependencies: 20250101_120000_initial_schema.sql

-- UP: Apply changes
BEGIN;

CREATE TABLE IF NOT EXISTS word_etymology (
  id UUID DEFAULT uuid_generate_v4() PRIMARY KEY,
  word_id UUID NOT NULL REFERENCES words(id) ON DELETE CASCADE,
  origin_type TEXT NOT NULL DEFAULT 'original',
  source_language TEXT,
  etymology_text TEXT,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  -- The index behind it also serves the foreign key on word_id
  CONSTRAINT word_etymology_one_per_word UNIQUE (word_id),
  CONSTRAINT word_etymology_origin_type_known CHECK (origin_type IN (
    'original', 'borrowed', 'derived', 'compound', 'onomatopoeia')),
  CONSTRAINT word_etymology_borrowed_from_a_language CHECK (
    origin_type <> 'borrowed' OR source_language IS NOT NULL)
);

COMMENT ON TABLE word_etymology IS 'The origin of a word, told in prose';
COMMENT ON COLUMN word_etymology.source_language IS 'The natural or constructed language that a borrowed word comes from';

CREATE OR REPLACE TRIGGER word_etymology_set_updated_at
BEFORE UPDATE ON word_etymology
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE TABLE IF NOT EXISTS word_derivations (
  id UUID DEFAULT uuid_generate_v4() PRIMARY KEY,
  parent_word_id UUID NOT NULL REFERENCES words(id) ON DELETE CASCADE,
  child_word_id UUID NOT NULL REFERENCES words(id) ON DELETE CASCADE,
  derivation_type TEXT NOT NULL,
  notes TEXT,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  CONSTRAINT word_derivations_not_from_itself CHECK (parent_word_id <> child_word_id),
  CONSTRAINT word_derivations_type_known CHECK (derivation_type IN (
    'affixation', 'compounding', 'conversion', 'sound_change', 'other')),
  -- The index behind it also serves the foreign key on parent_word_id
  CONSTRAINT word_derivations_once UNIQUE (parent_word_id, child_word_id, derivation_type)
);

COMMENT ON TABLE word_derivations IS 'The child was derived from the parent; a compound has several parents';

CREATE INDEX IF NOT EXISTS idx_word_derivations_child_word_id ON word_derivations(child_word_id);

-- Record migration
INSERT INTO schema_migrations (version, applied_at, description)
VALUES ('20250102_143000', NOW(), 'Etymology tables')
ON CONFLICT (version) DO NOTHING;

COMMIT;

-- DOWN: Rollback changes
-- BEGIN;
-- DROP TABLE IF EXISTS word_derivations;
-- DROP TABLE IF EXISTS word_etymology;
-- DELETE FROM schema_migrations WHERE version = '20250102_143000';
-- COMMIT;
