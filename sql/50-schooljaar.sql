--@ scalar schooljaar int4 integer the year that it starts in

COMMENT ON TYPE schooljaar IS
	'A school year, 1 September to 31 August, written 2024-2025; input also takes 2024-25. Raises 22P02.';

CREATE FUNCTION schooljaar(date) RETURNS schooljaar
	AS 'MODULE_PATHNAME', 'schooljaar_from_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION schooljaar(date) IS
	'The school year in which a day falls. Raises 22008 for infinity and for a day whose school year has no name.';

CREATE FUNCTION daterange(schooljaar) RETURNS daterange
	AS 'MODULE_PATHNAME', 'schooljaar_daterange' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION daterange(schooljaar) IS 'The days of a school year, 1 September to 31 August.';
CREATE CAST (schooljaar AS daterange) WITH FUNCTION daterange(schooljaar) AS ASSIGNMENT;
COMMENT ON CAST (schooljaar AS daterange) IS 'The days of a school year, 1 September to 31 August.';

CREATE FUNCTION lower(schooljaar) RETURNS date
	AS 'MODULE_PATHNAME', 'schooljaar_lower' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION lower(schooljaar) IS 'The first day of a school year, 1 September: lower(daterange(...)).';

CREATE FUNCTION upper(schooljaar) RETURNS date
	AS 'MODULE_PATHNAME', 'schooljaar_upper' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION upper(schooljaar) IS 'The first day of the next school year, as upper(daterange(...)) has it.';

CREATE FUNCTION schooljaar_plus(schooljaar, integer) RETURNS schooljaar
	AS 'MODULE_PATHNAME', 'schooljaar_plus' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION schooljaar_plus(schooljaar, integer) IS 'Implementation of the + operator.';
CREATE OPERATOR + (LEFTARG = schooljaar, RIGHTARG = integer, FUNCTION = schooljaar_plus);
COMMENT ON OPERATOR + (schooljaar, integer) IS
	'So many school years later. Raises 22008 where that school year has no name.';

CREATE FUNCTION schooljaar_minus(schooljaar, integer) RETURNS schooljaar
	AS 'MODULE_PATHNAME', 'schooljaar_minus' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION schooljaar_minus(schooljaar, integer) IS 'Implementation of the - operator.';
CREATE OPERATOR - (LEFTARG = schooljaar, RIGHTARG = integer, FUNCTION = schooljaar_minus);
COMMENT ON OPERATOR - (schooljaar, integer) IS
	'So many school years earlier. Raises 22008 where that school year has no name.';

CREATE FUNCTION schooljaar_difference(schooljaar, schooljaar) RETURNS integer
	AS 'int4mi' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION schooljaar_difference(schooljaar, schooljaar) IS 'Implementation of the - operator.';
CREATE OPERATOR - (LEFTARG = schooljaar, RIGHTARG = schooljaar, FUNCTION = schooljaar_difference);
COMMENT ON OPERATOR - (schooljaar, schooljaar) IS 'How many school years lie between two.';

-- Window frames such as RANGE BETWEEN 1 PRECEDING AND CURRENT ROW.
CREATE FUNCTION schooljaar_in_range(schooljaar, schooljaar, integer, boolean, boolean) RETURNS boolean
	AS 'in_range_int4_int4' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION schooljaar_in_range(schooljaar, schooljaar, integer, boolean, boolean) IS
	'Window frames with RANGE over school years, the offset in years. Raises 22013 for a negative offset.';
ALTER OPERATOR FAMILY schooljaar_ops USING btree ADD
	FUNCTION 3 (schooljaar, integer) schooljaar_in_range(schooljaar, schooljaar, integer, boolean, boolean);
