-- Migration: User preferences
-- Author: PhaserAI
-- Date: 2025-01-03 09:15:00
-- Description: How each user wants the application to look and which language it opens first
-- Dependencies: 20250102_143000_add_etymology_tables.sql

-- UP: Apply changes
BEGIN;

CREATE TABLE IF NOT EXISTS user_preferences (
  -- One row a user: the foreign key is the primary key
  user_id UUID PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
  theme TEXT NOT NULL DEFAULT 'system',
  interface_language TEXT NOT NULL DEFAULT 'en',
  default_language_id UUID REFERENCES languages(id) ON DELETE SET NULL,
  show_ipa BOOLEAN NOT NULL DEFAULT TRUE,
  settings JSONB NOT NULL DEFAULT '{}',
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  CONSTRAINT user_preferences_theme_known CHECK (theme IN ('light', 'dark', 'system')),
  CONSTRAINT user_preferences_settings_object CHECK (JSONB_TYPEOF(settings) = 'object')
);

COMMENT ON TABLE user_preferences IS 'Settings of one user; a user without a row has the defaults';
COMMENT ON COLUMN user_preferences.default_language_id IS 'The language that opens first; NULL opens the list';

-- Deleting a language looks here
CREATE INDEX IF NOT EXISTS idx_user_preferences_default_language_id ON user_preferences(default_language_id);

CREATE OR REPLACE TRIGGER user_preferences_set_updated_at
BEFORE UPDATE ON user_preferences
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Record migration
INSERT INTO schema_migrations (version, applied_at, description)
VALUES ('20250103_091500', NOW(), 'User preferences')
ON CONFLICT (version) DO NOTHING;

COMMIT;

-- DOWN: Rollback changes
-- BEGIN;
-- DROP TABLE IF EXISTS user_preferences;
-- DELETE FROM schema_migrations WHERE version = '20250103_091500';
-- COMMIT;
