;;
;
BEGIN; SAVEPOINT a; ROLLBACK TO a; RELEASE a; COMMIT;

CREATE TABLE IF NOT EXISTS "user" (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,

  name text DEFAULT 'it''s;' NOT NULL -- why;
);
DO $$
BEGIN
  IF true THEN
    RAISE NOTICE 'a;b';
  END IF;

  FOR i IN 1..10 LOOP COMMIT; END LOOP;
END $$;
DO LANGUAGE plpgsql 'BEGIN RAISE NOTICE ''a;''; END';
SELECT a::int, b:: text, c ::float, d[1:2], x := 1, y => 2, 1..10, 1.5e10, .5, 1e-3, 5.;
SELECT 'a' IS DISTINCT FROM 'b', a OPERATOR(pg_catalog.+) b, a @> b, a ->> 'x;', a #>> '{b;c}', ~a, !!b, a ||/ 8, a ?| b;
SELECT 'ü;', "naïve;", été FROM 表; SELECT É;
SELECT { not sql } # ^ %;
SELECT   spaced  ;   SELECT tabbed	;
INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING RETURNING id
