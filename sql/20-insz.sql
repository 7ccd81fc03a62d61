--@ scalar insz int8 bigint the number that its eleven digits make

COMMENT ON TYPE insz IS
	'The identification number of a natural person (INSZ): a number of the national register, a BIS number, or one of the government''s test identities (month part 60 to 72). Eleven digits; input takes dots, dashes, slashes and spaces between them. Check digits, calendar date and sequence are verified; the clock is not asked. Raises 22P02, and no error ever holds a digit of the value. LARS protocol, article 3; AGODI protocol, article 3.';

CREATE FUNCTION kind(insz) RETURNS text
	AS 'MODULE_PATHNAME', 'insz_kind' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION kind(insz) IS
	'national (month part 00 to 12), bis (20 to 32, or 40 to 52 where the sex was known) or test (60 to 72: never a citizen).';

CREATE FUNCTION sex(insz) RETURNS text
	AS 'MODULE_PATHNAME', 'insz_sex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION sex(insz) IS
	'M or F by the parity of the sequence, U for a BIS number given out without it. A hint, not the truth: the register states the sex apart, and the two may differ.';

CREATE FUNCTION birth_date(insz) RETURNS partial_date
	AS 'MODULE_PATHNAME', 'insz_birth_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION birth_date(insz) IS
	'The birth date that the digits hint at; NULL when they do not even give the year. A hint, not the truth: the register states the birth date apart, and the two may differ.';

CREATE FUNCTION format(insz) RETURNS text
	AS 'MODULE_PATHNAME', 'insz_format' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION format(insz) IS 'The number as people write it: YY.MM.DD-SSS.CC.';

-- A literal below 2147483648 is an integer to PostgreSQL, not a bigint.
CREATE FUNCTION insz(integer) RETURNS insz LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN insz($1::bigint);
COMMENT ON FUNCTION insz(integer) IS 'As insz(bigint). Raises 22P02.';
CREATE CAST (integer AS insz) WITH FUNCTION insz(integer) AS ASSIGNMENT;
COMMENT ON CAST (integer AS insz) IS 'As from bigint. Raises 22P02.';
