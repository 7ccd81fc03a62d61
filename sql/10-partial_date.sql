--@ scalar partial_date int4 integer YYYYMMDD with 00 for what is unknown

COMMENT ON TYPE partial_date IS
	'A date of which the day, or the day and the month, may be unknown: 2000-05-17, 2000-05-00, 2000-00-00, as the registers deliver birth dates and dates of issue. Input also takes 2000-05 and 2000, the same cut short. Index order is (year, month, day) with the unknown first, which is no order in time: a rule that uses one says which bound it takes, lower() or upper(). Raises 22P02.';

CREATE FUNCTION partial_date(date) RETURNS partial_date
	AS 'MODULE_PATHNAME', 'partial_date_from_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION partial_date(date) IS
	'The partial date of a known day. Raises 22008 for infinity and outside the years 0001 to 9999.';
CREATE CAST (date AS partial_date) WITH FUNCTION partial_date(date) AS ASSIGNMENT;
COMMENT ON CAST (date AS partial_date) IS
	'The partial date of a known day. Raises 22008 for infinity and outside the years 0001 to 9999.';

CREATE FUNCTION daterange(partial_date) RETURNS daterange
	AS 'MODULE_PATHNAME', 'partial_date_daterange' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION daterange(partial_date) IS 'The days that a partial date may mean: one, a month or a year.';
CREATE CAST (partial_date AS daterange) WITH FUNCTION daterange(partial_date);
COMMENT ON CAST (partial_date AS daterange) IS 'The days that a partial date may mean: one, a month or a year.';

CREATE FUNCTION lower(partial_date) RETURNS date
	AS 'MODULE_PATHNAME', 'partial_date_lower' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION lower(partial_date) IS 'The first day that a partial date may mean: lower(daterange(...)).';

CREATE FUNCTION upper(partial_date) RETURNS date
	AS 'MODULE_PATHNAME', 'partial_date_upper' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION upper(partial_date) IS 'The day after the last day that a partial date may mean: upper(daterange(...)).';

CREATE FUNCTION is_complete(partial_date) RETURNS boolean
	AS 'MODULE_PATHNAME', 'partial_date_complete' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION is_complete(partial_date) IS 'Whether year, month and day are all known.';
