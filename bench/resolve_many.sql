-- Many keys at once, against the plain join, over other keys in each round; and
-- all that was measured.  Variable: rounds.
\set ON_ERROR_STOP on
SET search_path = leerid, public;
\set next 'SELECT set_config(''bench.list'', nextval(''list'')::text, false)'
\set keys '(SELECT keys FROM asked WHERE list = current_setting(''bench.list'')::integer)'
\set now 'SELECT count(r.leerling), count(r.leer_id_uuid) FROM leerid.resolve_many(' :keys ') r'
\set then 'SELECT count(r.leerling), count(r.leer_id_uuid) FROM leerid.resolve_many(' :keys ', ''2025-09-01'') r'
\set join 'SELECT count(l.id), count(l.leer_id_uuid) FROM unnest(' :keys ') k (account_uuid) JOIN account USING (account_uuid) JOIN leerling l ON l.id = leerling'
CALL compare('100,000 keys', 'resolve_many()', 'unnest() joined to account and leerling', :'next', :'now', :'next', :'join', :rounds, 1.1);
CALL compare('100,000 keys as of a day', 'resolve_many(as_of)', 'unnest() joined to account and leerling', :'next', :'then', :'next', :'join', :rounds);

\pset footer off
SELECT work, ours || ': ' || round(ours_ms, 3) || ' ms' AS ours, baseline || ': ' || round(baseline_ms, 3) || ' ms' AS baseline,
	round(ours_ms / baseline_ms, 2) || ' x the time' AS ratio, '<= ' || bar || ' x' AS bar, ours_ms / baseline_ms <= bar AS met
FROM measured ORDER BY n;
