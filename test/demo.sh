#!/bin/sh
# make demo: what leerid does, statement by statement, in a throw-away cluster.
set -eu
TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$TOP/test/lib/packages.sh"
. "$TOP/test/lib/cluster.sh"

need_postgres
make_stage
start_cluster
stage "$STAGE_BIN/createdb" demo
stage "$STAGE_BIN/psql" -qX -v ON_ERROR_STOP=1 -d demo \
	-c 'SET client_min_messages = warning' -c 'CREATE EXTENSION leerid CASCADE' -c 'CREATE SCHEMA app' -c 'ALTER DATABASE demo SET search_path = app, leerid, public'
stage "$STAGE_BIN/psql" -eqX -v ON_ERROR_STOP=1 -d demo -f doc/demo.sql 2>&1
echo "
leerid: that was PostgreSQL $PG_MAJOR in a cluster of its own, which is gone now.  README.md says how to go on."
