#!/bin/sh
# make dist-check: PGXN's own client installs the archive that make dist makes,
# into a folder of its own.
set -eu
TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$TOP/test/lib/packages.sh"

need_postgres pgxnclient git
cd "$TOP"
version=$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" leerid.control)
DIST=$(mktemp -d /tmp/leerid-dist.XXXXXX)
at_exit 'as_root rm -rf "$DIST"'

git -c safe.directory="$TOP" archive --format=zip --prefix="leerid-$version/" -o "$DIST/leerid-$version.zip" HEAD
# a PGXN archive installs from what it holds, with the server's own build rules
as_root env DESTDIR="$DIST/root" HOME="$DIST" pgxn install --nosudo --pg_config="$PG_CONFIG" "$DIST/leerid-$version.zip" >"$DIST/log" 2>&1 ||
	{ cat "$DIST/log" >&2; die "pgxn could not install the archive"; }
for file in "$("$PG_CONFIG" --pkglibdir)/leerid.so" "$("$PG_CONFIG" --sharedir)/extension/leerid.control" \
	"$("$PG_CONFIG" --sharedir)/extension/leerid--$version.sql"; do
	[ -s "$DIST/root$file" ] || die "pgxn installed no $file"
done
echo "leerid: pgxn installs leerid-$version.zip"
