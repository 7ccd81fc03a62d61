-- insz as psql shows it: input, output, the words of each error.
SET search_path = leerid, public;
SET datestyle = ISO;
SELECT v, v::insz, format(v::insz), kind(v::insz), sex(v::insz), birth_date(v::insz)
FROM (VALUES ('85611512387'), ('85.61.15-123.87'), ('85/61/15-123-87'), (' 85 61 15 123 87 '),
	('15611512304'), ('00600099536'), ('00600000131')) t (v);
-- the two centuries of the same nine digits
SELECT try_insz('10643012323'), birth_date(try_insz('10643012323')), try_insz('10643012352'), birth_date(try_insz('10643012352'));
-- errors: the rule, never a digit
SELECT ''::text::insz;
SELECT '8561151238'::text::insz;
SELECT '85611512386'::text::insz;
SELECT '85731512374'::text::insz;
SELECT '85623012332'::text::insz;
SELECT '85061500019'::text::insz;
SELECT 85611512386::bigint::insz;
SELECT (-1)::bigint::insz;
-- casts
SELECT '85611512387'::insz::bigint, 600099536::bigint::insz, '85611512387'::insz::text;
SELECT '85611512387'::insz = 85611512387;
CREATE TABLE cast_test (i insz, b bigint, t text);
INSERT INTO cast_test SELECT 85611512387::bigint, '85611512387'::insz, '85611512387'::insz;
SELECT * FROM cast_test;
DROP TABLE cast_test;
