-- Protocols: importing, publishing, comparing and ending them.
CREATE FUNCTION import_protocol(document jsonb) RETURNS integer
	AS 'MODULE_PATHNAME', 'import_protocol' LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION import_protocol(jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION import_protocol(jsonb) TO leerid_admin;
COMMENT ON FUNCTION import_protocol(jsonb) IS
	'Brings in a version of a protocol, as doc/protocols.md describes the document, and returns the id of its row; for leerid_admin. Nothing is in force by it: activate_protocol() does that. The same version with the same document again returns the same id and changes nothing. Raises LR010, with the JSON path, where the document lacks something, has something unknown or contradicts itself, and LR013 where the version is here with another document; nothing is changed then. Raises 40001 in a REPEATABLE READ transaction that began before another import it builds on. Decree of 18 July 2008, article 8, par. 1; GDPR, article 30.';

CREATE FUNCTION protocol_document(code text, version text DEFAULT NULL) RETURNS jsonb
	AS 'MODULE_PATHNAME', 'protocol_document' LANGUAGE C STABLE PARALLEL SAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION protocol_document(text, text) IS
	'The document of a protocol as imported, what it does not state shown as "not_stated"; for everybody, since protocols are published. Without a version: the one in force, or where none is, the one of the latest date. Raises LR011 where there is none. Class protocol and AGODI protocol, article 8; LARS protocol, E.';

CREATE FUNCTION protocol_text_sha256(code text, version text DEFAULT NULL) RETURNS bytea
	AS 'MODULE_PATHNAME', 'protocol_text_sha256' LANGUAGE C STABLE PARALLEL SAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
COMMENT ON FUNCTION protocol_text_sha256(text, text) IS
	'SHA-256 of the text of what protocol_document() gives, in UTF-8: what a school''s akkoord is recorded with; for everybody. Raises LR011 where there is no such protocol. Class protocol, article 12.';

CREATE FUNCTION protocol_diff(jsonb, jsonb) RETURNS TABLE (path text, a jsonb, b jsonb)
	AS 'MODULE_PATHNAME', 'protocol_diff' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION protocol_diff(jsonb, jsonb) IS
	'How two documents differ: each scalar, and each empty object or list, that stands in one of them only or differs, with its JSON path, keys in the order of their bytes and items in that of their list. a or b is NULL where it is not there. Two versions are compared with protocol_diff(protocol_document(code, version), protocol_document(code, other)). Raises nothing.';

CREATE FUNCTION end_protocol(code text, by_party text, how text, "on" date, reason text,
		instellingsnummer instellingsnummer DEFAULT NULL) RETURNS void
	AS 'MODULE_PATHNAME', 'end_protocol' LANGUAGE C VOLATILE PARALLEL UNSAFE
	SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
REVOKE ALL ON FUNCTION end_protocol(text, text, text, date, text, instellingsnummer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION end_protocol(text, text, text, date, text, instellingsnummer) TO leerid_admin;
COMMENT ON FUNCTION end_protocol(text, text, text, date, text, instellingsnummer) IS
	'Ends a protocol in a way (breach, notice, legal_ground_lapsed, service_ended) and by a party that its document names; for leerid_admin. breach: at once. notice: "on" is the day of the letter, and the protocol ends after the document''s period, its last day included. legal_ground_lapsed and service_ended come by law: at once, or after the day named when it lies ahead; by_party is who reports it, or NULL. The class protocol is ended for a breach by a school for itself alone: the school''s akkoord stops. An earlier end takes the place of a later one; terms of retention keep running. No personal data belongs in the reason. Raises LR011 for an unknown protocol, LR012 for one that is not in force, LR015 for another way, party or day than the document''s, LR020 and LR025 for a school that is unknown or does not share, 22004 without code, how or reason, 40001 where the same row changed meanwhile in a REPEATABLE READ transaction. Class protocol, articles 9 and 12; LARS protocol, articles 8 and 11; AGODI protocol, articles 9 and 12.';
