-- Input errors that a caller may ask to have softly, from PostgreSQL 16 on.
BEGIN;
SELECT plan(3);

SELECT CASE WHEN current_setting('server_version_num')::int >= 160000 THEN collect_tap(ARRAY[
	results_eq($$
		SELECT t, pg_input_is_valid(good, 'leerid.' || t), pg_input_is_valid(bad, 'leerid.' || t)
		FROM (VALUES ('insz', '85.61.15-123.87', '85.61.15-123.86'), ('partial_date', '2000-05-00', '2000-00-05'),
			('instellingsnummer', '3368', '1234567'), ('kbo_number', '0316.380.841', '0316.380.842'),
			('schooljaar', '2024-25', '2024-26')) v (t, good, bad)
	$$, $$VALUES ('insz', true, false), ('partial_date', true, false), ('instellingsnummer', true, false),
		('kbo_number', true, false), ('schooljaar', true, false)$$, 'pg_input_is_valid() answers for every type'),
	results_eq($$SELECT message, detail, hint, sql_error_code FROM pg_input_error_info('85.61.15-123.86', 'leerid.insz')$$,
		$$VALUES ('invalid input syntax for type insz', 'The check digits do not fit the number.', NULL::text, '22P02')$$,
		'pg_input_error_info() says why, without a digit'),
	results_eq($$SELECT pg_input_is_valid('{85611512387,NULL}', 'leerid.insz[]'), pg_input_is_valid('{85611512387,1}', 'leerid.insz[]')$$,
		$$VALUES (true, false)$$, 'arrays pass the soft error on')])
	ELSE collect_tap(skip('soft errors came with PostgreSQL 16', 3)) END;

SELECT * FROM finish();
ROLLBACK;
