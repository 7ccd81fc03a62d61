--@ scalar instellingsnummer int4 integer the number that its six digits make

COMMENT ON TYPE instellingsnummer IS
	'The number of a school: input takes one to six digits, output is six with leading zeros. Raises 22P02. LARS protocol, article 3: "Code bestaande uit 6 cijfers die aan elke school toegekend wordt".';

CREATE FUNCTION plausible(instellingsnummer) RETURNS boolean
	AS 'MODULE_PATHNAME', 'instellingsnummer_plausible' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION plausible(instellingsnummer) IS
	'Whether the last digit is the Luhn check digit of the five before it, with 0 written as 1. A few real numbers break the habit: a reason to look again, never to refuse.';
