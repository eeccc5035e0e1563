-- Quotes of every kind, with semicolons and quotes inside.
SELECT 'a;b', 'it''s; fine', '';
SELECT '\'; SELECT 'plain strings know no backslash\';
SELECT E'a\';b', e'c\\'; SELECT E'\'''';
SELECT N'n\'; SELECT B'01', X'1F', b'', x'';
SELECT U&'d\0061t\+000061;', U&'d!0061t' UESCAPE '!';
SELECT U&"d\0061t;" FROM "a;b", "c""d;";
SELECT 'first'
  'second;'
  -- a comment between the parts ;
  'third''';
SELECT $$a;b'c"d$$, $tag$a;$$;$other$;$tag$, $é$;$é$;
SELECT a$1$, b$$c;
SELECT $1, $2::text;
SELECT $1$$;$$;
SELECT $_x9$ ; $_x9$;
PREPARE a$b$c AS SELECT '$$;';
SELECT '
multi;
line', "two
lines;", $$
three;
$$;
