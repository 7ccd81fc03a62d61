# packages.sh: finds what a script needs, and installs with apt what is missing.
# Sourced by the scripts behind the Makefile's targets.
#
#   need_packages PACKAGE...   every one of them is installed when it returns
#   need_postgres [PACKAGE...] the same for a server that extensions can be
#                              built for; sets PG_CONFIG and PG_MAJOR.  A %
#                              in a package's name stands for the major.
#
# Only what is missing is installed.  No cluster is made and no server starts:
# Debian would make one on port 5432 with its first server package.  And where
# apt would upgrade a server that runs, and so restart it, nothing is done.

die() {
	echo "leerid: $*" >&2
	exit 1
}

# Runs a command as root.
as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

missing_packages() {
	for package; do
		case $(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null) in
			ii*) ;;
			*) echo "$package" ;;
		esac
	done
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends \
		-o Dpkg::Use-Pty=0 install "$@" >/dev/null
}

# Installs server packages without letting Debian make and start a cluster.
apt_install_without_cluster() {
	conf=/etc/postgresql-common/createcluster.conf
	[ -e $conf ] || apt_install postgresql-common
	as_root cp -p $conf $conf.leerid
	trap 'as_root mv -f $conf.leerid $conf; trap - INT TERM; kill -INT $$' INT TERM
	echo 'create_main_cluster = false' | as_root tee -a $conf >/dev/null
	apt_install "$@" && installed=0 || installed=$?
	as_root mv -f $conf.leerid $conf
	trap - INT TERM
	return $installed
}

need_packages() {
	command -v dpkg-query >/dev/null || die "this needs Debian's apt to install what is missing; needed are: $*"
	missing=$(missing_packages "$@" | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
		die "packages are missing and there is neither root nor sudo to install them with; as root run:
    apt-get install --no-install-recommends $missing"
	echo "leerid: installing $missing"
	apt-cache show $missing >/dev/null 2>&1 || as_root apt-get -qq update
	if apt-get -s -qq --no-install-recommends install $missing | grep -q '^Inst postgresql-[0-9]* \[' &&
		pg_lsclusters -h 2>/dev/null | grep -q online; then
		die "installing them would upgrade and restart a PostgreSQL server that is running; do so yourself when it suits:
    apt-get install --no-install-recommends $missing"
	fi
	apt_install_without_cluster $missing || { as_root apt-get -qq update && apt_install_without_cluster $missing; } ||
		die "could not install $missing"
}

# Whether $1 is a pg_config with all that building and running a server needs.
is_usable_pg_config() {
	command -v "$1" >/dev/null && [ -f "$("$1" --pgxs)" ] && [ -x "$("$1" --bindir)/initdb" ]
}

need_postgres() {
	PG_CONFIG=${PG_CONFIG:-pg_config}
	if is_usable_pg_config "$PG_CONFIG"; then
		PG_MAJOR=$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
	elif [ "$PG_CONFIG" != pg_config ]; then
		die "PG_CONFIG=$PG_CONFIG is no pg_config of a server that extensions can be built for"
	else
		apt-cache show postgresql >/dev/null 2>&1 || need_packages postgresql-common
		PG_MAJOR=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
		[ -n "$PG_MAJOR" ] || { as_root apt-get -qq update
			PG_MAJOR=$(apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1); }
		[ -n "$PG_MAJOR" ] || die "apt knows no package postgresql"
		set -- "$@" postgresql-% postgresql-server-dev-%
	fi
	need_packages $(echo gcc libc6-dev make "$@" | sed "s/%/$PG_MAJOR/g")
	is_usable_pg_config "$PG_CONFIG" || PG_CONFIG=/usr/lib/postgresql/$PG_MAJOR/bin/pg_config
	is_usable_pg_config "$PG_CONFIG" || die "no usable pg_config for PostgreSQL $PG_MAJOR"
	export PG_CONFIG PG_MAJOR
}
