-- AGODI's dossiers.  rebuild() grants these functions to the roles of the
-- purposes that admit by dossier, and to nobody else.
CREATE FUNCTION open_dossier(doel text, insz insz, schooljaar schooljaar, ontvangst date DEFAULT NULL, formulierversie text DEFAULT NULL,
	naam text DEFAULT NULL, voornaam text DEFAULT NULL, geboortedatum partial_date DEFAULT NULL, OUT dossier bigint, OUT outcome text)
	AS 'MODULE_PATHNAME', 'open_dossier' LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION open_dossier(text, insz, schooljaar, date, text, text, text, partial_date) FROM PUBLIC;
COMMENT ON FUNCTION open_dossier(text, insz, schooljaar, date, text, text, text, partial_date) IS
	'Opens a dossier under a purpose, for who is bound to it. Outcomes: opened; already_open and handled (that very dossier stands, nothing is written); unknown_person (huisonderwijs: not in AGODI''s register, and naam, voornaam and geboortedatum not all given; verificatie: no such pupil); huisonderwijs: no_declaration (no day of receipt, one in the future, or no form version), not_leerplichtig (today; a doubt counts as not); verificatie: not_in_secondary (not enrolled in secondary education that school year), schooljaar_over (from 31 August that ends it). What the register knows of a person stands; only a missing birth date is taken over. Raises LR002, LR003 when the caller is not bound to the purpose, LR012 when its protocol is not in force, LR006 when an application names no officer, and 22023 for a purpose of another name, a missing argument, or declaration and person given for verificatie. AGODI protocol, articles 2, a and b, 3 and 8.';

CREATE FUNCTION open_dossiers(doel text, schooljaar schooljaar) RETURNS bigint
	AS 'MODULE_PATHNAME', 'open_dossiers' LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION open_dossiers(text, schooljaar) FROM PUBLIC;
COMMENT ON FUNCTION open_dossiers(text, schooljaar) IS
	'Opens a dossier of verificatie for every pupil with INSZ enrolled in secondary education that school year who has none, for who is bound to the purpose; how many were opened. Again for newcomers, nothing twice. Raises LR002, LR003 when the caller is not bound to the purpose, LR012 when its protocol is not in force, LR006 when an application names no officer, and 22023 for another purpose or from 31 August that ends the school year. AGODI protocol, article 2, b: "een controle op de regelmatigheid van alle leerlingen in het secundair onderwijs".';

CREATE FUNCTION close_dossier(dossier bigint) RETURNS void
	AS 'MODULE_PATHNAME', 'close_dossier' LANGUAGE C VOLATILE STRICT SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION close_dossier(bigint) FROM PUBLIC;
COMMENT ON FUNCTION close_dossier(bigint) IS
	'Closes a dossier: it is handled from today on, for who is bound to its purpose. Raises LR002, LR003 when the caller is bound to no purpose with dossiers, LR012 when the protocol is not in force, LR006 when an application names no officer, LR040 for a dossier that is unknown or another purpose''s, and LR041 when it is handled. AGODI protocol, article 3: "afhandeling van het dossier".';

CREATE FUNCTION note_certificate(dossier bigint, categorie text, graad text, onderwijsvorm text, type_bewijs text, instantie text,
	uitreikingsdatum partial_date) RETURNS bigint
	AS 'MODULE_PATHNAME', 'note_certificate' LANGUAGE C VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION note_certificate(bigint, text, text, text, text, text, partial_date) FROM PUBLIC;
COMMENT ON FUNCTION note_certificate(bigint, text, text, text, text, text, partial_date) IS
	'Notes in an open dossier which certificate the officer confirmed, for who is bound to its purpose; the note''s number. Values come from the code lists; a value that is not known is null. Raises LR002, LR003 when the caller is bound to no purpose with dossiers, LR012 when the protocol is not in force, LR006 when an application names no officer, LR040 for a dossier that is unknown or another purpose''s, LR041 when it is handled, and 22023 for a value outside its code list, an onderwijsvorm under huisonderwijs, or a note that says nothing. AGODI protocol, article 6: "handmatige notities"; article 3.';
