\set ON_ERROR_STOP 0
\echo start ; 'quoted ;' "two"
SELECT 1;
\timing off
\restrict abc
SELECT 2;
\unrestrict abc
SELECT 7; \echo after a statement; not SQL
SELECT 3 \gset
SELECT 4
\g
SELECT 5 \gset prefix_
\\
SELECT '\echo no', E'\\', "\timing", $$\g$$; -- \echo no
/* \echo no */
SELECT 6
