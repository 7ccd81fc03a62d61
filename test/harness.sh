#!/bin/sh
# make test-harness: whether make test can be trusted.  A set-up that fails must
# fail it.  And interrupted at many moments, by each signal that ends a program
# and as a terminal would, all of it or make alone, it must leave no process and
# no file.
set -eu
TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$TOP/test/lib/packages.sh"

need_packages perl
PARENT=$(mktemp -d /tmp/leerid-int.XXXXXX)
chmod 755 "$PARENT"
at_exit 'rm -rf "$PARENT"'
export STAGE_PARENT=$PARENT

mkdir "$PARENT/broken"
tar -C "$TOP" -cf - --exclude=.git . | tar -C "$PARENT/broken" -xf -
echo 'SELECT 1 / 0;' >>"$PARENT/broken/test/pgtap/setup.psql"
if TESTS=pgtap make -C "$PARENT/broken" test >"$PARENT/log" 2>&1; then
	die "the pgTAP suite passed although its set-up failed"
fi
grep -q 'division by zero' "$PARENT/log" || { cat "$PARENT/log" >&2; die "the set-up was meant to fail otherwise"; }
rm -rf "$PARENT/broken" "$PARENT/log"
echo "ok a set-up that fails fails the suite"

perl - "$TOP" "$PARENT" <<'PERL'
use strict;
use warnings;
use POSIX ();
use Time::HiRes qw(sleep);

my ($top, $parent) = @ARGV;
my $failed = 0;

# What is left in the folder, and whose command line names it.
sub left
{
	my @left = glob "$parent/*";
	for my $file (glob '/proc/[0-9]*/cmdline')
	{
		open my $in, '<', $file or next;
		my $line = join ' ', split /\0/, (do { local $/; <$in> } // '');
		push @left, $line if $line =~ m{\Q$parent\E/leerid\.};
	}
	return @left;
}

# Starts make test in a session of its own and ends it after so long.
sub interrupt
{
	my ($signal, $after, $how) = @_;
	my $pid = fork // die $!;
	if ($pid == 0)
	{
		POSIX::setsid();
		$SIG{$_} = 'DEFAULT' for qw(INT TERM HUP QUIT PIPE);
		open STDIN, '<', '/dev/null';
		open STDOUT, '>', '/dev/null';
		open STDERR, '>', '/dev/null';
		exec 'make', '-C', $top, 'test' or POSIX::_exit(127);
	}
	sleep $after;
	kill $signal, $how eq 'make alone' ? $pid : -$pid;
	if ($how eq 'twice')
	{
		sleep 0.1;
		kill $signal, -$pid;
	}
	waitpid $pid, 0;
	my @left;
	for (1 .. 240)
	{
		@left = left() or last;
		sleep 0.25;
	}
	$failed += @left > 0;
	printf "%s SIG%s after %.1f s, %s%s\n", @left ? 'not ok' : 'ok', $signal, $after, $how, @left ? ": @left" : '';
	return;
}

my @moments = $ENV{MOMENTS} ? split ' ', $ENV{MOMENTS} : (0.2, 0.8, 1.5, 2.2, 3.0, 4.5, 7.0);
for my $case ([ INT => 'all' ], [ INT => 'twice' ], [ TERM => 'all' ], [ HUP => 'all' ], [ QUIT => 'all' ], [ TERM => 'make alone' ])
{
	interrupt($case->[0], $_, $case->[1]) for @moments;
}

# and a reader that goes away, as in make test | head -n 1
system("make -C '$top' test 2>&1 | head -n 1 >/dev/null");
my @left;
for (1 .. 240)
{
	@left = left() or last;
	sleep 0.25;
}
$failed += @left > 0;
print @left ? "not ok the reader goes away: @left\n" : "ok the reader goes away\n";
exit($failed > 0);
PERL
echo "leerid: the harness holds"
