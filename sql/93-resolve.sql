-- Whom a key stands for, now and at a moment, and what made it so.
CREATE INDEX identity_history_identified ON identity_history (to_leerling, operation) WHERE NOT account AND from_leerling IS NULL;
COMMENT ON INDEX identity_history_identified IS 'Which leer_id_uuid a record had at a moment, though it was withdrawn since: the identifications of the record.';
CREATE INDEX identity_operation_absorbed ON identity_operation (absorbed) WHERE absorbed IS NOT NULL;
COMMENT ON INDEX identity_operation_absorbed IS 'The operations by which a record was absorbed or made anew are of its history, too.';

CREATE FUNCTION resolve(key uuid, as_of timestamptz DEFAULT NULL, OUT state text, OUT leerling bigint, OUT leer_id_uuid uuid) RETURNS record
	AS 'MODULE_PATHNAME', 'resolve' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION resolve(uuid, timestamptz) IS
	'Which pupil an account_uuid or a leer_id_uuid stands for. state: leerling, with the number of the record and, of an identified pupil, his leer_id_uuid; withdrawn, for a leer_id_uuid of an identification that was undone; erased; unknown. A key of a record that was absorbed leads to the pupil it is part of. as_of: what was answered at that moment, and will be ever after, unless the pupil is erased; it waits for an operation on the pupil that is under way. For leerid_admin, leerid_intake and leerid_purger. Raises 22023 for a moment in the future, 55000 on a standby for one that it has not replayed.';
REVOKE ALL ON FUNCTION resolve(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve(uuid, timestamptz) TO leerid_admin, leerid_intake, leerid_purger;

CREATE FUNCTION resolve_many(keys uuid[], as_of timestamptz DEFAULT NULL) RETURNS TABLE (key uuid, state text, leerling bigint, leer_id_uuid uuid)
	AS 'MODULE_PATHNAME', 'resolve_many' LANGUAGE C STABLE PARALLEL SAFE ROWS 100000;
COMMENT ON FUNCTION resolve_many(uuid[], timestamptz) IS
	'As resolve(), for each of at most 1,000,000 keys, in the order given. For leerid_admin, leerid_intake and leerid_purger. Raises LR052 for more keys, 22004 for a null, 22023 for a moment in the future, 55000 on a standby for one that it has not replayed.';
REVOKE ALL ON FUNCTION resolve_many(uuid[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve_many(uuid[], timestamptz) TO leerid_admin, leerid_intake, leerid_purger;

CREATE FUNCTION resolve_insz(insz insz, OUT leerling bigint, OUT leer_id_uuid uuid, OUT former boolean) RETURNS record
	AS 'MODULE_PATHNAME', 'resolve_insz' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION resolve_insz(insz) IS
	'Which pupil has an INSZ; when nobody has, who had it before replace_insz() (former): one of whom it was no mistake first, else the last. All NULL when it was never anybody''s. For leerid_admin and leerid_intake.';
REVOKE ALL ON FUNCTION resolve_insz(insz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION resolve_insz(insz) TO leerid_admin, leerid_intake;

CREATE FUNCTION historiek(key uuid) RETURNS TABLE (op_id uuid, at timestamptz, kind text, verdict verdict, role name, actor text, reason text,
		account_uuid uuid, other_account uuid, moved uuid[], undone_by uuid)
	AS 'MODULE_PATHNAME', 'historiek' LANGUAGE C STABLE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION historiek(uuid) IS
	'The operations that made the pupil whom a key stands for, or stood for until it ended, what he is, in their order: those about his record and those about the records that it absorbed, undone ones too (undone_by names what undid them). moved: the accounts that the operation changed. For leerid_admin and leerid_auditor: no recipient ever gets it, and it is not the element historiek_account_uuid, which is a list of accounts (LARS protocol, article 3).';
REVOKE ALL ON FUNCTION historiek(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION historiek(uuid) TO leerid_admin, leerid_auditor;
