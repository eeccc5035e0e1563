-- Migration: Create words
-- Description: Words and what they mean

-- UP:
CREATE TABLE words (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  text TEXT NOT NULL UNIQUE,
  meaning TEXT NOT NULL
);

-- DOWN:
-- DROP TABLE words;
