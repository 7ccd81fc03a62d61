-- The gate.  Everybody may execute its functions, because views and policies
-- call them with the reader's rights; but nobody can write a pass.
CREATE TYPE gate_pass;
CREATE FUNCTION gate_pass_in(cstring) RETURNS gate_pass AS 'MODULE_PATHNAME', 'gate_pass_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gate_pass_in(cstring) IS 'Input of gate_pass: refused to everybody. Raises LR004.';
CREATE FUNCTION gate_pass_out(gate_pass) RETURNS cstring AS 'MODULE_PATHNAME', 'gate_pass_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION gate_pass_out(gate_pass) IS 'Output of gate_pass.';
CREATE TYPE gate_pass (INPUT = gate_pass_in, OUTPUT = gate_pass_out, LIKE = pg_catalog.int4);
COMMENT ON TYPE gate_pass IS 'The number of a purpose, written into its views and policies. No session can make one, so none can ask the gate about rows of its own choosing.';

-- Nobody can put it into a row type or a domain either.  The type's default
-- grant is to PUBLIC; its array type goes by it.
REVOKE ALL ON TYPE gate_pass FROM PUBLIC;

CREATE FUNCTION gate_selectivity(internal) RETURNS internal AS 'MODULE_PATHNAME', 'gate_selectivity' LANGUAGE C STRICT;
COMMENT ON FUNCTION gate_selectivity(internal) IS 'Tells the planner that the gate lets nearly all rows through, whatever the data.';
REVOKE ALL ON FUNCTION gate_selectivity(internal) FROM PUBLIC;

CREATE FUNCTION gate_row(gate_pass, subject bigint, instellingsnummer instellingsnummer, application integer, VARIADIC pins "any") RETURNS boolean
	AS 'MODULE_PATHNAME', 'gate_row' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 10 SUPPORT gate_selectivity;
COMMENT ON FUNCTION gate_row(gate_pass, bigint, instellingsnummer, integer, "any") IS
	'The gate in a view: whether a row may be shown, and if so, the record that it was. Parallel restricted: what workers record would be lost. Raises LR001, LR004.';

CREATE FUNCTION element_ok(gate_pass, ordinal integer, subject bigint, instellingsnummer instellingsnummer, application integer,
		einde_bij_pakket date DEFAULT NULL) RETURNS boolean
	AS 'MODULE_PATHNAME', 'element_ok' LANGUAGE C STABLE PARALLEL RESTRICTED COST 10;
COMMENT ON FUNCTION element_ok(gate_pass, integer, bigint, instellingsnummer, integer, date) IS
	'Whether an element of a row that is shown may be shown: its own condition. Records nothing. Raises LR001, LR004.';

CREATE FUNCTION gate_table(gate_pass, subject bigint, instellingsnummer instellingsnummer) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gate_table' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 100 SUPPORT gate_selectivity;
COMMENT ON FUNCTION gate_table(gate_pass, bigint, instellingsnummer) IS
	'The gate in a policy of a table that carries the admission fact. Raises LR001, LR004.';

CREATE FUNCTION gate_class(gate_pass, leerling bigint, instellingsnummer instellingsnummer, einde_bij_pakket date) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gate_class' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 1000 SUPPORT gate_selectivity;
COMMENT ON FUNCTION gate_class(gate_pass, bigint, instellingsnummer, date) IS
	'The gate in a provider''s policy of klas. Raises LR001, LR004. Class protocol, article 3; manual Schoolloket, 2.';

CREATE FUNCTION gate_akkoord(gate_pass, leerling bigint, instellingsnummer instellingsnummer, einde_bij_pakket date, VARIADIC pins "any") RETURNS boolean
	AS 'MODULE_PATHNAME', 'gate_akkoord' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 1000 SUPPORT gate_selectivity;
COMMENT ON FUNCTION gate_akkoord(gate_pass, bigint, instellingsnummer, date, "any") IS
	'The gate before class information for DOV''s managers of LeerID: the school shares, and the term of article 3 is not over. Raises LR001, LR004. Class protocol, articles 3 and 4.';

CREATE FUNCTION gate_subject(gate_pass, subject bigint) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gate_subject' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 1000 SUPPORT gate_selectivity;
COMMENT ON FUNCTION gate_subject(gate_pass, bigint) IS
	'The gate in a policy of a table that does not carry the admission fact: asks for it person by person, so this door is slower than the view. Raises LR001, LR004.';

CREATE FUNCTION gate_insz(gate_pass, insz insz) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gate_insz' LANGUAGE C VOLATILE PARALLEL RESTRICTED COST 1000 SUPPORT gate_selectivity;
COMMENT ON FUNCTION gate_insz(gate_pass, insz) IS
	'The same as gate_subject(), for a table that names a person by INSZ. Raises LR001, LR004.';

CREATE FUNCTION today() RETURNS date AS 'MODULE_PATHNAME', 'today' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION today() IS
	'What day it is in the zone of leerid.time_zone (Europe/Brussels), by the clock at the start of the statement where a view is read. A session''s TimeZone changes nothing.';

CREATE FUNCTION same_school(instellingsnummer, instellingsnummer) RETURNS boolean AS 'int4eq'
	LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE LEAKPROOF SUPPORT gate_selectivity;
COMMENT ON FUNCTION same_school(instellingsnummer, instellingsnummer) IS
	'Equality, between two rows of one pupil, for the views. A pupil''s rows nearly all name one school, and the planner, which cannot know it, would expect one in thousands to; here it is told so. Raises nothing.';

CREATE FUNCTION last_disclosure(OUT purpose integer, OUT subject bigint) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'last_disclosure' LANGUAGE C VOLATILE PARALLEL RESTRICTED;
COMMENT ON FUNCTION last_disclosure() IS
	'The persons, by internal id, whom the gate recorded as shown by the last statement of this session that read under a purpose and ended well. For superusers.';
REVOKE ALL ON FUNCTION last_disclosure() FROM PUBLIC;

-- Whoever changes a rule tells every session, a replication worker too.
CREATE FUNCTION rule_changed() RETURNS trigger AS 'MODULE_PATHNAME', 'rule_changed' LANGUAGE C;
COMMENT ON FUNCTION rule_changed() IS
	'Makes every session read the rules anew, from the next statement after the commit on. Fires in replicas too.';
REVOKE ALL ON FUNCTION rule_changed() FROM PUBLIC;

CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON agreement FOR EACH ROW EXECUTE FUNCTION rule_changed();
CREATE TRIGGER rules_truncated AFTER TRUNCATE ON agreement FOR EACH STATEMENT EXECUTE FUNCTION rule_changed();
ALTER TABLE agreement ENABLE ALWAYS TRIGGER rule_changed;
ALTER TABLE agreement ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON application FOR EACH ROW EXECUTE FUNCTION rule_changed();
CREATE TRIGGER rules_truncated AFTER TRUNCATE ON application FOR EACH STATEMENT EXECUTE FUNCTION rule_changed();
ALTER TABLE application ENABLE ALWAYS TRIGGER rule_changed;
ALTER TABLE application ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON binding FOR EACH ROW EXECUTE FUNCTION rule_changed();
CREATE TRIGGER rules_truncated AFTER TRUNCATE ON binding FOR EACH STATEMENT EXECUTE FUNCTION rule_changed();
ALTER TABLE binding ENABLE ALWAYS TRIGGER rule_changed;
ALTER TABLE binding ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON built FOR EACH ROW EXECUTE FUNCTION rule_changed();
CREATE TRIGGER rules_truncated AFTER TRUNCATE ON built FOR EACH STATEMENT EXECUTE FUNCTION rule_changed();
ALTER TABLE built ENABLE ALWAYS TRIGGER rule_changed;
ALTER TABLE built ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON consent FOR EACH ROW EXECUTE FUNCTION rule_changed();
CREATE TRIGGER rules_truncated AFTER TRUNCATE ON consent FOR EACH STATEMENT EXECUTE FUNCTION rule_changed();
ALTER TABLE consent ENABLE ALWAYS TRIGGER rule_changed;
ALTER TABLE consent ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON decretal_basis FOR EACH ROW EXECUTE FUNCTION rule_changed();
CREATE TRIGGER rules_truncated AFTER TRUNCATE ON decretal_basis FOR EACH STATEMENT EXECUTE FUNCTION rule_changed();
ALTER TABLE decretal_basis ENABLE ALWAYS TRIGGER rule_changed;
ALTER TABLE decretal_basis ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON element FOR EACH ROW EXECUTE FUNCTION rule_changed();
CREATE TRIGGER rules_truncated AFTER TRUNCATE ON element FOR EACH STATEMENT EXECUTE FUNCTION rule_changed();
ALTER TABLE element ENABLE ALWAYS TRIGGER rule_changed;
ALTER TABLE element ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON objection FOR EACH ROW EXECUTE FUNCTION rule_changed();
CREATE TRIGGER rules_truncated AFTER TRUNCATE ON objection FOR EACH STATEMENT EXECUTE FUNCTION rule_changed();
ALTER TABLE objection ENABLE ALWAYS TRIGGER rule_changed;
ALTER TABLE objection ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON protocol FOR EACH ROW EXECUTE FUNCTION rule_changed();
CREATE TRIGGER rules_truncated AFTER TRUNCATE ON protocol FOR EACH STATEMENT EXECUTE FUNCTION rule_changed();
ALTER TABLE protocol ENABLE ALWAYS TRIGGER rule_changed;
ALTER TABLE protocol ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON purpose_terms FOR EACH ROW EXECUTE FUNCTION rule_changed();
CREATE TRIGGER rules_truncated AFTER TRUNCATE ON purpose_terms FOR EACH STATEMENT EXECUTE FUNCTION rule_changed();
ALTER TABLE purpose_terms ENABLE ALWAYS TRIGGER rule_changed;
ALTER TABLE purpose_terms ENABLE ALWAYS TRIGGER rules_truncated;

CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON restriction FOR EACH ROW EXECUTE FUNCTION rule_changed();
CREATE TRIGGER rules_truncated AFTER TRUNCATE ON restriction FOR EACH STATEMENT EXECUTE FUNCTION rule_changed();
ALTER TABLE restriction ENABLE ALWAYS TRIGGER rule_changed;
ALTER TABLE restriction ENABLE ALWAYS TRIGGER rules_truncated;

-- A restriction is one of the person in both registers.
CREATE FUNCTION insz_changed() RETURNS trigger AS 'MODULE_PATHNAME', 'insz_changed' LANGUAGE C;
COMMENT ON FUNCTION insz_changed() IS
	'Makes every session read the restrictions anew when a pupil or a person gets an INSZ: whoever is restricted in one register is in the other. Fires in replicas too. GDPR, article 18.';
REVOKE ALL ON FUNCTION insz_changed() FROM PUBLIC;

CREATE TRIGGER insz_changed AFTER INSERT OR UPDATE OF insz ON leerling FOR EACH ROW EXECUTE FUNCTION insz_changed();
CREATE TRIGGER insz_changed AFTER INSERT OR UPDATE OF insz ON persoon FOR EACH ROW EXECUTE FUNCTION insz_changed();
ALTER TABLE leerling ENABLE ALWAYS TRIGGER insz_changed;
ALTER TABLE persoon ENABLE ALWAYS TRIGGER insz_changed;
