CREATE TABLE school_calendar_override (
	schooljaar	schooljaar NOT NULL CHECK (schooljaar >= '1991-1992'),
	holiday		text NOT NULL CHECK (holiday OPERATOR(pg_catalog.<>) ''),
	period		daterange NOT NULL,
	ground		text NOT NULL CHECK (ground OPERATOR(pg_catalog.<>) ''),
	PRIMARY KEY (schooljaar, holiday),
	CONSTRAINT period_in_schooljaar CHECK (period OPERATOR(pg_catalog.<@) daterange(schooljaar))
);
COMMENT ON TABLE school_calendar_override IS
	'Holidays that a decision of the government set otherwise, for what the extension does not know itself: a row puts its period in the place of the holiday of that name, or adds a holiday under a new name. Everybody may read it; the owner alone writes.';
COMMENT ON COLUMN school_calendar_override.schooljaar IS 'The school year that is changed, 1991-1992 at the earliest.';
COMMENT ON COLUMN school_calendar_override.holiday IS
	'The holiday''s name as school_holidays() gives it, or a new name.';
COMMENT ON COLUMN school_calendar_override.period IS
	'Its days, within the school year; empty where the holiday is cancelled.';
COMMENT ON COLUMN school_calendar_override.ground IS 'The decision that says so.';
COMMENT ON CONSTRAINT period_in_schooljaar ON school_calendar_override IS
	'A school year''s calendar holds days of that year only.';
GRANT SELECT ON school_calendar_override TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('school_calendar_override', '');

CREATE FUNCTION school_holidays(schooljaar, OUT holiday text, OUT period daterange, OUT ground text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'school_holidays' LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION school_holidays(schooljaar) IS
	'The holidays of a school year in order of time, by the decisions of 17 April 1991 and 31 August 2001 on the organisation of the school year, the later decisions that changed a year (ground names them; that on the autumn of 2020 is known), and the rows of school_calendar_override. A school''s own days off are not in it. Raises 22023 before 1991-1992.';

CREATE FUNCTION is_school_day(date) RETURNS boolean
	AS 'MODULE_PATHNAME', 'is_school_day' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION is_school_day(date) IS
	'Whether a day is a weekday and no holiday. Raises 22023 before 1991-1992 and 22008 for infinity.';

CREATE FUNCTION next_school_day(date) RETURNS date
	AS 'MODULE_PATHNAME', 'next_school_day' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION next_school_day(date) IS
	'The first school day on or after a day. Raises 22023 before 1991-1992 and 22008 for infinity.';

CREATE FUNCTION first_school_day(schooljaar) RETURNS date
	AS 'MODULE_PATHNAME', 'first_school_day' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION first_school_day(schooljaar) IS 'The first school day of a school year; NULL where overrides leave none. Raises 22023 before 1991-1992.';

CREATE FUNCTION third_school_day(schooljaar) RETURNS date
	AS 'MODULE_PATHNAME', 'third_school_day' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION third_school_day(schooljaar) IS
	'The third school day of a school year: the last on which home education may be declared; NULL where overrides leave none. Raises 22023 before 1991-1992. AGODI protocol, article 2, a).';

CREATE FUNCTION teldag(schooljaar) RETURNS date
	AS 'MODULE_PATHNAME', 'teldag' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION teldag(schooljaar) IS
	'The counting day: the first school day on or after 1 February; NULL where overrides leave none. Raises 22023 before 1991-1992. AGODI protocol, article 2, b): "meestal is dit de eerste lesdag van februari".';
