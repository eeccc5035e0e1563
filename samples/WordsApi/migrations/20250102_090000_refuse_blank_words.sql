-- Migration: Refuse blank words
-- Description: A word has at least one letter

-- UP:
ALTER TABLE words ADD CONSTRAINT words_text_not_blank CHECK (BTRIM(text) <> '');

-- DOWN:
-- ALTER TABLE words DROP CONSTRAINT words_text_not_blank;
