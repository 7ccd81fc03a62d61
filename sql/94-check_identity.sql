-- What the log says against what stands.  One statement, so one snapshot.
CREATE FUNCTION check_identity() RETURNS TABLE (finding text, leerling bigint, key uuid, expected text, found text)
	LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET work_mem = '256MB' AS $$
	WITH RECURSIVE
	-- The history of each key, each row beside the one before it.
	step AS MATERIALIZED (
		SELECT h.*, lag(h.operation) OVER w AS before, lag(h.at) OVER w AS before_at, lag(h.account) OVER w AS before_account, lag(h.to_leerling) OVER w AS before_leerling,
			lag(h.principal_after) OVER w AS before_principal, lag(h.historic_after) OVER w AS before_historic, lag(h.without_insz_after) OVER w AS before_without_insz,
			lead(h.operation) OVER w IS NULL AS present
		FROM leerid.identity_history h WINDOW w AS (PARTITION BY h.key ORDER BY h.operation)
	),
	done AS MATERIALIZED (
		SELECT o.id, o.kind, o.verdict::text AS verdict, o.at, o.leerling, o.absorbed, o.undoes, o.account_uuid, o.other_account FROM leerid.identity_operation o
		WHERE o.verdict IN ('created', 'identified', 'merged', 'unmerged', 'replaced', 'merge_forbidden', 'merge_allowed', 'erased')
	),
	standing AS MATERIALIZED (
		SELECT d.* FROM done d WHERE d.kind <> 'unmerge' AND NOT EXISTS (SELECT FROM done u WHERE u.undoes = d.id)
	),
	absorbing AS MATERIALIZED (
		SELECT s.id, s.absorbed, s.leerling FROM standing s WHERE s.absorbed IS NOT NULL
	),
	-- Where each absorbed record has ended, from the living ones down.
	ended_in AS (
		SELECT a.absorbed, a.id, a.leerling FROM absorbing a WHERE NOT EXISTS (SELECT FROM absorbing b WHERE b.absorbed = a.leerling)
		UNION ALL
		SELECT a.absorbed, a.id, e.leerling FROM ended_in e JOIN absorbing a ON a.leerling = e.absorbed
	),
	erased AS MATERIALIZED (
		SELECT d.leerling FROM done d WHERE d.verdict = 'erased'
	),
	lasting AS (
		SELECT e.absorbed, e.id, e.leerling FROM ended_in e WHERE e.leerling NOT IN (SELECT r.leerling FROM erased r WHERE r.leerling IS NOT NULL)
	),
	replacing AS (
		SELECT s.id, coalesce(e.leerling, s.leerling) AS leerling FROM standing s LEFT JOIN ended_in e ON e.absorbed = s.leerling WHERE s.kind = 'replace'
	),
	-- Pairs that were forbidden and whose two pupils, as they were then, no later operation allowed.
	forbidden AS (
		SELECT DISTINCT ON (least(f.account_uuid, f.other_account), greatest(f.account_uuid, f.other_account))
			least(f.account_uuid, f.other_account) AS one, greatest(f.account_uuid, f.other_account) AS other, f.id
		FROM done f WHERE f.verdict = 'merge_forbidden' AND NOT EXISTS (
			SELECT FROM done a, LATERAL (
				SELECT array_agg(coalesce(
					(SELECT ARRAY[h.to_leerling] FROM leerid.identity_history h WHERE h.key = k.key AND h.operation < a.id ORDER BY h.operation DESC LIMIT 1),
					(SELECT ARRAY[h.from_leerling] FROM leerid.identity_history h WHERE h.key = k.key AND h.operation > a.id ORDER BY h.operation LIMIT 1),
					(SELECT ARRAY[c.leerling] FROM leerid.account c WHERE c.account_uuid = k.key)) ORDER BY k.n) AS pupils
				FROM (VALUES (1, a.account_uuid), (2, a.other_account), (3, f.account_uuid), (4, f.other_account)) k (n, key)) t
			WHERE a.verdict = 'merge_allowed' AND a.id > f.id
				AND (t.pupils[1][1] = t.pupils[3][1] AND t.pupils[2][1] = t.pupils[4][1] OR t.pupils[1][1] = t.pupils[4][1] AND t.pupils[2][1] = t.pupils[3][1]))
			AND NOT EXISTS (SELECT FROM leerid.ended_key e WHERE e.key IN (f.account_uuid, f.other_account))
		ORDER BY 1, 2, f.id DESC
	)

	SELECT 'history_chain', s.from_leerling, s.key,
		concat_ws(' ', 'from', s.before_leerling, 'principal', s.before_principal, 'historic', s.before_historic, 'without_insz', s.before_without_insz),
		concat_ws(' ', 'from', s.from_leerling, 'principal', s.principal_before, 'historic', s.historic_before, 'without_insz', s.without_insz_before)
	FROM step s WHERE s.before IS NOT NULL AND (s.from_leerling, s.account, s.principal_before, s.historic_before, s.without_insz_before)
		IS DISTINCT FROM (s.before_leerling, s.before_account, s.before_principal, s.before_historic, s.before_without_insz)
	UNION ALL
	SELECT 'key_reused', s.to_leerling, s.key, 'none', 'operation ' || s.operation
	FROM step s WHERE s.before IS NOT NULL AND s.before_leerling IS NULL
	UNION ALL
	SELECT 'history_time', s.to_leerling, s.key, 'after ' || s.before_at, s.at::text
	FROM step s WHERE s.at <= s.before_at
	UNION ALL
	SELECT 'history_operation', s.to_leerling, s.key, 'operation ' || s.operation || ' at ' || s.at, coalesce(d.verdict || ' at ' || d.at, 'none')
	FROM step s LEFT JOIN done d ON d.id = s.operation AND d.verdict NOT IN ('merge_forbidden', 'merge_allowed') WHERE d.at IS DISTINCT FROM s.at
	UNION ALL
	SELECT 'operation_history', d.leerling, d.account_uuid, 'rows of operation ' || d.id || ', ' || d.verdict, 'none'
	FROM done d LEFT JOIN done o ON o.id = d.undoes
	WHERE (d.verdict IN ('created', 'identified', 'merged', 'erased') OR d.absorbed IS NOT NULL OR o.verdict IN ('identified', 'merged'))
		AND NOT EXISTS (SELECT FROM leerid.identity_history h WHERE h.operation = d.id)
	UNION ALL

	SELECT 'account', s.to_leerling, s.key,
		concat_ws(' ', 'of', s.to_leerling, 'principal', s.principal_after, 'historic', s.historic_after, 'without_insz', s.without_insz_after),
		CASE WHEN a.account_uuid IS NULL THEN 'none'
			ELSE concat_ws(' ', 'of', a.leerling, 'principal', a.principal, 'historic', a.historic, 'without_insz', a.without_insz) END
	FROM step s LEFT JOIN leerid.account a ON a.account_uuid = s.key
	WHERE s.present AND s.account AND s.to_leerling IS NOT NULL
		AND (a.leerling, a.principal, a.historic, a.without_insz) IS DISTINCT FROM (s.to_leerling, s.principal_after, s.historic_after, s.without_insz_after)
	UNION ALL
	SELECT 'leer_id_uuid', s.to_leerling, s.key, 'of ' || s.to_leerling, coalesce('of ' || coalesce(l.id, b.into_leerling), 'none')
	FROM step s LEFT JOIN leerid.leerling l ON l.leer_id_uuid = s.key LEFT JOIN leerid.absorbed_leerling b ON b.leer_id_uuid = s.key
	WHERE s.present AND NOT s.account AND s.to_leerling IS NOT NULL AND coalesce(l.id, b.into_leerling) IS DISTINCT FROM s.to_leerling
	UNION ALL
	SELECT 'ended_key', s.from_leerling, coalesce(s.key, e.key), CASE d.verdict WHEN 'erased' THEN 'erased' WHEN 'unmerged' THEN 'withdrawn' ELSE d.verdict END || ' by ' || s.operation,
		e.state || ' by ' || e.operation
	FROM (SELECT * FROM step s WHERE s.present AND s.to_leerling IS NULL) s LEFT JOIN done d ON d.id = s.operation FULL JOIN leerid.ended_key e ON e.key = s.key
	WHERE (e.operation, e.at, e.state) IS DISTINCT FROM (s.operation, s.at, CASE d.verdict WHEN 'erased' THEN 'erased' WHEN 'unmerged' THEN 'withdrawn' ELSE d.verdict END)
	UNION ALL
	SELECT 'key_twice', t.leerling, t.key, t.one, t.other FROM (
		SELECT a.leerling, a.account_uuid, 'account', 'ended_key' FROM leerid.account a JOIN leerid.ended_key e ON e.key = a.account_uuid
		UNION ALL
		SELECT a.leerling, a.account_uuid, 'account', 'leerling' FROM leerid.account a JOIN leerid.leerling l ON l.leer_id_uuid = a.account_uuid
		UNION ALL
		SELECT a.leerling, a.account_uuid, 'account', 'absorbed_leerling' FROM leerid.account a JOIN leerid.absorbed_leerling b ON b.leer_id_uuid = a.account_uuid
		UNION ALL
		SELECT l.id, l.leer_id_uuid, 'leerling', 'absorbed_leerling' FROM leerid.leerling l JOIN leerid.absorbed_leerling b ON b.leer_id_uuid = l.leer_id_uuid
		UNION ALL
		SELECT l.id, l.leer_id_uuid, 'leerling', 'ended_key' FROM leerid.leerling l JOIN leerid.ended_key e ON e.key = l.leer_id_uuid
		UNION ALL
		SELECT b.into_leerling, b.leer_id_uuid, 'absorbed_leerling', 'ended_key' FROM leerid.absorbed_leerling b JOIN leerid.ended_key e ON e.key = b.leer_id_uuid
	) t (leerling, key, one, other)
	UNION ALL

	SELECT 'absorbed_leerling', coalesce(t.absorbed, b.id), b.leer_id_uuid, 'into ' || t.leerling || ' by ' || t.id, 'into ' || b.into_leerling || ' by ' || b.operation
	FROM lasting t FULL JOIN leerid.absorbed_leerling b ON b.id = t.absorbed
	WHERE (t.leerling, t.id) IS DISTINCT FROM (b.into_leerling, b.operation)
	UNION ALL
	SELECT 'absorbed_leerling', l.id, l.leer_id_uuid, 'absorbed by ' || t.id, 'living'
	FROM absorbing t JOIN leerid.leerling l ON l.id = t.absorbed
	UNION ALL
	SELECT 'undo', u.leerling, u.account_uuid, 'an operation that was done before', concat_ws(' ', 'operation', u.undoes, o.verdict)
	FROM done u LEFT JOIN done o ON o.id = u.undoes AND o.id < u.id AND o.verdict IN ('identified', 'merged', 'replaced')
	WHERE (u.verdict = 'unmerged') <> (o.id IS NOT NULL)
	UNION ALL
	SELECT 'undo', h.from_leerling, h.key, 'back to ' || coalesce(h.from_leerling::text, 'none'), coalesce('from ' || g.from_leerling || ' to ' || coalesce(g.to_leerling::text, 'none'), 'none')
	FROM done u JOIN leerid.identity_history h ON h.operation = u.undoes LEFT JOIN leerid.identity_history g ON g.operation = u.id AND g.key = h.key
	WHERE (h.from_leerling, h.principal_before, h.historic_before, h.without_insz_before) IS DISTINCT FROM (h.to_leerling, h.principal_after, h.historic_after, h.without_insz_after)
		AND (SELECT m.to_leerling FROM leerid.identity_history m WHERE m.key = h.key AND m.operation < u.id ORDER BY m.operation DESC LIMIT 1) = h.to_leerling
		AND (g.operation IS NULL OR (g.from_leerling, g.to_leerling, g.principal_after, g.historic_after, g.without_insz_after)
			IS DISTINCT FROM (h.to_leerling, h.from_leerling, h.principal_before, h.historic_before, h.without_insz_before))
	UNION ALL

	SELECT 'former_insz', coalesce(r.leerling, f.leerling), NULL, 'of ' || r.leerling || ' by ' || r.id, 'of ' || f.leerling || ' by ' || f.operation
	FROM (SELECT * FROM replacing r WHERE r.leerling NOT IN (SELECT e.leerling FROM erased e WHERE e.leerling IS NOT NULL)) r
		FULL JOIN leerid.former_insz f ON f.operation = r.id
	WHERE r.leerling IS DISTINCT FROM f.leerling
	UNION ALL
	SELECT 'insz', l.id, l.leer_id_uuid, 'of ' || f.leerling, 'of ' || l.id
	FROM leerid.former_insz f JOIN leerid.leerling l ON l.insz OPERATOR(leerid.=) f.insz WHERE NOT f.corrected AND l.id <> f.leerling
	UNION ALL
	SELECT 'principal', t.leerling, NULL, 'one', 'none'
	FROM (SELECT DISTINCT s.to_leerling FROM step s WHERE s.present AND s.account AND s.to_leerling IS NOT NULL) t (leerling)
	WHERE NOT EXISTS (SELECT FROM leerid.account a WHERE a.leerling = t.leerling AND a.principal)
	UNION ALL
	SELECT 'unidentified', l.id, s.key, 'without_insz true historic false', concat_ws(' ', 'without_insz', s.without_insz_after, 'historic', s.historic_after)
	FROM step s JOIN leerid.leerling l ON l.id = s.to_leerling
	WHERE s.present AND s.account AND l.insz IS NULL AND (s.historic_after OR NOT s.without_insz_after)
	UNION ALL

	SELECT 'forbidden_pair', NULL, coalesce(f.one, p.account_uuid), 'with ' || f.other, 'with ' || p.other_account
	FROM forbidden f FULL JOIN leerid.forbidden_pair p ON p.account_uuid = f.one AND p.other_account = f.other
	WHERE f.one IS NULL OR p.account_uuid IS NULL
	UNION ALL
	SELECT 'forbidden_pair', a.leerling, p.account_uuid, 'another pupil than ' || p.other_account, 'the same'
	FROM leerid.forbidden_pair p JOIN leerid.account a ON a.account_uuid = p.account_uuid JOIN leerid.account b ON b.account_uuid = p.other_account AND b.leerling = a.leerling
	UNION ALL
	SELECT 'moved_row', d.leerling, NULL, 'an absorbing operation and a dependent', 'operation ' || m.operation || ' dependent ' || m.dependent
	FROM (SELECT DISTINCT m.operation, m.dependent FROM leerid.moved_row m) m LEFT JOIN done d ON d.id = m.operation LEFT JOIN leerid.dependent t ON t.id = m.dependent
	WHERE t.id IS NULL OR d.absorbed IS NULL
	UNION ALL
	-- Rows of dependents that nobody moved are impossible as long as this stands.
	SELECT 'dependent', NULL, NULL, 'a valid foreign key to leerling', 'dependent ' || t.id
	FROM leerid.dependent t WHERE t.ended_at IS NULL AND EXISTS (SELECT FROM pg_class r WHERE r.oid = t.relation) AND NOT EXISTS (
		SELECT FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
		WHERE c.contype = 'f' AND c.conrelid = t.relation AND c.confrelid = 'leerid.leerling'::regclass AND c.convalidated
			AND cardinality(c.conkey) = 1 AND a.attname = t.pupil)
$$;
REVOKE ALL ON FUNCTION check_identity() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION check_identity() TO leerid_admin, leerid_auditor;
COMMENT ON FUNCTION check_identity() IS
	'Rebuilds the map from the log of operations and compares it with what stands; one row for each difference, none when all is well. Says which (account, leer_id_uuid, ended_key, absorbed_leerling, history_chain, ...), whose and which key, and never an INSZ. Reads all of identity: minutes at tens of millions of accounts, seconds at some millions. For leerid_admin and leerid_auditor.';
