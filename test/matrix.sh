#!/bin/sh
# make test-matrix: make test on every major that leerid supports and Debian has.
# A major that this machine has runs here; another runs in a throw-away chroot of
# the Debian release that ships it, made with mmdebstrap (root or sudo, about a
# minute and a gigabyte each).
#
#   MAJORS='15 17 18'   which
#
# Ends with 0 when all passed, 1 when one failed, 3 when none failed but a chroot
# could not be made, which is said.
set -eu
TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$TOP/test/lib/packages.sh"

MAJORS=${MAJORS:-15 17 18}
CHROOT=
at_exit '[ -z "$CHROOT" ] || as_root rm -rf --one-file-system "$CHROOT"'

make_chroot() {
	major=$1 release=$2
	CHROOT=$(mktemp -d /tmp/leerid-matrix.XXXXXX)
	chmod 755 "$CHROOT"
	as_root mmdebstrap --quiet --variant=apt \
		--aptopt='Acquire::Check-Valid-Until "false"' --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
		--setup-hook='mkdir -p "$1/etc/postgresql-common"' \
		--setup-hook='echo "create_main_cluster = false" >"$1/etc/postgresql-common/createcluster.conf"' \
		--include="gcc,libc6-dev,make,perl,postgresql-$major,postgresql-server-dev-$major,postgresql-$major-pgtap,libtap-parser-sourcehandler-pgtap-perl,libipc-run-perl" \
		"$release" "$CHROOT" || return 1
	as_root mkdir -p "$CHROOT/leerid/main"
	tar -C "$TOP" -cf - --exclude=.git . | as_root tar -C "$CHROOT/leerid/main" --no-same-owner -xf -
	[ ! -d "$TOP/../shared/data" ] || { as_root mkdir "$CHROOT/leerid/shared" &&
		as_root cp -R "$TOP/../shared/data" "$CHROOT/leerid/shared"; }
}

# Its own mounts and processes, which end with it.
run_in_chroot() {
	as_root unshare --mount --pid --fork --kill-child sh -c '
		mount -t proc proc "$1/proc" && mount -t tmpfs tmpfs "$1/dev/shm" || exit 4
		exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 TERM=dumb SANITIZE="$2" \
			/leerid/main/test/run.sh' sh "$CHROOT" "${SANITIZE:-}"
}

failed=0 not_run=0 summary=
say() {
	summary="$summary
leerid: PostgreSQL $1: $2"
}

for major in $MAJORS; do
	echo "leerid: PostgreSQL $major"
	own=/usr/lib/postgresql/$major/bin/pg_config
	if is_usable_pg_config "$own"; then
		if PG_CONFIG=$own "$TOP/test/run.sh"; then say "$major" passed; else say "$major" FAILED; failed=1; fi
	elif ! release=$(release_of "$major"); then
		say "$major" "NOT RUN: no Debian release known that ships it"
		not_run=1
	elif ! as_root unshare --mount --pid --fork --kill-child true; then
		say "$major" "NOT RUN: no mounts and processes of its own can be had here"
		not_run=1
	elif ! (need_packages mmdebstrap util-linux) || ! make_chroot "$major" "$release"; then
		say "$major" "NOT RUN: a chroot of Debian $release could not be made"
		not_run=1
	else
		run_in_chroot && status=0 || status=$?
		case $status in
			0) say "$major" passed ;;
			4) say "$major" "NOT RUN: no mounts can be made here"; not_run=1 ;;
			*) say "$major" FAILED; failed=1 ;;
		esac
	fi
	[ -z "$CHROOT" ] || as_root rm -rf --one-file-system "$CHROOT"
	CHROOT=
done
echo "$summary"
[ $failed = 0 ] || exit 1
[ $not_run = 0 ] || exit 3
