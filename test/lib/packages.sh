# packages.sh: finds what a script needs, and installs with apt what is missing.
# Sourced first by the scripts behind the Makefile's targets.
#
#   at_exit COMMAND            runs it when the script ends, in whatever way
#   need_packages PACKAGE...   every one of them is installed when it returns
#   need_postgres [PACKAGE...] the same for a server that extensions can be
#                              built for; sets PG_CONFIG and PG_MAJOR.  A %
#                              in a package's name stands for the major.
#
# Only what is missing is installed.  No cluster is made and no server starts:
# Debian would make one on port 5432 with its first server package.  And where
# apt would upgrade a server that runs, and so restart it, nothing is done.

# What apt and others print is read here, so it is not to be translated.
export LC_ALL=C

die() {
	echo "leerid: $*" >&2
	exit 1
}

# The last command given is the first to run.  Nothing of it is cut short: not by
# a command that fails, not by a second signal.
AT_EXIT=:
at_exit() {
	AT_EXIT="$1
$AT_EXIT"
}
run_at_exit() {
	status=$?
	set +e
	trap '' INT TERM HUP QUIT PIPE
	trap - EXIT
	eval "$AT_EXIT"
	exit $status
}
trap run_at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP
trap 'exit 131' QUIT
trap 'exit 141' PIPE

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
		-o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 install "$@" >/dev/null
}

# Installs packages, a server's among them, without letting Debian make and start
# a cluster: a file of ours alone says so for as long as it takes.
apt_install_without_cluster() {
	conf=/etc/postgresql-common/createcluster.d/leerid-$$.conf
	[ -d /etc/postgresql-common ] || apt_install postgresql-common || return
	at_exit "as_root rm -f $conf"
	as_root mkdir -p /etc/postgresql-common/createcluster.d
	echo 'create_main_cluster = false' | as_root tee $conf >/dev/null
	apt_install "$@" && installed=0 || installed=$?
	as_root rm -f $conf
	return $installed
}

install_packages() {
	case " $* " in
		*" postgresql-"[0-9]*) apt_install_without_cluster "$@" ;;
		*) apt_install "$@" ;;
	esac
}

need_packages() {
	command -v dpkg-query >/dev/null || die "this needs Debian's apt to install what is missing; needed are: $*"
	missing=$(missing_packages "$@" | tr '\n' ' ')
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
		die "packages are missing and there is neither root nor sudo to install them with; as root run:
    apt-get update && apt-get install --no-install-recommends $missing"
	echo "leerid: installing $missing"
	apt-cache show $missing >/dev/null 2>&1 || as_root apt-get -qq update
	if apt-get -s -qq --no-install-recommends install $missing | grep -q '^Inst postgresql-[0-9]* \[' &&
		pg_lsclusters -h 2>/dev/null | grep -q online; then
		die "installing them would upgrade and restart a PostgreSQL server that is running; do so yourself when it suits:
    apt-get install --no-install-recommends $missing"
	fi
	install_packages $missing || { as_root apt-get -qq update && install_packages $missing; } ||
		die "could not install $missing"
}

# The Debian release that ships a major, and the major that this system ships:
# asked of apt, or told by the release where apt has no lists yet.
release_of() {
	case $1 in
		15) echo bookworm ;;
		17) echo trixie ;;
		18) echo forky ;;
		*) return 1 ;;
	esac
}

own_major() {
	major=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -n 1)
	[ -n "$major" ] || for candidate in 15 17 18; do
		! grep -q "^VERSION_CODENAME=$(release_of $candidate)$" /etc/os-release 2>/dev/null || major=$candidate
	done
	echo "$major"
}

# Whether $1 is a pg_config with all that building and running a server needs.
is_usable_pg_config() {
	command -v "$1" >/dev/null && [ -f "$("$1" --pgxs)" ] && [ -x "$("$1" --bindir)/initdb" ] &&
		[ -f "$("$1" --includedir-server)/postgres.h" ]
}

need_postgres() {
	PG_CONFIG=${PG_CONFIG:-pg_config}
	if is_usable_pg_config "$PG_CONFIG"; then
		PG_MAJOR=$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
	elif [ "$PG_CONFIG" != pg_config ]; then
		die "PG_CONFIG=$PG_CONFIG is no pg_config of a server that extensions can be built for"
	else
		PG_MAJOR=$(own_major)
		[ -n "$PG_MAJOR" ] || die "it is not known which PostgreSQL this system ships; install one with its server headers, or set PG_CONFIG"
		set -- "$@" postgresql-% postgresql-server-dev-%
	fi
	need_packages $(echo gcc libc6-dev make "$@" | sed "s/%/$PG_MAJOR/g")
	is_usable_pg_config "$PG_CONFIG" || PG_CONFIG=/usr/lib/postgresql/$PG_MAJOR/bin/pg_config
	is_usable_pg_config "$PG_CONFIG" || die "no usable pg_config for PostgreSQL $PG_MAJOR"
	export PG_CONFIG PG_MAJOR
}
