-- Bringing protocols into force, and binding roles to their purposes.
CREATE FUNCTION activate_protocol(code text, version text) RETURNS void AS 'MODULE_PATHNAME', 'activate_protocol'
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION activate_protocol(text, text) IS
	'Brings a version of a protocol into force: makes for each purpose the schema PROTOCOL_PURPOSE with the recipient''s views, the role DATABASE_PROTOCOL_PURPOSE that reads them, and the row-level policies. An earlier version is superseded, but where every school accepts one for itself. For leerid_admin. Raises LR011, LR012, LR014; 2BP01 when something else was built on a view that must go. LARS protocol, article 11; AGODI protocol, article 12; class protocol, article 12.';
REVOKE ALL ON FUNCTION activate_protocol(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION activate_protocol(text, text) TO leerid_admin;

CREATE FUNCTION unbuild() RETURNS void AS 'MODULE_PATHNAME', 'unbuild'
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION unbuild() IS
	'Takes away all views and policies that protocols in force stand for, before an upgrade; rebuild() makes them anew. Roles stay, they belong to the cluster. For leerid_admin. Raises 2BP01 when something else was built on a view.';
REVOKE ALL ON FUNCTION unbuild() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unbuild() TO leerid_admin;

CREATE FUNCTION rebuild() RETURNS bigint AS 'MODULE_PATHNAME', 'rebuild'
	LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION rebuild() IS
	'Makes roles, views, policies and grants anew from the rule tables, and returns the number of views: after a restore, in a copy of a database, after an upgrade, pg_upgrade included. Until then the gate refuses there (LR002). Closes again what such a change opens: the counters of rows touched, and triggers of the rule tables that do not fire in replicas. A bound role that the cluster lacks is named in a warning. For leerid_admin. Raises 2BP01 when something else was built on a view.';
REVOKE ALL ON FUNCTION rebuild() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION rebuild() TO leerid_admin;

CREATE FUNCTION bind(login_role name, protocol text, purpose text, service text, confidentiality_since date,
	mfa boolean DEFAULT false, direct boolean DEFAULT false, names_officer boolean DEFAULT false) RETURNS void
	AS 'MODULE_PATHNAME', 'bind_role' LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION bind(name, text, text, text, date, boolean, boolean, boolean) IS
	'Binds a login role to a purpose in this database: service is one of article 4''s recipients, confidentiality_since the day its holder was bound to confidentiality, mfa whether its access has multi-factor authentication, direct whether it also reads the tables (under one purpose only), names_officer whether it is an application''s role that names the acting officer in leerid.officer. For leerid_admin. Raises LR016, LR017, LR018; 42704 for a role that does not exist; 22004 for a null. LARS protocol, articles 4 and 6; AGODI protocol, articles 4 and 6; class protocol, article 6, C.';
REVOKE ALL ON FUNCTION bind(name, text, text, text, date, boolean, boolean, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION bind(name, text, text, text, date, boolean, boolean, boolean) TO leerid_admin;

CREATE FUNCTION unbind(login_role name, protocol text, purpose text) RETURNS void
	AS 'MODULE_PATHNAME', 'unbind_role' LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION unbind(name, text, text) IS
	'Ends a binding; the next statement of every session of that role is refused. For leerid_admin. Raises LR003 when there is none.';
REVOKE ALL ON FUNCTION unbind(name, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION unbind(name, text, text) TO leerid_admin;
