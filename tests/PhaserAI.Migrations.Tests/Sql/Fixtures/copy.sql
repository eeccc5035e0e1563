CREATE TABLE t (a int, b text);
COPY t (a, b) FROM stdin;
1	it's; a row
2	\\.
3	"open
\N	\.x
 \.
4	\.
\.
COPY public.t FROM STDIN WITH (FORMAT csv, HEADER); -- a comment may stand here
a,b
1,"x;

y"
\.
copy t from stdin
;
\.
COPY t TO '/tmp/t.csv';
COPY (SELECT a FROM t WHERE b = 'from stdin') TO '/tmp/t.csv' WITH (FORMAT csv);
COPY t FROM '/tmp/stdin';
SELECT 'COPY t FROM stdin';
COPY t (a) FROM STDIN WITH DELIMITER ',' NULL '';
5,(
\.
SELECT 1;
