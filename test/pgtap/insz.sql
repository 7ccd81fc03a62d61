-- insz: what the vectors say, what the digits mean, and what no error says.
BEGIN;
SELECT plan(20);

-- The vectors know neither test identities, which we take, nor do we ask the
-- clock; all else must agree.
CREATE VIEW expected AS
	SELECT *, valid OR kind = 'none(month +60)' AND reason ~ '^month part (60|61|72) '
		OR reason ~ '^birth date in the future' AS taken
	FROM insz_vector;

SELECT ok(count(*) >= 100, 'there are vectors') FROM insz_vector;
SELECT is_empty($$
	SELECT number FROM expected WHERE taken IS DISTINCT FROM (try_insz(number) IS NOT NULL)
$$, 'every vector is taken or refused as it says');
SELECT is_empty($$
	SELECT number, f FROM expected, failure_of('SELECT $1[1]::insz', number) f
	WHERE NOT taken AND (f.sqlstate, f.message) IS DISTINCT FROM ('22P02', 'invalid input syntax for type insz')
$$, 'every refusal is a 22P02');
SELECT is_empty($$
	SELECT number FROM expected, failure_of('SELECT $1[1]::insz', number) f
	WHERE NOT taken AND (f.message || f.detail || f.hint ~ '[0-9]' OR f.detail = '')
$$, 'no refusal holds a digit, and each has a reason');
SELECT is_empty($$
	SELECT number, try_insz(number) FROM expected
	WHERE valid AND try_insz(number)::text IS DISTINCT FROM canonical
$$, 'valid vectors have their canonical form');
SELECT is_empty($$
	SELECT number, kind, kind(try_insz(number)) FROM expected
	WHERE valid AND kind(try_insz(number)) IS DISTINCT FROM CASE kind WHEN 'nn' THEN 'national' ELSE kind END
$$, 'valid vectors have their kind');
SELECT is_empty($$
	SELECT number, sex, sex(try_insz(number)) FROM expected
	WHERE valid AND sex(try_insz(number)) IS DISTINCT FROM sex
$$, 'valid vectors have their sex');
SELECT is_empty($$
	SELECT number, birth_date, birth_date(try_insz(number)) FROM expected
	WHERE valid AND birth_date(try_insz(number)) IS DISTINCT FROM birth_date::partial_date
$$, 'valid vectors have their birth date');

-- The government's test identities, with what its service says of them.
SELECT CASE WHEN EXISTS (SELECT FROM tst_number) THEN collect_tap(ARRAY[
	is_empty($$
		SELECT number FROM tst_number
		WHERE (checksum_century <> 'FAIL' AND class <> 'other' AND substr(number, 5, 2) <= '31')
			IS DISTINCT FROM (try_insz(number) IS NOT NULL)
	$$, 'a test identity is taken when its check digits, month and day hold'),
	is_empty($$
		SELECT number, kind(try_insz(number)) FROM tst_number
		WHERE try_insz(number) IS NOT NULL AND class = 'tst(+60)' AND kind(try_insz(number)) <> 'test'
	$$, 'a test identity is of kind test'),
	is_empty($$
		SELECT number, mock_birth_date, birth_date(try_insz(number)) FROM tst_number
		WHERE try_insz(number) IS NOT NULL AND mock_birth_date IS NOT NULL
			AND (birth_agrees = 'yes') IS DISTINCT FROM (birth_date(try_insz(number)) = mock_birth_date::partial_date)
	$$, 'its digits agree with its birth date exactly where the list says so'),
	is_empty($$
		SELECT number, mock_sex, sex(try_insz(number)) FROM tst_number
		WHERE try_insz(number) IS NOT NULL AND mock_sex IN ('M', 'F')
			AND (sex_agrees = 'yes') IS DISTINCT FROM (sex(try_insz(number)) = mock_sex)
	$$, 'its parity agrees with its sex exactly where the list says so')])
	ELSE collect_tap(skip('no list of test identities beside the repository', 4)) END;

-- Every wrong check digit, over many numbers and both centuries: the right one
-- is taken in exactly one of the two centuries' forms, every other refused.
CREATE TABLE nine AS
	SELECT to_char((10000000 * (n % 100) + 100000 * (61 + n % 12) + 1000 * (1 + n % 28) + n * 37 % 1000)::bigint, 'FM000000000') AS digits
	FROM generate_series(1, 997) n;
SELECT is_empty($$
	SELECT digits, count(*) FILTER (WHERE try_insz(digits || to_char(c, 'FM00')) IS NOT NULL) AS good
	FROM nine, generate_series(0, 99) c GROUP BY digits
	HAVING count(*) FILTER (WHERE try_insz(digits || to_char(c, 'FM00')) IS NOT NULL) <> 2
$$, 'of a hundred check digits two fit: one for each century');
SELECT is_empty($$
	SELECT digits, c FROM nine, generate_series(0, 99) c
	WHERE (try_insz(digits || to_char(c, 'FM00')) IS NOT NULL) IS DISTINCT FROM
		(c IN (97 - digits::bigint % 97, 97 - ('2' || digits)::bigint % 97))
$$, 'they are the ones that arithmetic gives');

-- A wall of malformed input.
CREATE TABLE malformed (value text);
INSERT INTO malformed VALUES
	(''), (' '), ('           '), ('.'), ('-'), ('abc'), ('8561151239O'), ('85611512381x'), ('x85611512381'),
	('8561151238'), ('085611512387'), ('856115123870'), ('+85611512387'), ('-85611512387'), ('85611512387-'),
	('85611512387.'), ('.85611512387'), ('8.5611512387e10'), ('85611512387.0'), ('85,61,15-123,87'), ('85_611512387'),
	('85:61:15-123.87'), ('0x13EF2D2A93'), ('85611512387' || chr(10)), (chr(9) || '85611512387'), (chr(13) || '85611512387'),
	('85611512387' || chr(160)), (chr(65279) || '85611512387'), ('８５６１１５１２３８７'), ('٨٥٦١١٥١٢٣٨٧'), ('८५६११५१२३८७'),
	('85611512387 85611512387'), (repeat('8', 1000000)), (repeat(' ', 100000)), ('NULL'), ('NaN'), ('infinity'), ('''; DROP TABLE'),
	('85611512387;'), ('{85611512387}'), ('85611512386'), ('85731512374'), ('85613212300'), ('−85611512387');
SELECT is_empty($$SELECT left(value, 40) FROM malformed WHERE try_insz(value) IS NOT NULL$$,
	'try_insz() refuses the wall of malformed input');
SELECT is_empty($$
	SELECT left(value, 40), f FROM malformed, failure_of('SELECT $1[1]::insz', value) f
	WHERE f.sqlstate IS DISTINCT FROM '22P02' OR f.message || f.detail || f.hint ~ '[0-9]'
$$, 'input refuses it with 22P02 and without a digit');
SELECT is_empty($$
	SELECT n, f FROM unnest(ARRAY[-1, 0, 1, 99999999999, 100000000000, 85611512386, 9223372036854775807, -9223372036854775808]) n,
		failure_of('SELECT $1[1]::bigint::insz', n::text) f
	WHERE f.sqlstate IS DISTINCT FROM '22P02' OR f.message || f.detail || f.hint ~ '[0-9]'
$$, 'the cast from bigint refuses wrong numbers in the same way');
SELECT is(format('85611512387'::insz) || ' ' || ' 85/61/15 123-87 '::insz, '85.61.15-123.87 85611512387',
	'input takes dots, dashes, slashes and spaces; format() prints what people write');
-- An INSZ that lands in the column of another type, whole, formatted, with its
-- leading zeros lost, in digits that are not ours, or as the stored integer.
SELECT is_empty($$
	SELECT t, v, f.message FROM unnest(ARRAY['partial_date', 'instellingsnummer', 'kbo_number', 'schooljaar']) t,
		unnest(ARRAY['85611512387', '85.61.15-123.87', ' 85611512387', '85611512387x', '00600099536', '600099536', '0600099536',
			'８５６１１５１２３８７', '٨٥٦١١٥١٢٣٨٧', 'x85611512387']) v,
		failure_of(format('SELECT $1[1]::%s', t), v) f
	WHERE f.message || f.detail ~ '6115|6000' OR f.message ~ '[^ -~]'
$$, 'an INSZ in the column of another type is not echoed');
SELECT is_empty($$
	SELECT n, f.message FROM generate_series(1, 20000) n,
		LATERAL (SELECT test_insz(n * 100::bigint)::bigint AS i) s,
		LATERAL (SELECT * FROM failure_of('SELECT $1[1]::bigint::kbo_number', i::text)) f
	WHERE f.message LIKE '%' || i || '%'
$$, 'nor is its integer, cast or copied into a kbo_number');

SELECT * FROM finish();
ROLLBACK;
