# Sixteen clients change the identity of twenty pupils at once, in every way there
# is, while backends are killed, statements time out, and the server crashes.
# Nothing deadlocks, nothing is half done, and the end is what the same operations
# would have come to one by one.
#
#   LEERID_STRESS_SECONDS  how long (default: 20)
#   LEERID_STRESS_SEED     the clients' random numbers (default: the clock)
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $seconds = $ENV{LEERID_STRESS_SECONDS} || 20;
my $seed = $ENV{LEERID_STRESS_SEED} || time() % 100000;
my $clients = 16;
my $folder = PostgreSQL::Test::Utils::tempdir();
note("seed $seed, $seconds seconds");

my $node = PostgreSQL::Test::Cluster->new('stress');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', qq{
	shared_preload_libraries = 'leerid'
	timezone = 'Europe/Brussels'
	leerid.test_identities = on
	restart_after_crash = on
	deadlock_timeout = 200ms
	log_line_prefix = '%m [%p] %e '
	log_statement = none
	log_min_duration_statement = -1
	max_connections = 60});
$node->start;

# A database with the hot set.
sub hot_set
{
	my ($database) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, q{
		SET client_min_messages = warning;
		CREATE EXTENSION leerid CASCADE;
		SELECT format('ALTER DATABASE %I SET search_path = leerid, public', current_database()) \gexec
		SET search_path = leerid, public;
		\i test/fixture/functions.psql
		\i test/fixture/protocols.psql
		\i test/fixture/identity_stress.psql
	});
}
hot_set('hot');

# Eight sessions identify eight pupils by one INSZ, twenty times over.
my $rounds = 20;
$node->safe_psql('hot', qq{
	CREATE SEQUENCE stress.arrived;
	INSERT INTO leerling (id, naam, voornaam) SELECT 100000 + n, 'x', 'x' FROM generate_series(1, 8 * $rounds) n;
	INSERT INTO account (account_uuid, leerling, principal, without_insz) SELECT md5('eight' || n)::uuid, 100000 + n, true, true FROM generate_series(1, 8 * $rounds) n;
	CREATE PROCEDURE stress.meet(round integer) LANGUAGE plpgsql AS \$\$
	BEGIN
		PERFORM nextval('stress.arrived');
		WHILE (SELECT last_value FROM stress.arrived) < 8 * round LOOP
			IF clock_timestamp() > now() + interval '30 seconds' THEN
				RAISE 'not all have come';
			END IF;
		END LOOP;
	END \$\$;});
my $script = "$folder/eight.sql";
append_to_file($script, q{\set round :round + 1
CALL stress.meet(:round);
SELECT verdict FROM leerid.identify(md5('eight' || 8 * (:round - 1) + :client_id + 1)::uuid, fixture.insz(1000 + :round), 'test');
});
$node->command_ok([ 'pgbench', '-n', '-c', 8, '-j', 2, '-t', $rounds, '-D', 'round=0', '-f', $script, 'hot' ], 'eight sessions identify one INSZ at once');
is($node->safe_psql('hot', q{SELECT count(*), count(DISTINCT pupil), min(accounts), max(accounts) FROM (
		SELECT l.id AS pupil, count(*) AS accounts FROM leerling l JOIN account a ON a.leerling = l.id WHERE l.id > 100000 GROUP BY l.id) s}),
	"$rounds|$rounds|8|8", 'and become one pupil, each time');
is($node->safe_psql('hot', q{SELECT verdict, count(*) FROM identity_operation GROUP BY verdict ORDER BY verdict}), "identified|$rounds\nmerged|" . 7 * $rounds, 'one is identified, seven are merged');
is($node->safe_psql('hot', 'SELECT * FROM check_identity()'), '', 'the log and the map agree');
$node->safe_psql('hot', q{DELETE FROM account WHERE leerling > 100000; DELETE FROM absorbed_leerling; DELETE FROM leerling WHERE id > 100000; TRUNCATE identity_operation, identity_history, moved_row});

# Each client runs psql after psql, each of which does step after step.  An answer
# is printed when it was committed.
my $stop = "$folder/stop";
my @clients;
for my $client (1 .. $clients)
{
	my $steps = "$folder/steps.$client.sql";
	append_to_file($steps, "SELECT stress.step();\n" x 80);
	local $ENV{PGOPTIONS} = $client <= 3 ? '-c statement_timeout=12' : '';
	local $ENV{PGAPPNAME} = 'stress';
	local $ENV{PGHOST} = $node->host;
	local $ENV{PGPORT} = $node->port;
	local $ENV{PGDATABASE} = 'hot';
	push @clients, IPC::Run::start([ 'sh', '-c', qq{
		i=0
		while [ ! -e $stop ]; do
			i=\$((i + 1))
			psql -XAtq -v VERBOSITY=sqlstate -c "SET search_path = leerid, public" -c "SELECT setseed((\$i * 16 + $client + $seed) % 9973 / 9973.0) IS NULL" -f $steps >>$folder/out.$client 2>>$folder/err.$client || sleep 0.05
		done } ]);
}

my $begun = time();
my ($checked, $wrong, $killed, $crashed) = (0, '', 0, 0);
while ((my $passed = time() - $begun) < $seconds)
{
	sleep(0.3);
	# one backend is ended; once, one is killed; once, the server crashes
	$node->psql('hot', q{SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'stress' ORDER BY random() LIMIT 1});
	if ($passed > $seconds * 0.3 && !$killed)
	{
		my $pid = $node->safe_psql('hot', q{SELECT pid FROM pg_stat_activity WHERE application_name = 'stress' AND state = 'active' ORDER BY random() LIMIT 1});
		$killed = kill('KILL', $pid) if $pid;
		$node->poll_query_until('postgres', q{SELECT count(*) > 5 FROM pg_stat_activity WHERE application_name = 'stress'}) if $killed;
	}
	if ($passed > $seconds * 0.6 && !$crashed)
	{
		$node->stop('immediate');
		$node->start;
		$crashed = 1;
	}
	# whatever is under way, what is committed is whole
	my ($status, $out, $err) = $node->psql('hot', 'SELECT * FROM check_identity()');
	$checked++ if !$status;
	$wrong .= $out if !$status;
}
append_to_file($stop, 'stop');
$_->finish for @clients;

ok($killed && $crashed, 'a backend was killed, and the server crashed');
ok($checked > 0, "check_identity() ran $checked times meanwhile");
is($wrong, '', 'and never found anything');

# What the clients saw.
my (%said, %errors, @answers);
for my $client (1 .. $clients)
{
	for (split /\n/, slurp_file("$folder/out.$client"))
	{
		next if /^[ft]?$/;
		push @answers, "$1\t$2" if /^answer (\S+) (\S+)/ && $2 ne 'op_id_reused';
		fail($_) if /DIFFERENT/;
		s/^answer \S+ //;
		s/^(row \S+).*/$1/;
		$said{$_}++;
	}
	$errors{ /(?:ERROR|FATAL|WARNING):\s+(\w{5})$/ ? $1 : /^(?:DETAIL|HINT):|connection|server closed|server terminated|probably means|before or while|starting up|shutting down|recovery|No such file|Is the server|accepting/ ? 'connection' : $_ }++
	  for grep { $_ ne '' } split /\n/, slurp_file("$folder/err.$client");
}
note("said: " . join ', ', map { "$_ $said{$_}" } sort keys %said);
note("errors: " . join ', ', map { "$_ $errors{$_}" } sort keys %errors);
my $log = slurp_file($node->logfile);
is(() = $log =~ /40P01|deadlock detected/g, 0, 'no deadlock') or diag(join "\n", grep { /40P01|deadlock/ } split /\n/, $log);
unlike($log, qr/TRAP:|PANIC:|XX000/, 'no internal error');
# timed out; ended; asked again under the same key; not enrolled at the school that shows
is(join(' ', grep { !/^(57014|57P01|57P02|57P03|40001|LR027|connection)$/ } sort keys %errors), '', 'no error but those that were to come');
cmp_ok($said{$_} || 0, '>', 0, "some are $_") for qw(merged identified unmerged replaced blocked conflict_insz merge_forbidden merge_allowed erased), 'login granted', 'resolved again', 'shown';
cmp_ok(scalar(grep { /replayed/ } keys %said), '>', 0, 'and some were asked by two at once');

# The end.
$node->safe_psql('hot', "SET client_min_messages = warning; SELECT count(*) FROM pg_stat_activity WHERE application_name = 'stress'");
is($node->safe_psql('hot', 'SELECT * FROM check_identity()'), '', 'the log and the map agree');
is($node->safe_psql('hot', 'SELECT * FROM stress.wrong() LIMIT 20'), '', 'nothing is wrong, in plain SQL');
append_to_file("$folder/answers", join '', map { "$_\n" } @answers);
is($node->safe_psql('hot', qq{
		CREATE TABLE stress.answered (op_id uuid, verdict text);
		COPY stress.answered FROM '$folder/answers';
		SELECT a.op_id, a.verdict, o.verdict FROM stress.answered a LEFT JOIN identity_operation o ON o.op_id = a.op_id
		WHERE o.verdict::text IS DISTINCT FROM a.verdict AND NOT (a.verdict = 'erased_account' AND o.request_sha256 IS NULL) LIMIT 20}),
	'', 'every answer that a client got stands in the log, or its pupil was erased: ' . scalar(@answers));

# Some serial order: an operation takes its number when it has locked the pupils and
# the numbers that it is about, decides by what they are alone, and keeps the locks
# until it is committed.  So of two operations that have to do with each other the
# earlier has the lesser number, and the order of numbers is one in which they could
# have come one by one.
hot_set('replay');
$node->safe_psql('hot', qq{COPY (SELECT o.id, o.op_id, o.kind, o.verdict, o.leerling, o.answer_account, r.one, r.other, r.insz, r.old_insz, r.corrected
	FROM identity_operation o JOIN stress.request r USING (op_id)
	WHERE o.verdict IN ('created', 'identified', 'merged', 'unmerged', 'replaced', 'merge_forbidden', 'merge_allowed', 'erased')) TO '$folder/done'});
$node->safe_psql('hot', qq{COPY (TABLE stress.account) TO '$folder/account'; COPY (SELECT * FROM stress.state ORDER BY line) TO '$folder/state'});
is($node->safe_psql('replay', qq{
		COPY stress.done FROM '$folder/done';
		TRUNCATE klas, stress.account;
		COPY stress.account FROM '$folder/account';
		SELECT * FROM stress.replay() LIMIT 20}),
	'', 'one by one, each operation ends as it did');
$node->safe_psql('replay', qq{COPY (SELECT * FROM stress.state ORDER BY line) TO '$folder/replayed'});
my $state = slurp_file("$folder/state");
ok($state eq slurp_file("$folder/replayed"), 'and all of them where they ended') or system('diff', "$folder/state", "$folder/replayed");
cmp_ok(() = $state =~ /\n/g, '>', 60, 'which is something');

$node->stop('fast');
done_testing();
