\echo Use "CREATE EXTENSION leerid CASCADE" to load this file. \quit

-- Nothing below is safe in a schema that somebody else made: look first.
CREATE FUNCTION check_schema() RETURNS void AS 'MODULE_PATHNAME', 'check_schema' LANGUAGE C;
SELECT check_schema();
DROP FUNCTION check_schema();

-- Whoever may connect may name the types and call the functions that stand
-- open to everybody; each object has its own grants beyond that.
GRANT USAGE ON SCHEMA leerid TO PUBLIC;
