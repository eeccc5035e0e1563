SELECT 'on\';
SET standard_conforming_strings = off;
SELECT 'off\';still', E'a\'b', N'c\';d', B'0', U&"a\", 'e\\';
SET SESSION standard_conforming_strings TO on;
SELECT 'on again\'; SELECT 1;
SELECT pg_catalog.set_config('standard_conforming_strings', 'off', false);
SELECT 'off once more\';x';
SET standard_conforming_strings TO 'on';
SELECT '\';
