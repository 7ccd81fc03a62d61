-- What the Schoolloket, the administrative packages and the data manager call
-- for one school.  Rights, consents and restrictions are read as committed at
-- the moment of the call, so none of it is stable, and none is for parallel plans.
CREATE FUNCTION share_class_information(actor insz, instellingsnummer instellingsnummer, version text, text_sha256 bytea) RETURNS void
	AS 'MODULE_PATHNAME', 'share_class_information' LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION share_class_information(insz, instellingsnummer, text, bytea) IS
	'Starts the sharing of class information: the akkoord of the school''s board, given by a databeheerder of the school, with one version of the class protocol, whose text was shown. Takes the place of a standing akkoord with another version. For leerid_schoolloket. Raises LR002, LR020 for an unknown school, LR021 without the right databeheerder there today, LR011 for an unknown version and LR012 for one that is not in force, 22023 when text_sha256 is not that of the version''s text, LR022 for a school that the protocol is not for, LR023 when its software is no supported package, LR024 when it shares under this version already, 22004 for a null, 40001 when the version is younger than the snapshot of the transaction. Class protocol, article 12; manual Schoolloket, 2.';

CREATE FUNCTION stop_class_information(actor insz, instellingsnummer instellingsnummer) RETURNS void
	AS 'MODULE_PATHNAME', 'stop_class_information' LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION stop_class_information(insz, instellingsnummer) IS
	'Stops the sharing of class information, by a databeheerder of the school. What was delivered stays, hidden, until its term; applications that were shown stay shown. For leerid_schoolloket. Raises LR002, LR020 for an unknown school, LR021 without the right databeheerder there today, LR025 when the school does not share, 22004 for a null. Manual Schoolloket, 3.';

CREATE FUNCTION stop_class_information_on_request(instellingsnummer instellingsnummer, request text) RETURNS void
	AS 'MODULE_PATHNAME', 'stop_class_information_on_request' LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION stop_class_information_on_request(instellingsnummer, text) IS
	'Stops the sharing of class information as the school''s board asked DOV in writing; the reference of the request is kept with the stop, and no personal data belongs in it. For leerid_admin. Raises LR002, LR020 for an unknown school, LR025 when the school does not share, 22023 for an empty reference, 22004 for a null. Manual Schoolloket, 1.1: the right databeheerder is "enkel nodig voor de activatie".';

CREATE FUNCTION sharing_state(actor insz, instellingsnummer instellingsnummer, OUT sharing boolean, OUT since timestamptz, OUT given_by insz, OUT version text, OUT stopped_at timestamptz) RETURNS record
	AS 'MODULE_PATHNAME', 'sharing_state' LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION sharing_state(insz, instellingsnummer) IS
	'Whether the school shares class information, and of the akkoord it gave last: since when, by whom, with which version, and when it stopped (a stop, or the end of the version). All but the first are NULL when it never gave one. For leerid_schoolloket. Raises LR002, LR020 for an unknown school, LR021 without a right there today, 22004 for a null. Manual Schoolloket, 2.';

CREATE FUNCTION approved_protocol(actor insz, instellingsnummer instellingsnummer) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'approved_protocol' LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION approved_protocol(insz, instellingsnummer) IS
	'The version of the class protocol that the school accepted last, also after it stopped; NULL when it never accepted one. For leerid_schoolloket. Raises LR002, LR020 for an unknown school, LR021 without a right there today, 22004 for a null. Manual Schoolloket, 2: "Ook kan je steeds opnieuw het goedgekeurde protocol terug consulteren".';

CREATE FUNCTION show_application(actor insz, instellingsnummer instellingsnummer, application text, account_uuid uuid DEFAULT NULL, klas text DEFAULT NULL, subklas text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'show_application' LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION show_application(insz, instellingsnummer, text, uuid, text, text) IS
	'Makes an application visible for one pupil, by any of his accounts, or for the pupils who sit in a class, a subclass or both today; kept per pupil and school. Returns for how many pupils it became visible. For leerid_schoolloket. Raises LR002, LR020 for an unknown school, LR021 without the right leerid_beheerder there today, LR030 for an unknown application, LR027 when no such pupil is actively enrolled there, LR026 for a class while the school does not share, 22023 unless either an account or a (sub)class is given, 22004 for a null, 40001 for what another showed after the snapshot of a REPEATABLE READ transaction. Manual Schoolloket, 2: "Applicaties eenvoudig toekennen per (sub)klas".';

CREATE FUNCTION hide_application(actor insz, instellingsnummer instellingsnummer, application text, account_uuid uuid DEFAULT NULL, klas text DEFAULT NULL, subklas text DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME', 'hide_application' LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION hide_application(insz, instellingsnummer, text, uuid, text, text) IS
	'Undoes what show_application() did, for whom it may be called in the same way. Returns for how many pupils the application is visible no more through this school. For leerid_schoolloket. Raises LR002, LR020 for an unknown school, LR021 without the right leerid_beheerder there today, LR030 for an unknown application, LR027 when no such pupil is actively enrolled there, LR026 for a class while the school does not share, 22023 unless either an account or a (sub)class is given, 22004 for a null. Manual Schoolloket, 2.';

CREATE FUNCTION pupils_of(actor insz, instellingsnummer instellingsnummer, klas text DEFAULT NULL, subklas text DEFAULT NULL, search text DEFAULT NULL)
	RETURNS TABLE (account_uuid uuid, leer_id_uuid uuid, naam text, voornaam text, klas text, subklas text[])
	AS 'MODULE_PATHNAME', 'pupils_of' LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 500;
COMMENT ON FUNCTION pupils_of(insz, instellingsnummer, text, text, text) IS
	'The pupils who are actively enrolled at the school today and under no restriction, sorted by name: those in a class, a subclass or both, and those whose naam or voornaam begins with search, in either case of letters. The account is the principal one. klas and subklas are NULL while the school does not share class information; then subklas is empty for a pupil in none. For leerid_schoolloket. Raises LR002, LR020 for an unknown school, LR021 without the right leerid_beheerder there today, LR026 for a class while the school does not share, 22004 for a null. Manual Schoolloket, 2: "Leerlingen filteren en zoeken op (sub)klas".';

CREATE FUNCTION accounts_changed_since(actor insz, instellingsnummer instellingsnummer, since timestamptz, per_class boolean DEFAULT false)
	RETURNS TABLE (klas text, account_uuid uuid, naam text, voornaam text, changed_at timestamptz)
	AS 'MODULE_PATHNAME', 'accounts_changed_since' LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 100;
COMMENT ON FUNCTION accounts_changed_since(insz, instellingsnummer, timestamptz, boolean) IS
	'The live accounts, made or changed at a moment or after it, of the pupils who are actively enrolled at the school today and under no restriction, sorted by name; per_class sorts them by class first, pupils without one last. For leerid_schoolloket. Raises LR002, LR020 for an unknown school, LR021 without the right leerid_beheerder there today, LR026 for per_class while the school does not share, 22004 for a null. Manual Schoolloket, 2: "Nieuwe of aangepaste LeerID-account(s) groeperen per (sub)klas".';

CREATE FUNCTION package_identifiers(instellingsnummer instellingsnummer, source_keys text[])
	RETURNS TABLE (source_key text, leer_id_uuid uuid, account_uuid uuid)
	AS 'MODULE_PATHNAME', 'package_identifiers' LANGUAGE C SECURITY DEFINER SET search_path = pg_catalog, pg_temp ROWS 500;
COMMENT ON FUNCTION package_identifiers(instellingsnummer, text[]) IS
	'For each of the school''s own keys that names a pupil who is actively enrolled there today and under no restriction: the leer_id_uuid, or the principal account_uuid of a pupil without one, never both. A key that names nobody, or two pupils, gives no row. For leerid_package, by the role of the package that the school has configured today. Raises LR002, LR020 for an unknown school, LR028 when it is not the school''s package that calls, LR026 while the school does not share, 54000 for more than 100,000 keys, 22004 for a null. Class protocol, F and article 2, 2.';

REVOKE ALL ON FUNCTION share_class_information(insz, instellingsnummer, text, bytea), stop_class_information(insz, instellingsnummer),
	stop_class_information_on_request(instellingsnummer, text), sharing_state(insz, instellingsnummer), approved_protocol(insz, instellingsnummer),
	show_application(insz, instellingsnummer, text, uuid, text, text), hide_application(insz, instellingsnummer, text, uuid, text, text),
	pupils_of(insz, instellingsnummer, text, text, text), accounts_changed_since(insz, instellingsnummer, timestamptz, boolean),
	package_identifiers(instellingsnummer, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION share_class_information(insz, instellingsnummer, text, bytea), stop_class_information(insz, instellingsnummer),
	sharing_state(insz, instellingsnummer), approved_protocol(insz, instellingsnummer),
	show_application(insz, instellingsnummer, text, uuid, text, text), hide_application(insz, instellingsnummer, text, uuid, text, text),
	pupils_of(insz, instellingsnummer, text, text, text), accounts_changed_since(insz, instellingsnummer, timestamptz, boolean) TO leerid_schoolloket;
GRANT EXECUTE ON FUNCTION stop_class_information_on_request(instellingsnummer, text) TO leerid_admin;
GRANT EXECUTE ON FUNCTION package_identifiers(instellingsnummer, text[]) TO leerid_package;
