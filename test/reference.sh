#!/bin/sh
# make reference: writes doc/reference.md anew from the catalogue.
set -eu
TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$TOP/test/lib/packages.sh"
. "$TOP/test/lib/cluster.sh"

need_postgres
make_stage
start_cluster
stage "$STAGE_BIN/psql" -qX -v ON_ERROR_STOP=1 -d postgres -c 'SET client_min_messages = warning' -c 'CREATE EXTENSION leerid CASCADE'
stage "$STAGE_BIN/psql" -X -v ON_ERROR_STOP=1 -d postgres -f doc/reference.sql >"$STAGE/reference.md"
cat "$STAGE/reference.md" >"$TOP/doc/reference.md"
