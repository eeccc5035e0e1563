-- Migration: Initial schema
-- Author: PhaserAI
-- Date: 2025-01-01 12:00:00
-- Description: Users, their constructed languages, words, translations and subscriptions
-- Dependencies: None

-- UP: Apply changes
BEGIN;

CREATE EXTENSION IF NOT EXISTS "uuid-ossp";

-- One trigger function for every table with an updated_at column
CREATE OR REPLACE FUNCTION set_updated_at()
RETURNS TRIGGER
LANGUAGE plpgsql
AS $$
BEGIN
  NEW.updated_at := NOW();
  RETURN NEW;
END;
$$;

COMMENT ON FUNCTION set_updated_at() IS 'Trigger function: keeps updated_at at the time of the last change';

CREATE TABLE IF NOT EXISTS users (
  id UUID DEFAULT uuid_generate_v4() PRIMARY KEY,
  email TEXT NOT NULL,
  username TEXT NOT NULL,
  display_name TEXT,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  CONSTRAINT users_email_has_at CHECK (POSITION('@' IN email) > 1),
  CONSTRAINT users_username_length CHECK (LENGTH(username) BETWEEN 3 AND 50)
);

COMMENT ON TABLE users IS 'People who build languages';

-- Nobody owns two accounts that differ only in upper and lower case
CREATE UNIQUE INDEX IF NOT EXISTS idx_users_email ON users(LOWER(email));
CREATE UNIQUE INDEX IF NOT EXISTS idx_users_username ON users(LOWER(username));

CREATE TABLE IF NOT EXISTS languages (
  id UUID DEFAULT uuid_generate_v4() PRIMARY KEY,
  user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  description TEXT,
  phonemes JSONB NOT NULL DEFAULT '{"consonants": [], "vowels": [], "diphthongs": []}',
  alphabet_mappings JSONB NOT NULL DEFAULT '{}',
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  CONSTRAINT languages_name_not_blank CHECK (BTRIM(name) <> ''),
  CONSTRAINT languages_phonemes_object CHECK (JSONB_TYPEOF(phonemes) = 'object'),
  CONSTRAINT languages_alphabet_mappings_object CHECK (JSONB_TYPEOF(alphabet_mappings) = 'object'),
  -- The index behind it also serves the foreign key on user_id
  CONSTRAINT languages_name_per_user UNIQUE (user_id, name)
);

COMMENT ON TABLE languages IS 'Constructed languages; each belongs to one user';
COMMENT ON COLUMN languages.phonemes IS 'IPA symbols in use: {"consonants": ["p", "t"], "vowels": ["a"], "diphthongs": []}';
COMMENT ON COLUMN languages.alphabet_mappings IS 'From an IPA symbol to how the language spells it: {"ʃ": "sh", "ŋ": "ng"}';

CREATE TABLE IF NOT EXISTS words (
  id UUID DEFAULT uuid_generate_v4() PRIMARY KEY,
  language_id UUID NOT NULL REFERENCES languages(id) ON DELETE CASCADE,
  word TEXT NOT NULL,
  ipa TEXT NOT NULL,
  part_of_speech TEXT NOT NULL,
  is_root BOOLEAN NOT NULL DEFAULT FALSE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  CONSTRAINT words_word_not_blank CHECK (BTRIM(word) <> ''),
  CONSTRAINT words_ipa_not_blank CHECK (BTRIM(ipa) <> ''),
  CONSTRAINT words_part_of_speech_known CHECK (part_of_speech IN (
    'noun', 'verb', 'adjective', 'adverb', 'pronoun', 'preposition',
    'conjunction', 'interjection', 'determiner', 'numeral', 'particle', 'other'))
);

COMMENT ON TABLE words IS 'The lexicon of each language; homonyms are separate rows';
COMMENT ON COLUMN words.ipa IS 'Pronunciation in the International Phonetic Alphabet, without slashes or brackets';
COMMENT ON COLUMN words.is_root IS 'True when the word is not derived from another word of its language';

CREATE INDEX IF NOT EXISTS idx_words_language_word ON words(language_id, word);
CREATE INDEX IF NOT EXISTS idx_words_word ON words(word);

CREATE TABLE IF NOT EXISTS translations (
  id UUID DEFAULT uuid_generate_v4() PRIMARY KEY,
  word_id UUID NOT NULL REFERENCES words(id) ON DELETE CASCADE,
  target_language TEXT NOT NULL DEFAULT 'en',
  meaning TEXT NOT NULL,
  context TEXT,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  CONSTRAINT translations_target_language_tag CHECK (target_language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  CONSTRAINT translations_meaning_not_blank CHECK (BTRIM(meaning) <> ''),
  -- The index behind it also serves the foreign key on word_id
  CONSTRAINT translations_meaning_per_word UNIQUE (word_id, target_language, meaning)
);

COMMENT ON TABLE translations IS 'What a word means in a natural language';
COMMENT ON COLUMN translations.target_language IS 'BCP 47 tag of the natural language, for example en or pt-BR';

CREATE TABLE IF NOT EXISTS subscriptions (
  id UUID DEFAULT uuid_generate_v4() PRIMARY KEY,
  user_id UUID NOT NULL REFERENCES users(id) ON DELETE CASCADE,
  plan TEXT NOT NULL DEFAULT 'free',
  status TEXT NOT NULL DEFAULT 'active',
  current_period_start TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  current_period_end TIMESTAMP WITH TIME ZONE,
  created_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  updated_at TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT NOW(),
  CONSTRAINT subscriptions_plan_known CHECK (plan IN ('free', 'creator', 'studio')),
  CONSTRAINT subscriptions_status_known CHECK (status IN ('active', 'past_due', 'canceled')),
  CONSTRAINT subscriptions_period_order CHECK (current_period_end > current_period_start)
);

COMMENT ON TABLE subscriptions IS 'Plans of each user, past and present; at most one is not canceled';
COMMENT ON COLUMN subscriptions.current_period_end IS 'NULL for a plan without an end, such as the free one';

CREATE INDEX IF NOT EXISTS idx_subscriptions_user_id ON subscriptions(user_id);
CREATE UNIQUE INDEX IF NOT EXISTS idx_subscriptions_one_current
ON subscriptions(user_id) WHERE status <> 'canceled';

CREATE OR REPLACE TRIGGER users_set_updated_at
BEFORE UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE OR REPLACE TRIGGER languages_set_updated_at
BEFORE UPDATE ON languages
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Only an edit of the entry itself counts: filling a column added later leaves updated_at alone
CREATE OR REPLACE TRIGGER words_set_updated_at
BEFORE UPDATE OF word, ipa, part_of_speech, is_root ON words
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

CREATE OR REPLACE TRIGGER subscriptions_set_updated_at
BEFORE UPDATE ON subscriptions
FOR EACH ROW EXECUTE FUNCTION set_updated_at();

-- Record migration
INSERT INTO schema_migrations (version, applied_at, description)
VALUES ('20250101_120000', NOW(), 'Initial schema')
ON CONFLICT (version) DO NOTHING;

COMMIT;

-- DOWN: Rollback changes
-- BEGIN;
-- DROP TABLE IF EXISTS subscriptions;
-- DROP TABLE IF EXISTS translations;
-- DROP TABLE IF EXISTS words;
-- DROP TABLE IF EXISTS languages;
-- DROP TABLE IF EXISTS users;
-- DROP FUNCTION IF EXISTS set_updated_at();
-- DROP EXTENSION IF EXISTS "uuid-ossp";
-- DELETE FROM schema_migrations WHERE version = '20250101_120000';
-- COMMIT;
