# identity.sh: what merging costs, in a database of its own.  Sourced by run.sh,
# when the cluster stands.
#
#   PUPILS=1200000    pupils, with two and a half accounts each (fewer when ROWS is less)
#   BATCH=20000       pairs in one call of merge_many()
#   MERGE_ROUNDS=3    runs of which the median counts (fewer when ROUNDS is less)

PUPILS=${PUPILS:-$((ROWS < 1200000 ? ROWS : 1200000))}
MERGE_ROUNDS=${MERGE_ROUNDS:-$((ROUNDS < 3 ? ROUNDS : 3))}
BATCH=${BATCH:-$((PUPILS / 60))}
SINGLES=$((PUPILS / 600 < 2000 ? PUPILS / 600 : 2000))

identity() {
	stage "$STAGE_BIN/psql" -qX -d identity "$@"
}

# Work a second: transactions of one script by so many clients, each doing SIZE of it.
work_rate() {
	stage "$STAGE_BIN/pgbench" -n -M prepared -c "$2" -t "$3" -f "$STAGE/files/$1.sql" identity 2>"$STAGE/files/pgbench.log" |
		awk -v size="$4" '/^tps = / { print $3 * size }'
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int((NR + 2) / 2)]) / 2 }'
}

# in_turn WORK OURS BASELINE CLIENTS TIMES SIZE SCRIPT SCRIPT BAR AT_LEAST
in_turn() {
	: >"$STAGE/ours"
	: >"$STAGE/baseline"
	for round in $(seq "$MERGE_ROUNDS"); do
		work_rate "$7" "$4" "$5" "$6" >>"$STAGE/ours"
		work_rate "$8" "$4" "$5" "$6" >>"$STAGE/baseline"
	done
	[ "$(cat "$STAGE/ours" "$STAGE/baseline" | wc -l)" = $((2 * MERGE_ROUNDS)) ] || { cat "$STAGE/files/pgbench.log" >&2; exit 1; }
	identity -c "INSERT INTO measured (work, size, ours, baseline, ours_ms, baseline_ms, bar, at_least) SELECT '$1, $4 client' || CASE WHEN $4 > 1 THEN 's' ELSE '' END,
		'$PUPILS pupils', '$2', '$3', 1000.0 / $(median <"$STAGE/ours"), 1000.0 / $(median <"$STAGE/baseline"), $9, ${10}"
}

script_of() {
	stage tee "$STAGE/files/$1.sql" >/dev/null
}

stage "$STAGE_BIN/createdb" identity
identity -v pupils="$PUPILS" -f bench/identity.sql
identity -c 'ALTER SYSTEM SET fsync = on' -c 'SELECT pg_reload_conf()' >/dev/null

script_of merge_many <<-END
	SELECT 1 + $BATCH * (nextval('next_pair') - 1) AS first \gset
	SELECT count(*) FROM merge_many(ARRAY(SELECT from_account FROM pair WHERE n BETWEEN :first AND :first + $BATCH - 1 ORDER BY n),
		ARRAY(SELECT into_account FROM pair WHERE n BETWEEN :first AND :first + $BATCH - 1 ORDER BY n), 'bench') WHERE verdict = 'merged';
END
script_of merge_by_hand <<-END
	SELECT 1 + $BATCH * (nextval('next_pair') - 1) AS first \gset
	SELECT merge_by_hand(:first, $BATCH);
END
in_turn "merge_many() of $BATCH pairs" 'merge_many()' 'plain SQL without log' 2 2 "$BATCH" merge_many merge_by_hand NULL true

# what is left of the pairs is merged one by one
identity -c "SELECT setval('next_pair', $BATCH * (SELECT last_value FROM next_pair))" >/dev/null
script_of merge_one <<-END
	SELECT nextval('next_pair') AS n \gset
	SELECT from_account AS a, into_account AS b FROM pair WHERE n = :n \gset
	SELECT verdict FROM merge(:a, :b, 'bench');
END
script_of transaction_by_hand <<-END
	SELECT nextval('next_pair') AS n \gset
	SELECT from_leerling AS f, into_leerling AS t, into_account AS b FROM pair WHERE n = :n \gset
	BEGIN;
	SELECT id FROM leerling WHERE id IN (:f, :t) ORDER BY id FOR UPDATE;
	UPDATE account SET leerling = :t, principal = false, historic = true WHERE leerling = :f;
	UPDATE inschrijving SET leerling = :t WHERE leerling = :f;
	WITH gone AS (DELETE FROM leerling WHERE id = :f RETURNING *) INSERT INTO absorbed_by_hand SELECT * FROM gone;
	INSERT INTO log_by_hand (kind, at, key, f, t) SELECT 'merge', now(), :b::uuid, :f, :t FROM generate_series(1, 4);
	COMMIT;
END
for clients in 1 4; do
	in_turn 'one merge' 'merge()' 'a transaction that writes as many rows' $clients $((SINGLES / clients)) 1 merge_one transaction_by_hand NULL true
done

# A merge and its undoing: of two records over and over, whose history is long by
# then, and of new ones each time.
script_of undo_long <<-END
	SELECT nextval('next_pair') AS n \gset
	SELECT :n AS same, md5('1.0')::uuid AS a, md5('2.0')::uuid AS b \gset
	SELECT verdict FROM unmerge((SELECT op_id FROM merge(:a, :b, 'bench')), 'bench');
END
script_of undo_short <<-END
	SELECT nextval('next_pair') AS n \gset
	SELECT :n AS same, from_account AS a, into_account AS b FROM pair WHERE n = :n \gset
	SELECT verdict FROM unmerge((SELECT op_id FROM merge(:a, :b, 'bench')), 'bench');
END
work_rate undo_long 1 $((SINGLES * 2)) 1 >/dev/null
identity -c 'VACUUM leerling, account, inschrijving, absorbed_leerling'
in_turn "merge and undo, after $((SINGLES * 4)) operations" 'on one pupil' 'on pupils without history' 1 "$SINGLES" 1 undo_long undo_short 0.9 true

identity -c 'ALTER SYSTEM RESET fsync' -c 'SELECT pg_reload_conf()' >/dev/null
identity -c "SELECT coalesce(string_agg(finding, ', '), 'check_identity() finds nothing') FROM check_identity()" -At
identity -P footer=off -c "SELECT work, size, ours, round(1000 / ours_ms) || '/s' AS \"ours/s\", baseline, round(1000 / baseline_ms) || '/s' AS \"baseline/s\",
		round(baseline_ms / ours_ms, 2) || ' x the throughput' AS ratio,
		CASE WHEN work ~ '^merge_many' THEN '>= 12000/s' ELSE '>= ' || bar || ' x' END AS bar,
		CASE WHEN work ~ '^merge_many' THEN 1000 / ours_ms >= 12000 ELSE baseline_ms / ours_ms >= bar END AS met
	FROM measured ORDER BY n"
