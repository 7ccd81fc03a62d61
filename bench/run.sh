#!/bin/sh
# make bench: every figure that the README states, in a throw-away cluster, as a
# ratio to a baseline of the same run.
#
#   ROWS=5000000   rows per type        ROUNDS=5   runs of which the median counts
#   ONLY=types     or gate, identity, resolve; their own sizes are in gate.sh, identity.sh and resolve.sh
set -eu
TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$TOP/test/lib/packages.sh"
. "$TOP/test/lib/cluster.sh"

ROWS=${ROWS:-5000000} ROUNDS=${ROUNDS:-5}
need_postgres
make_stage
start_cluster
for setting in "shared_buffers = '3GB'" "max_wal_size = '16GB'" "checkpoint_timeout = '1h'" "autovacuum = off"; do
	echo "$setting"
done | stage tee -a "$STAGE/data/postgresql.conf" >/dev/null
stage "$STAGE_BIN/pg_ctl" -s -w -D "$STAGE/data" -l "$STAGE/server.log" restart
stage mkdir "$STAGE/files"
echo "leerid: $ROWS rows, median of $ROUNDS, $("$PG_CONFIG" --version), $(nproc) cores of$(sed -n 's/^model name[^:]*:\(.*\)/\1/p' /proc/cpuinfo | head -n 1)"
ONLY=${ONLY:-types gate identity resolve}
case $ONLY in *types*)
	stage "$STAGE_BIN/psql" -qX -d postgres -v rows="$ROWS" -v rounds="$ROUNDS" -v folder="$STAGE/files" -f bench/types.sql ;;
esac
case $ONLY in *gate*) . "$TOP/bench/gate.sh" ;; esac
case $ONLY in *identity*) . "$TOP/bench/identity.sh" ;; esac
case $ONLY in *resolve*) . "$TOP/bench/resolve.sh" ;; esac
