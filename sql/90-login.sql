CREATE FUNCTION login(application text, account_uuid uuid DEFAULT NULL, leer_id_uuid uuid DEFAULT NULL,
	OUT granted boolean, OUT reason text, OUT claims jsonb) RETURNS record
	AS 'MODULE_PATHNAME', 'login' LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION login(text, uuid, uuid) IS
	'Whether a pupil, whom the identity provider has authenticated, may enter an application, by one of the two keys; that of a record which was absorbed is answered as the pupil it is part of. Granted: claims under the protocol''s names, and the recipient''s login_record replaced in the same call where the protocol gives data at logins. Refused: a reason (protocol_not_in_force, unknown_account, restricted, objection, no_enrolment, level, no_agreement, not_visible), nothing handed over and nothing changed. For leerid_idp. Raises LR001, LR002; LR030 unknown application, LR031 and LR032 for one that is set up wrongly; 22023 without exactly one key; 40001 for a pupil or a record that is younger than the snapshot of a REPEATABLE READ transaction. LARS protocol, articles 3 and 5.';
REVOKE ALL ON FUNCTION login(text, uuid, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION login(text, uuid, uuid) TO leerid_idp;
