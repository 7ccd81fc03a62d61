--@ scalar kbo_number int8 bigint the number that its ten digits make

COMMENT ON TYPE kbo_number IS
	'A number of the Crossroads Bank for Enterprises: an enterprise (first digit 0 or 1) or an establishment unit (2 to 8). Ten digits with their check digits verified; input also takes dots and spaces between them, and the old form of nine. Raises 22P02.';

CREATE FUNCTION kind(kbo_number) RETURNS text
	AS 'MODULE_PATHNAME', 'kbo_number_kind' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION kind(kbo_number) IS 'enterprise or establishment.';

CREATE FUNCTION format(kbo_number) RETURNS text
	AS 'MODULE_PATHNAME', 'kbo_number_format' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION format(kbo_number) IS
	'The number as people write it: 0316.380.841 for an enterprise, 2.199.310.989 for an establishment unit.';

-- A literal below 2147483648 is an integer to PostgreSQL, not a bigint.
CREATE FUNCTION kbo_number(integer) RETURNS kbo_number LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
	RETURN kbo_number($1::bigint);
COMMENT ON FUNCTION kbo_number(integer) IS 'As kbo_number(bigint). Raises 22P02.';
CREATE CAST (integer AS kbo_number) WITH FUNCTION kbo_number(integer) AS ASSIGNMENT;
COMMENT ON CAST (integer AS kbo_number) IS 'As from bigint. Raises 22P02.';
