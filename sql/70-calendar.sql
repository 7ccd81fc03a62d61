CREATE TABLE school_calendar_override (
	schooljaar	schooljaar NOT NULL,
	holiday		text NOT NULL CHECK (holiday <> ''),
	period		daterange NOT NULL,
	ground		text NOT NULL CHECK (ground <> ''),
	shipped		boolean NOT NULL DEFAULT false,
	PRIMARY KEY (schooljaar, holiday),
	CONSTRAINT period_in_schooljaar CHECK (period <@ schooljaar::daterange)
);
COMMENT ON TABLE school_calendar_override IS
	'Holidays that a decision of the government set otherwise than the decrees'' rules: a row puts its period in the place of the holiday of that name, or adds a holiday. Everybody may read it; the owner alone writes.';
COMMENT ON COLUMN school_calendar_override.schooljaar IS 'The school year that is changed.';
COMMENT ON COLUMN school_calendar_override.holiday IS
	'The holiday''s name as school_holidays() gives it, or a new name.';
COMMENT ON COLUMN school_calendar_override.period IS
	'Its days, within the school year; empty where the holiday is cancelled.';
COMMENT ON COLUMN school_calendar_override.ground IS 'The decision that says so.';
COMMENT ON COLUMN school_calendar_override.shipped IS
	'Whether the row came with the extension; such rows are not dumped, since installing makes them again.';
COMMENT ON CONSTRAINT period_in_schooljaar ON school_calendar_override IS
	'A school year''s calendar holds days of that year only.';
GRANT SELECT ON school_calendar_override TO PUBLIC;
SELECT pg_catalog.pg_extension_config_dump('school_calendar_override', 'WHERE NOT shipped');

INSERT INTO school_calendar_override (schooljaar, holiday, period, ground, shipped) VALUES
	('2020-2021', 'herfstvakantie', '[2020-11-02,2020-11-15]',
	 'Ministerieel besluit van 6 november 2020 tot verlenging van de herfstvakantie in 2020', true);

CREATE FUNCTION school_holidays(schooljaar, OUT holiday text, OUT period daterange) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'school_holidays' LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION school_holidays(schooljaar) IS
	'The holidays of a school year in order of time, by the decisions of 17 April 1991 and 31 August 2001 on the organisation of the school year and the rows of school_calendar_override. A school''s own days off are not in it. Raises 22023 before 1991-1992.';

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
COMMENT ON FUNCTION first_school_day(schooljaar) IS 'The first school day of a school year. Raises 22023 before 1991-1992.';

CREATE FUNCTION third_school_day(schooljaar) RETURNS date
	AS 'MODULE_PATHNAME', 'third_school_day' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION third_school_day(schooljaar) IS
	'The third school day of a school year: the last on which home education may be declared. Raises 22023 before 1991-1992. AGODI protocol, article 2, a).';

CREATE FUNCTION teldag(schooljaar) RETURNS date
	AS 'MODULE_PATHNAME', 'teldag' LANGUAGE C STABLE STRICT PARALLEL SAFE COST 1000;
COMMENT ON FUNCTION teldag(schooljaar) IS
	'The counting day: the first school day on or after 1 February. Raises 22023 before 1991-1992. AGODI protocol, article 2, b): "meestal is dit de eerste lesdag van februari".';
