-- What every type must be good for, as int8 is: order, indexes of every kind,
-- joins, partitions, aggregates, arrays, NULL, statistics.
BEGIN;

-- n different values of each type, as the expression of an integer n.
CREATE TABLE type_under_test (type text, stored text, rows integer, value text);
INSERT INTO type_under_test VALUES
	('insz', 'bigint', 20000, 'test_insz(n * 3301::bigint)'),
	('kbo_number', 'bigint', 20000, '(n * 449900::bigint + 97 - n * 4499 % 97)::kbo_number'),
	('instellingsnummer', 'integer', 20000, '(n * 7 % 1000000)::instellingsnummer'),
	('partial_date', 'integer', 20000, '(date ''1960-01-01'' + n)::partial_date'),
	('schooljaar', 'integer', 9000, 'n::schooljaar');

CREATE FUNCTION test_type(t type_under_test) RETURNS SETOF text LANGUAGE plpgsql AS $test$
DECLARE
	label text := t.type || ': ';
	half text;
	estimate numeric;
	line text;
BEGIN
	EXECUTE format($$
		CREATE TABLE one AS SELECT %1$s AS v, n FROM generate_series(1, %2$s) n ORDER BY n * 7919 %% 10007, n;
		CREATE TABLE two AS SELECT v, n FROM one WHERE n %% 3 = 0;
		CREATE INDEX one_v ON one (v);
		CREATE TABLE parted (v %3$s PRIMARY KEY) PARTITION BY HASH (v);
		CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 4, REMAINDER 0);
		CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 4, REMAINDER 1);
		CREATE TABLE parted_2 PARTITION OF parted FOR VALUES WITH (MODULUS 4, REMAINDER 2);
		CREATE TABLE parted_3 PARTITION OF parted FOR VALUES WITH (MODULUS 4, REMAINDER 3);
		INSERT INTO parted SELECT v FROM one;
		CREATE TABLE referring (v %3$s REFERENCES parted);
		INSERT INTO referring SELECT v FROM two;
		CREATE TABLE ranged AS SELECT v FROM one ORDER BY v;
		CREATE INDEX ranged_v ON ranged USING brin (v) WITH (pages_per_range = 1);
		ANALYZE one; ANALYZE two; ANALYZE parted; ANALYZE ranged;
	$$, t.value, t.rows, t.type);
	EXECUTE 'SELECT quote_literal(percentile_disc(0.5) WITHIN GROUP (ORDER BY v)) FROM one' INTO half;

	RETURN NEXT results_eq('SELECT v FROM one ORDER BY v', format('SELECT v FROM one ORDER BY v::%s', t.stored), label || 'sorts as what it stores');
	RETURN NEXT results_eq('SELECT count(DISTINCT v), min(v), max(v) FROM one',
		format('SELECT count(*), min(v::%1$s)::%2$s, max(v::%1$s)::%2$s FROM one', t.stored, t.type), label || 'DISTINCT, min and max');
	RETURN NEXT is_empty('SELECT * FROM one WHERE v::text::' || t.type || ' IS DISTINCT FROM v', label || 'text and back is the same');
	RETURN NEXT is_empty(format('SELECT a.v, b.v FROM (SELECT v FROM one LIMIT 150) a, (SELECT v FROM two LIMIT 150) b
		WHERE (a.v < b.v, a.v <= b.v, a.v = b.v, a.v >= b.v, a.v > b.v, a.v <> b.v)
			IS DISTINCT FROM (a.v::%1$s < b.v::%1$s, a.v::%1$s <= b.v::%1$s, a.v::%1$s = b.v::%1$s, a.v::%1$s >= b.v::%1$s, a.v::%1$s > b.v::%1$s, a.v::%1$s <> b.v::%1$s)', t.stored),
		label || 'all six comparisons');

	SET LOCAL enable_seqscan = off;
	SET LOCAL enable_bitmapscan = off;
	RETURN NEXT matches(plan_of('SELECT v FROM one WHERE v = ' || half), 'Index Only Scan using one_v', label || 'index-only scan');
	RETURN NEXT matches(plan_of('SELECT max(v) FROM one'), 'Index Only Scan Backward', label || 'max() reads one entry of the index');
	RETURN NEXT matches(plan_of('SELECT v FROM one WHERE v > ' || half || ' ORDER BY v'), '^Index Only Scan', label || 'the index gives the order');
	RETURN NEXT results_eq('SELECT count(*)::int FROM one WHERE v <= ' || half, ARRAY[t.rows / 2], label || 'the index gives the rows');
	SET LOCAL enable_bitmapscan = on;
	SET LOCAL enable_indexscan = off;
	SET LOCAL enable_indexonlyscan = off;
	RETURN NEXT matches(plan_of('SELECT v FROM ranged WHERE v = ' || half), 'Bitmap Index Scan on ranged_v', label || 'BRIN index');
	RETURN NEXT results_eq('SELECT v FROM ranged WHERE v = ' || half, 'SELECT ' || half || '::' || t.type, label || 'BRIN index gives the row');
	SET LOCAL enable_indexscan = on;
	SET LOCAL enable_indexonlyscan = on;
	SET LOCAL enable_seqscan = on;

	SET LOCAL enable_nestloop = off;
	SET LOCAL enable_mergejoin = off;
	RETURN NEXT matches(plan_of('SELECT * FROM one JOIN two USING (v)'), 'Hash Join', label || 'hash join');
	RETURN NEXT results_eq('SELECT count(*)::int FROM one JOIN two USING (v)', ARRAY[t.rows / 3], label || 'hash join gives the rows');
	SET LOCAL enable_hashjoin = off;
	SET LOCAL enable_mergejoin = on;
	RETURN NEXT matches(plan_of('SELECT * FROM one JOIN two USING (v)'), 'Merge Join', label || 'merge join');
	RETURN NEXT results_eq('SELECT count(*)::int FROM one JOIN two USING (v)', ARRAY[t.rows / 3], label || 'merge join gives the rows');
	SET LOCAL enable_hashjoin = on;
	SET LOCAL enable_nestloop = on;
	RETURN NEXT matches(plan_of('SELECT v, count(*) FROM two GROUP BY v'), 'HashAggregate', label || 'hash aggregate');

	RETURN NEXT results_eq('SELECT count(*)::int, bool_and(n BETWEEN 0.9 AND 1.1)
		FROM (SELECT count(*) * 4.0 / ' || t.rows || ' AS n FROM parted GROUP BY tableoid) s', 'VALUES (4, true)', label || 'hash partitions share evenly');
	RETURN NEXT doesnt_match(plan_of('SELECT * FROM parted WHERE v = ' || half), 'Append', label || 'one hash partition is read');
	RETURN NEXT throws_ok('INSERT INTO parted SELECT v FROM one LIMIT 1', '23505', NULL, label || 'primary key');
	RETURN NEXT throws_ok('DELETE FROM parted WHERE v IN (SELECT v FROM two LIMIT 1)', '23503', NULL, label || 'foreign key');

	RETURN NEXT results_eq('SELECT count(*)::int FROM one WHERE v = ANY (ARRAY(SELECT v FROM two))', ARRAY[t.rows / 3], label || '= ANY (array)');
	RETURN NEXT results_eq(format('SELECT NULL::%1$s IS NULL AND try_%1$s(NULL) IS NULL', t.type), ARRAY[true], label || 'NULL is NULL');
	RETURN NEXT results_eq(format('SELECT array_agg(v ORDER BY v)::text::%s[] = array_agg(v ORDER BY v) FROM two', t.type), ARRAY[true], label || 'arrays');
	RETURN NEXT results_eq('SELECT v FROM (SELECT v FROM two UNION ALL SELECT NULL) s ORDER BY v NULLS FIRST LIMIT 1', 'SELECT NULL::' || t.type, label || 'NULL sorts where told');
	RETURN NEXT results_eq('SELECT jsonb_typeof(to_jsonb(v)) || (to_jsonb(v) #>> ''{}'' = v::text) FROM two LIMIT 1', ARRAY['stringtrue'], label || 'JSON has it as text, leading zeros and all');

	RETURN NEXT is((SELECT histogram_bounds IS NOT NULL AND n_distinct = -1 FROM pg_stats WHERE tablename = 'one' AND attname = 'v'), true, label || 'statistics are gathered');
	FOR line IN EXECUTE 'EXPLAIN SELECT v FROM one WHERE v < ' || half LOOP
		estimate := coalesce(estimate, substring(line FROM 'rows=(\d+)')::numeric);
	END LOOP;
	RETURN NEXT ok(estimate BETWEEN t.rows * 0.45 AND t.rows * 0.55, label || 'and used: half the rows are estimated as half');
	estimate := NULL;
	FOR line IN EXECUTE 'EXPLAIN SELECT v FROM one WHERE v = ' || half LOOP
		estimate := coalesce(estimate, substring(line FROM 'rows=(\d+)')::numeric);
	END LOOP;
	RETURN NEXT is(estimate, 1::numeric, label || 'equality is estimated as one row');
	estimate := NULL;
	FOR line IN EXECUTE 'EXPLAIN SELECT * FROM one JOIN two USING (v)' LOOP
		estimate := coalesce(estimate, substring(line FROM 'rows=(\d+)')::numeric);
	END LOOP;
	RETURN NEXT ok(estimate BETWEEN t.rows / 6 AND t.rows, label || 'a join on the key is estimated as such');

	-- one result per partition, put together by the combine function
	SET LOCAL enable_partitionwise_aggregate = on;
	SET LOCAL enable_indexscan = off;
	SET LOCAL enable_indexonlyscan = off;
	RETURN NEXT matches(plan_of('SELECT min(v), max(v) FROM parted'), 'Partial Aggregate', label || 'min and max in parts');
	RETURN NEXT results_eq('SELECT min(v), max(v) FROM parted',
		'SELECT (SELECT v FROM one ORDER BY v LIMIT 1), (SELECT v FROM one ORDER BY v DESC LIMIT 1)', label || 'are right');
	RESET enable_partitionwise_aggregate;
	SET LOCAL enable_indexscan = on;
	SET LOCAL enable_indexonlyscan = on;

	-- no GiST operator class of their own: the stored integer has one
	EXECUTE format('CREATE TABLE spell (v %s, during daterange, EXCLUDE USING gist (((v)::%s) WITH =, during WITH &&))', t.type, t.stored);
	EXECUTE 'INSERT INTO spell VALUES (' || half || ', ''[2024-01-01,2025-01-01)''), (' || half || ', ''[2025-01-01,2026-01-01)'')';
	RETURN NEXT throws_ok('INSERT INTO spell VALUES (' || half || ', ''[2024-06-01,2024-07-01)'')', '23P01', NULL,
		label || 'overlapping periods are excluded on the stored integer');
	DROP TABLE spell;
	DROP TABLE one, two, ranged, referring, parted;
END
$test$;

SELECT plan((SELECT 31 * count(*)::int FROM type_under_test));
SELECT test_type(t) FROM type_under_test t;
SELECT * FROM finish();
ROLLBACK;
