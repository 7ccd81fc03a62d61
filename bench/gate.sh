# gate.sh: what the gate costs, in a database of its own.  Sourced by run.sh, when
# the cluster stands.
#
#   PUPILS=1200000     pupils (fewer when ROWS is less); 300 to a school
#   PROTOCOLS="10 50 1000"   how many are in force; at the second of them all is measured
#   GATE_ROUNDS=3      runs of which the median counts (fewer when ROUNDS is less)
#   DURATION=3         seconds for each run of pgbench

PUPILS=${PUPILS:-$((ROWS < 1200000 ? ROWS : 1200000))}
SCHOOLS=$((PUPILS / 300)) GATE_ROUNDS=${GATE_ROUNDS:-$((ROUNDS < 3 ? ROUNDS : 3))}
if [ "$PUPILS" -ge 1000000 ]; then
	PROTOCOLS=${PROTOCOLS:-10 50 1000} DURATION=${DURATION:-3}
else
	PROTOCOLS=${PROTOCOLS:-5 10} DURATION=${DURATION:-1}
fi

gate() {
	stage "$STAGE_BIN/psql" -qX -d gate "$@"
}

# The key of a pupil's account follows from his number, and six in ten of them
# are in the roster.
script() {
	stage tee "$STAGE/files/$1.sql" >/dev/null <<-END
		\\set p random(1, $PUPILS / 5 - 1) * 5 + random(0, 2)
		\\set a 1000000000 + (:p * 48271) % 2147483647
		$2
	END
}

# Transactions a second of one script, by one role, with so many clients.
rate() {
	stage "$STAGE_BIN/pgbench" -n -M prepared -U "$1" -c "$3" -T "$DURATION" -f "$STAGE/files/$2.sql" gate 2>"$STAGE/files/pgbench.log" |
		sed -n 's/^tps = \([0-9.]*\).*/\1/p'
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'
}

# throughput WORK OURS BASELINE CLIENTS ROLE SCRIPT ROLE SCRIPT [BAR]: runs both
# scripts in turn and keeps the medians.
throughput() {
	: >"$STAGE/ours"
	: >"$STAGE/baseline"
	for round in $(seq "$GATE_ROUNDS"); do
		rate "$5" "$6" "$4" >>"$STAGE/ours"
		rate "$7" "$8" "$4" >>"$STAGE/baseline"
	done
	[ "$(cat "$STAGE/ours" "$STAGE/baseline" | wc -l)" = $((2 * GATE_ROUNDS)) ] || { cat "$STAGE/files/pgbench.log" >&2; exit 1; }
	gate -c "INSERT INTO measured (work, size, ours, baseline, ours_ms, baseline_ms, bar, at_least)
		SELECT '$1, $4 client' || CASE WHEN $4 > 1 THEN 's' ELSE '' END, '$PUPILS pupils, $SCHOOLS schools, $in_force protocols',
			'$2', '$3', 1000.0 / $(median <"$STAGE/ours"), 1000.0 / $(median <"$STAGE/baseline"), ${9:-NULL}, true"
}

stage "$STAGE_BIN/createdb" gate
gate -v pupils="$PUPILS" -v schools="$SCHOOLS" -f bench/gate.sql
glce=$(gate -At -c "SELECT purpose FROM leerid.application WHERE code = 'glce'")

script roster "SELECT * FROM fictief_klasapp.leerling WHERE account_uuid = rpad(:a::text, 32, '0')::uuid;"
script bare_roster "SELECT * FROM bare.leerling WHERE account_uuid = rpad(:a::text, 32, '0')::uuid;"
script exists_roster "SELECT * FROM usual.roster_exists WHERE account_uuid = rpad(:a::text, 32, '0')::uuid;"
script plpgsql_roster "SELECT * FROM usual.roster_plpgsql WHERE account_uuid = rpad(:a::text, 32, '0')::uuid;"
script record "SELECT * FROM lars_glce.login_record WHERE account_uuid = rpad(:a::text, 32, '0')::uuid;"
script bare_record "SELECT * FROM bare.login_record WHERE account_uuid = rpad(:a::text, 32, '0')::uuid;"
script door "SELECT account_uuid FROM leerid.account WHERE account_uuid = rpad(:a::text, 32, '0')::uuid;"
script login "SELECT * FROM leerid.login('glce', account_uuid => rpad(:a::text, 32, '0')::uuid);"
script bare_login "WITH written AS (UPDATE bare.record SET aangemeld_op = '2026-01-01' WHERE purpose = $glce AND leerling = :p)
SELECT * FROM leerid.account WHERE account_uuid = rpad(:a::text, 32, '0')::uuid;"
script bare_login_two "SELECT * FROM leerid.account WHERE account_uuid = rpad(:a::text, 32, '0')::uuid;
UPDATE bare.record SET aangemeld_op = '2026-01-01' WHERE purpose = $glce AND leerling = :p;"

step=0
for in_force in $PROTOCOLS; do
	step=$((step + 1))
	gate -c "CALL activate_copies($in_force)"
	full=$((step == 2))
	gate -v rounds="$GATE_ROUNDS" -v full=$full -f bench/gate_scans.sql
	throughput 'point lookup in the roster' fictief_klasapp.leerling 'the same without gate' 1 vendor_klas roster postgres bare_roster 0.85
	throughput 'point lookup in the roster' fictief_klasapp.leerling 'policy with EXISTS' 1 vendor_klas roster vendor_klas exists_roster
	throughput 'point lookup in the roster' fictief_klasapp.leerling 'policy in PL/pgSQL' 1 vendor_klas roster vendor_klas plpgsql_roster
	[ $full = 1 ] || continue
	throughput 'point lookup in the roster' fictief_klasapp.leerling 'the same without gate' 4 vendor_klas roster postgres bare_roster 0.85
	for clients in 1 4; do
		throughput 'point lookup of a login record' lars_glce.login_record 'the same without gate' $clients vendor_lars record postgres bare_record 0.85
	done
	throughput 'point lookup of an account' 'table account under its policy' 'the view' 1 vendor_klas door vendor_klas roster
	# a commit is only then what it is elsewhere
	gate -c 'ALTER SYSTEM SET fsync = on' -c 'SELECT pg_reload_conf()' >/dev/null
	for clients in 1 4; do
		throughput 'login' 'login()' 'select and update in one statement' $clients bench_idp login postgres bare_login 0.5
	done
	gate -c 'ALTER SYSTEM RESET fsync' -c 'SELECT pg_reload_conf()' >/dev/null
	throughput 'login, fsync off' 'login()' 'select and update in one statement' 1 bench_idp login postgres bare_login
	throughput 'login, fsync off' 'login()' 'select, update' 1 bench_idp login postgres bare_login_two
done

gate -P footer=off -c "SELECT work, size, ours || ': ' || figure(ours_ms, at_least) AS ours, baseline || ': ' || figure(baseline_ms, at_least) AS baseline,
		CASE WHEN at_least THEN round(baseline_ms / ours_ms, 2) || ' x the throughput' ELSE round(ours_ms / baseline_ms, 2) || ' x the time' END AS ratio,
		CASE WHEN work ~ '^show_app' THEN '<= 5 ms' WHEN at_least THEN '>= ' || bar || ' x' ELSE '<= ' || bar || ' x' END AS bar,
		CASE WHEN work ~ '^show_app' THEN ours_ms <= 5 WHEN at_least THEN baseline_ms / ours_ms >= bar ELSE ours_ms / baseline_ms <= bar END AS met
	FROM measured ORDER BY n"
