-- instellingsnummer as psql shows it: input, output, the words of each error.
SET search_path = leerid, public;
SELECT v, v::instellingsnummer, plausible(v::instellingsnummer)
FROM (VALUES ('3368'), ('003368'), ('3369'), ('020096'), (' 20096 '), ('0')) t (v);
SELECT ''::text::instellingsnummer;
SELECT '1234567'::text::instellingsnummer;
SELECT '12-34'::text::instellingsnummer;
SELECT 1000000::instellingsnummer;
SELECT '003368'::instellingsnummer::integer, 3368::instellingsnummer;
