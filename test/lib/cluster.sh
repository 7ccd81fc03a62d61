# cluster.sh: a throw-away PostgreSQL with leerid in it, in a folder of its own.
# Sourced after packages.sh.
#
#   make_stage            makes $STAGE: a copy of the sources, built with
#                         warnings as errors, and a copy of the server in which
#                         it is installed.  The machine's own PostgreSQL, its
#                         clusters and its folders are not touched.
#   start_cluster         makes and starts a cluster in it, on a Unix socket in
#                         $STAGE and no TCP port; sets PGHOST, PGPORT, PGUSER.
#   stage COMMAND...      runs a command in $STAGE/source, as the user postgres
#                         when the script runs as root.
#
# $STAGE goes when the script ends, also on failure, Ctrl-C and kill.
#
# SANITIZE=undefined builds with that sanitizer; whatever it finds ends the server.

STAGE=
unset PGHOST

# Runs a command as the user that owns the cluster, in the copied sources, with
# nothing of the caller's environment: no PG..., no language, no MAKEFLAGS.
stage() (
	cd "$STAGE/source"
	set -- env -i PATH="$PATH" HOME="$STAGE" LANG=C.UTF-8 TERM=dumb \
		${PGHOST:+PGHOST="$PGHOST" PGPORT="$PGPORT" PGUSER="$PGUSER"} "$@"
	[ "$(id -u)" != 0 ] || set -- setpriv --reuid=postgres --regid=postgres --init-groups "$@"
	exec "$@"
)

remove_stage() {
	status=$?
	trap - EXIT INT TERM HUP
	if [ -n "$STAGE" ]; then
		[ ! -f "$STAGE/data/postmaster.pid" ] || stage "$STAGE_BIN/pg_ctl" -s -m immediate -w stop -D "$STAGE/data"
		# test clusters that an interrupted TAP test may have left
		for pid in "$STAGE"/source/tmp_check/*/pgdata/postmaster.pid; do
			[ ! -f "$pid" ] || stage "$STAGE_BIN/pg_ctl" -s -m immediate -w stop -D "${pid%/postmaster.pid}"
		done
		rm -rf "$STAGE"
	fi
	exit $status
}

make_stage() {
	STAGE=$(mktemp -d /tmp/leerid.XXXXXX)
	trap remove_stage EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	mkdir "$STAGE/source" "$STAGE/root"
	tar -C "$TOP" -cf - --exclude='*.o' --exclude='*.bc' --exclude='*.so' \
		Makefile META.json leerid.control README.md CHANGELOG.md src sql test expected doc bench |
		tar -C "$STAGE/source" -xf -
	rm -f "$STAGE"/source/sql/leerid--"$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" "$TOP/leerid.control")".sql

	# A server finds its files by its own path, so a copy of the program, and
	# links to the rest, are a server of our own to install into.
	STAGE_BIN=$STAGE/root$("$PG_CONFIG" --bindir)
	for folder in "$("$PG_CONFIG" --pkglibdir)" "$("$PG_CONFIG" --sharedir)"; do
		mkdir -p "$STAGE/root$(dirname "$folder")"
		cp -Rs "$folder" "$STAGE/root$(dirname "$folder")"
	done
	mkdir -p "$STAGE_BIN"
	cp "$("$PG_CONFIG" --bindir)"/* "$STAGE_BIN"
	rm -f "$STAGE/root$("$PG_CONFIG" --pkglibdir)"/leerid.so \
		"$STAGE/root$("$PG_CONFIG" --sharedir)"/extension/leerid*

	# A server that was not Debian's may still use the pgTAP that is.
	pgtap=/usr/share/postgresql/$PG_MAJOR/extension
	if [ ! -e "$STAGE/root$("$PG_CONFIG" --sharedir)/extension/pgtap.control" ] && [ -e "$pgtap/pgtap.control" ]; then
		ln -s "$pgtap"/pgtap* "$STAGE/root$("$PG_CONFIG" --sharedir)/extension/"
	fi

	chmod 755 "$STAGE"
	[ "$(id -u)" != 0 ] || chown -R -h postgres:postgres "$STAGE"
	flags='-Werror'
	[ -z "${SANITIZE:-}" ] || flags="$flags -fsanitize=$SANITIZE -fno-sanitize-recover=all -g"
	stage make -s -j2 PG_CONFIG="$PG_CONFIG" COPT="$flags" with_llvm=no all
	stage make -s PG_CONFIG="$PG_CONFIG" COPT="$flags" with_llvm=no DESTDIR="$STAGE/root" install
	PATH=$STAGE_BIN:$PATH
}

start_cluster() {
	PGHOST=$STAGE/socket PGPORT=65432 PGUSER=postgres
	stage mkdir "$PGHOST"
	stage "$STAGE_BIN/initdb" -D "$STAGE/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
	stage tee -a "$STAGE/data/postgresql.conf" >/dev/null <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$PGHOST'
		port = $PGPORT
		fsync = off
		timezone = 'Europe/Brussels'
	CONF
	stage "$STAGE_BIN/pg_ctl" -s -w -D "$STAGE/data" -l "$STAGE/server.log" start ||
		{ cat "$STAGE/server.log" >&2; exit 1; }
}
