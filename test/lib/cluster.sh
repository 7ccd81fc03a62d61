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
# Nobody but that user and root can enter $STAGE: the cluster asks for no
# password.  It goes when the script ends, also on failure, Ctrl-C and kill.
#
# SANITIZE=undefined builds with that sanitizer; whatever it finds ends the server.
# STAGE_PARENT is the folder that $STAGE is made in (default /tmp; its path goes
# into socket names, so it must be short and without spaces).

STAGE=
unset PGHOST

# Runs a command as the user that owns the cluster, in the copied sources, with
# nothing of the caller's environment: no PG..., no language, no MAKEFLAGS.
stage() (
	cd "$STAGE/source"
	set -- env -i PATH="$PATH" HOME="$STAGE" TMPDIR="$STAGE/tmp" LANG=C.UTF-8 TERM=dumb \
		${PGHOST:+PGHOST="$PGHOST" PGPORT="$PGPORT" PGUSER="$PGUSER"} "$@"
	[ "$(id -u)" != 0 ] || set -- setpriv --reuid=postgres --regid=postgres --init-groups "$@"
	exec "$@"
)

# Stops every server of the stage, those that a TAP test left as well.
remove_stage() {
	for pid in "$STAGE/data/postmaster.pid" "$STAGE"/source/tmp_check/*/pgdata/postmaster.pid; do
		[ ! -f "$pid" ] || stage "$STAGE_BIN/pg_ctl" -s -m immediate -w stop -D "${pid%/postmaster.pid}" 2>/dev/null
	done
	# what a test still had running may write for a moment more
	for try in 1 2 3 4 5 6 7 8 9 10; do
		rm -rf "$STAGE" 2>/dev/null && return
		sleep 0.5
	done
	echo "leerid: could not remove $STAGE" >&2
	status=1
}

make_stage() {
	at_exit '[ -z "$STAGE" ] || remove_stage'
	STAGE=$(mktemp -d "${STAGE_PARENT:-/tmp}/leerid.XXXXXX")
	mkdir "$STAGE/source" "$STAGE/root" "$STAGE/tmp"
	tar -C "$TOP" -cf - --exclude='*.o' --exclude='*.bc' --exclude='*.so' \
		Makefile META.json leerid.control README.md CHANGELOG.md src sql test expected doc bench protocols |
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

	[ "$(id -u)" != 0 ] || chown -R -h postgres:postgres "$STAGE"
	flags='-Werror'
	[ -z "${SANITIZE:-}" ] || flags="$flags -fsanitize=$SANITIZE -fno-sanitize-recover=all -g"
	stage make -s -j2 PG_CONFIG="$PG_CONFIG" COPT="$flags" with_llvm=no all
	stage make -s PG_CONFIG="$PG_CONFIG" COPT="$flags" with_llvm=no DESTDIR="$STAGE/root" install
	PATH=$STAGE_BIN:$PATH
}

start_cluster() {
	PGHOST=$STAGE/socket PGPORT=65432 PGUSER=postgres
	stage mkdir -m 700 "$PGHOST"
	stage "$STAGE_BIN/initdb" -D "$STAGE/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
	stage tee -a "$STAGE/data/postgresql.conf" >/dev/null <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$PGHOST'
		unix_socket_permissions = 0700
		port = $PGPORT
		fsync = off
		timezone = 'Europe/Brussels'
		shared_preload_libraries = 'leerid'
	CONF
	stage "$STAGE_BIN/pg_ctl" -s -w -D "$STAGE/data" -l "$STAGE/server.log" start ||
		{ cat "$STAGE/server.log" >&2; exit 1; }
}
