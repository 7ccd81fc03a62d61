#!/bin/sh
# make lint: the code's form.  clang-format as .clang-format says, shell that
# parses, no trailing space, nothing left open.
set -eu
TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$TOP/test/lib/packages.sh"

need_packages clang-format
cd "$TOP"
clang-format --dry-run -Werror src/*.c src/*.h test/fuzz/*.c test/fuzz/*.h
for script in test/*.sh test/lib/*.sh test/fuzz/*.sh bench/*.sh .ci/run; do
	sh -n "$script"
done
! grep -rnE '[[:space:]]+$' --include='*.[ch]' --include='*.sql' --include='*.in' --include='*.sh' --include='*.t' \
	--include='*.spec' --include='Makefile' src sql test bench doc Makefile || die "spaces at the end of a line"
! grep -nP '[^\x00-\x7F]' sql/*.sql sql/*.in src/*.[ch] || die "not ASCII: a database in another encoding could not install it"
echo "leerid: the code is in form"
