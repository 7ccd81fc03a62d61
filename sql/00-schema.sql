\echo Use "CREATE EXTENSION leerid CASCADE" to load this file. \quit

-- Whoever may connect may name the types and call the functions that stand
-- open to everybody; each object has its own grants beyond that.
GRANT USAGE ON SCHEMA leerid TO PUBLIC;
