#!/bin/sh
# make test: every test, in a throw-away cluster of its own.
#
#   PG_CONFIG=...       the server to test with (default: the machine's, or
#                       Debian's own major when there is none)
#   SANITIZE=undefined  build with a sanitizer
#   TESTS='regress isolation pgtap tap'   some of the suites only
set -eu
TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$TOP/test/lib/packages.sh"
. "$TOP/test/lib/cluster.sh"

need_postgres postgresql-%-pgtap perl libtap-parser-sourcehandler-pgtap-perl libipc-run-perl
make_stage
cd "$STAGE/source"
start_cluster
echo "leerid: testing with $("$PG_CONFIG" --version)${SANITIZE:+, -fsanitize=$SANITIZE}"

# Vectors that are not part of the product: read where they are, and said so
# where they are not.
SHARED=$TOP/../shared/data
if [ -d "$SHARED" ]; then
	cp -R "$SHARED" "$STAGE/shared"
	chmod -R u+w "$STAGE/shared"
	[ "$(id -u)" != 0 ] || chown -R postgres:postgres "$STAGE/shared"
else
	echo "leerid: no folder ../shared/data, so the vectors that live there are not run; those in test/data are"
fi

pgxs=$(dirname "$("$PG_CONFIG" --pgxs)")/../..
modules=$pgxs/src/test/perl
[ -d "$modules" ] || modules=/usr/lib/postgresql/$PG_MAJOR/lib/pgxs/src/test/perl	# Debian's, for a server built without
suites=0
failed=

# Runs one suite and keeps its verdict.
suite() {
	name=$1
	shift
	case " ${TESTS:-regress isolation pgtap tap} " in *" $name "*) ;; *) return 0 ;; esac
	echo "leerid: $name"
	suites=$((suites + 1))
	"$@" || failed="$failed $name"
}

regress() {
	stage make -s PG_CONFIG="$PG_CONFIG" ISOLATION= installcheck || {
		cat "$STAGE/source/regression.diffs" 2>/dev/null
		return 1
	}
}

isolation() {
	stage make -s PG_CONFIG="$PG_CONFIG" REGRESS= installcheck || {
		cat "$STAGE/source/output_iso/regression.diffs" "$STAGE/source/regression.diffs" 2>/dev/null
		return 1
	}
}

pgtap() {
	# each step's failure is the suite's: set -e is off in here
	stage "$STAGE_BIN/createdb" leerid_test &&
	stage env SHARED_DATA="$STAGE/shared" "$STAGE_BIN/psql" -qX -v ON_ERROR_STOP=1 -d leerid_test -f test/pgtap/setup.psql \
		-v vectors="$STAGE/source/test/data" -v shared="$STAGE/shared" &&
	stage pg_prove --psql-bin "$STAGE_BIN/psql" -d leerid_test test/pgtap/*.sql
}

tap() {
	stage env TESTDIR="$STAGE/source" TESTDATADIR="$STAGE/source/tmp_check" TESTLOGDIR="$STAGE/source/tmp_check/log" \
		PG_REGRESS="$pgxs/src/test/regress/pg_regress" \
		prove -j 2 -I "$modules" test/t/*.t || {
		grep -h -A 12 -E '\] not ok|# die|psql:.*(ERROR|FATAL)' "$STAGE"/source/tmp_check/log/regress_log_* | tail -n 60
		return 1
	}
}

for name in ${TESTS:-}; do
	case $name in regress | isolation | pgtap | tap) ;; *) die "there is no suite $name" ;; esac
done
suite regress regress
suite isolation isolation
suite pgtap pgtap
suite tap tap

if [ -n "$failed" ]; then
	echo "leerid: FAILED:$failed; the server's log:" >&2
	grep -E 'PANIC|FATAL|TRAP|runtime error|signal' "$STAGE/server.log" >&2 || true
	exit 1
fi
echo "leerid: all $suites suites passed with $("$PG_CONFIG" --version)"
