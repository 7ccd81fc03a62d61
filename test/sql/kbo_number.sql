-- kbo_number as psql shows it: input, output, the words of each error.
SET search_path = leerid, public;
SELECT v, v::kbo_number, format(v::kbo_number), kind(v::kbo_number)
FROM (VALUES ('0316380841'), ('0316.380.841'), ('316380841'), ('316.380.841'), (' 2 199 310 989 ')) t (v);
SELECT ''::text::kbo_number;
SELECT '31638084'::text::kbo_number;
SELECT '0316380842'::text::kbo_number;
SELECT '9316380840'::text::kbo_number;
SELECT 'BE0316380841'::text::kbo_number;
SELECT 316380842::bigint::kbo_number;
SELECT '0316380841'::kbo_number::bigint, 316380841::bigint::kbo_number;
