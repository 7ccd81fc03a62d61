-- The fixed roles belong to the cluster: another database may have made them.
CREATE FUNCTION make_roles() RETURNS void AS 'MODULE_PATHNAME', 'make_roles' LANGUAGE C;
SELECT make_roles();
DROP FUNCTION make_roles();

-- How often a session touched a hidden row can be read from these counters and
-- from the lock table, so they are for pg_monitor, no longer for everybody.
CREATE FUNCTION guard_statistics() RETURNS void AS 'MODULE_PATHNAME', 'guard_statistics' LANGUAGE C;
SELECT guard_statistics();
DROP FUNCTION guard_statistics();
