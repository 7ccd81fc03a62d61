#!/bin/sh
# make fuzz: each parser under libFuzzer with the address and undefined behaviour
# sanitizers, for FUZZ_SECONDS (default 60) each.  A finding ends it; the input
# that caused it is printed, and FUZZ_SEED repeats a run.
set -eu
TOP=$(cd "$(dirname "$0")/../.." && pwd)
. "$TOP/test/lib/packages.sh"

FUZZ_SECONDS=${FUZZ_SECONDS:-60}
FUZZ_SEED=${FUZZ_SEED:-$(date +%s)}
need_packages clang libclang-rt-dev libc6-dev
BUILD=$(mktemp -d /tmp/leerid-fuzz.XXXXXX)
at_exit 'rm -rf "$BUILD"'

cd "$TOP"
for target in insz partial_date instellingsnummer kbo_number schooljaar; do
	# everything that is plain C, and the one target
	clang -std=gnu11 -O1 -g -Wall -Wextra -Werror -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
		-Isrc -o "$BUILD/$target" "test/fuzz/$target.c" \
		src/insz.c src/partial_date.c src/instellingsnummer.c src/kbo_number.c src/schooljaar.c src/calendar.c src/leerplicht.c
	mkdir "$BUILD/$target.corpus"
	cp "test/fuzz/seeds/$target"/* "$BUILD/$target.corpus"
	echo "leerid: fuzzing $target for $FUZZ_SECONDS s, seed $FUZZ_SEED"
	(cd "$BUILD" && "./$target" -max_total_time="$FUZZ_SECONDS" -seed="$FUZZ_SEED" -max_len=64 -print_final_stats=1 \
		"$target.corpus" >"$target.log" 2>&1) || { tail -n 40 "$BUILD/$target.log" >&2; die "fuzzing $target found something"; }
	sed -n 's/^stat::number_of_executed_units: */leerid: inputs tried: /p' "$BUILD/$target.log"
done
echo "leerid: five parsers fuzzed, nothing found"
