CREATE FUNCTION leerplicht(geboortedatum partial_date) RETURNS daterange
	AS 'MODULE_PATHNAME', 'leerplicht' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION leerplicht(partial_date) IS
	'The days on which a child is leerplichtig: from 1 September of the year it turns 6, from 2020 on of the year it turns 5, to the day before its 18th birthday, or through 30 June of that year when it turns 18 after 30 June. For a partial birth date the days that are certain whatever the birthday, so that a doubt is never shown as an obligation; leerplichtig() tells the doubt apart. An early diploma is not looked at. AGODI protocol, article 2, a).';

CREATE FUNCTION leerplichtig(geboortedatum partial_date, on_date date) RETURNS boolean
	AS 'MODULE_PATHNAME', 'leerplichtig' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF;
COMMENT ON FUNCTION leerplichtig(partial_date, date) IS
	'Whether a child is leerplichtig on a day by its birth date: true, false, or NULL when the part of the birth date that is unknown decides. AGODI protocol, article 2, a).';
