# resolve.sh: what it costs to ask whom a key stands for, in a database of its own.
# Sourced by run.sh, when the cluster stands.
#
#   PUPILS=1200000     pupils (fewer when ROWS is less), with 2.5 accounts each
#   RESOLVE_ROUNDS=5   runs of which the median counts (fewer when ROUNDS is less)
#   DURATION=3         seconds for each run of pgbench

PUPILS=${PUPILS:-$((ROWS < 1200000 ? ROWS : 1200000))}
ACCOUNTS=$((PUPILS * 5 / 2)) RESOLVE_ROUNDS=${RESOLVE_ROUNDS:-$((ROUNDS < 5 ? ROUNDS : 5))}
DURATION=${DURATION:-$((PUPILS >= 300000 ? 3 : 1))}

resolve() {
	stage "$STAGE_BIN/psql" -qX -d resolve "$@"
}

# Milliseconds for one statement about a random account, prepared, by one client;
# the account's key follows from its number.
time_of() {
	stage tee "$STAGE/files/resolve.sql" >/dev/null <<-END
		\\set a random(0, $ACCOUNTS - 1)
		\\set a 1000000000 + (:a * 48271) % 2147483647
		$1
	END
	stage "$STAGE_BIN/pgbench" -n -M prepared -T "$DURATION" -f "$STAGE/files/resolve.sql" resolve 2>"$STAGE/files/pgbench.log" |
		sed -n 's/^latency average = \([0-9.]*\) ms.*/\1/p'
}

# one_key WORK OURS STATEMENT BASELINE STATEMENT [BAR]: both in turn, and the medians.
one_key() {
	values=
	for round in $(seq "$RESOLVE_ROUNDS"); do
		values="$values, ($(time_of "$3"), $(time_of "$5"))"
	done
	resolve -c "INSERT INTO measured (work, ours, baseline, ours_ms, baseline_ms, bar) SELECT '$1', '$2', '$4',
		percentile_cont(0.5) WITHIN GROUP (ORDER BY ours), percentile_cont(0.5) WITHIN GROUP (ORDER BY baseline), ${6:-NULL} FROM (VALUES ${values#, }) v (ours, baseline)" ||
		{ cat "$STAGE/files/pgbench.log" >&2; exit 1; }
}

stage "$STAGE_BIN/createdb" resolve
resolve -v pupils="$PUPILS" -v accounts="$ACCOUNTS" -f bench/resolve.sql
key="rpad(:a::text, 32, '0')::uuid"
now="SELECT leerling, leer_id_uuid FROM leerid.resolve($key);"
then="SELECT leerling, leer_id_uuid FROM leerid.resolve($key, '2025-09-01');"
row="SELECT leerling FROM leerid.account WHERE account_uuid = $key;"
rows="SELECT leerling, leer_id_uuid FROM leerid.account JOIN leerid.leerling l ON l.id = leerling WHERE account_uuid = $key;"
one_key 'one key' 'resolve()' "$now" 'the row of the account' "$row" 1.1
one_key 'one key' 'resolve()' "$now" 'and that of the pupil' "$rows"
one_key 'one key as of a day' 'resolve(as_of)' "$then" 'the row of the account' "$row" 1.1
one_key 'one key as of a day' 'resolve(as_of)' "$then" 'and that of the pupil' "$rows"
resolve -v rounds="$RESOLVE_ROUNDS" -f bench/resolve_many.sql
