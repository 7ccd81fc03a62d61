-- Rights of data subjects that close the gate.
CREATE FUNCTION restrict_processing(account_uuid uuid, ground text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'restrict_processing' LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION restrict_processing(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION restrict_processing(uuid, text) TO leerid_admin;
COMMENT ON FUNCTION restrict_processing(uuid, text) IS
	'Restricts the processing of the pupil that an account stands for, on one of the grounds 18(1)(a) to 18(1)(d); the restriction''s number, the same again while it stands. For leerid_admin. Raises 22023 for an unknown account or ground. GDPR, article 18.';

CREATE FUNCTION restrict_person(insz insz, ground text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'restrict_person' LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION restrict_person(insz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION restrict_person(insz, text) TO leerid_admin;
COMMENT ON FUNCTION restrict_person(insz, text) IS
	'Restricts the processing of whoever has an INSZ, as a pupil and in AGODI''s register of persons, now or later; the restriction''s number, the same again while it stands. It does not tell whether anybody is known there. For leerid_admin. Raises 22023 for an unknown ground. GDPR, article 18.';

CREATE FUNCTION lift_restriction(id bigint) RETURNS void
	AS 'MODULE_PATHNAME', 'lift_restriction' LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION lift_restriction(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lift_restriction(bigint) TO leerid_admin;
COMMENT ON FUNCTION lift_restriction(bigint) IS
	'Lifts a restriction by its number. For leerid_admin. Raises 22023 when no restriction of that number stands. GDPR, article 18(3): the person is told before.';

CREATE FUNCTION register_objection(account_uuid uuid, protocol_code text) RETURNS bigint
	AS 'MODULE_PATHNAME', 'register_objection' LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION register_objection(uuid, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION register_objection(uuid, text) TO leerid_admin;
COMMENT ON FUNCTION register_objection(uuid, text) IS
	'Registers the objection of the pupil that an account stands for to a protocol that rests on article 6(1)(f), or to the one that each school accepts; its number, the same again while it is open. For leerid_admin. Raises 22023 for an unknown account and for a protocol on another ground, and LR011 when no protocol of that code stands. GDPR, article 21; LARS protocol, article 2.';

CREATE FUNCTION decide_objection(id bigint, upheld boolean) RETURNS void
	AS 'MODULE_PATHNAME', 'decide_objection' LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION decide_objection(bigint, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION decide_objection(bigint, boolean) TO leerid_admin;
COMMENT ON FUNCTION decide_objection(bigint, boolean) IS
	'Decides an objection by its number. For leerid_admin. Raises 22023 when no objection of that number is open. GDPR, article 21.';
