# A feed goes on after a restore in another cluster, in a copy beside the origin,
# and on a standby that was promoted: with the cursor of before, what was not told
# is told, what comes after as well, and what was told is not.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();

sub preloaded
{
	my ($node) = @_;
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'leerid'\ntimezone = 'Europe/Brussels'");
	$node->start;
	return $node;
}

my $origin = PostgreSQL::Test::Cluster->new('feed_origin');
$origin->init(allows_streaming => 1, extra => [ '--encoding=UTF8' ]);
preloaded($origin);
$origin->safe_psql('postgres', 'CREATE DATABASE feed');
$origin->safe_psql('feed', q{SET client_min_messages = warning;
	CREATE EXTENSION leerid CASCADE;
	ALTER DATABASE feed SET search_path = leerid, public;
	SET search_path = leerid, public;
	\i test/fixture/functions.psql
	\i test/fixture/protocols.psql
	INSERT INTO instelling VALUES ('000011', 'Een', 'gesubsidieerd');
	INSERT INTO agreement SELECT recipient, '000011', today() - 10 FROM protocol WHERE code = 'fictief';
	INSERT INTO leerling (id, naam, voornaam) SELECT n, 'x', 'P' || n FROM generate_series(1, 12) n;
	INSERT INTO account (account_uuid, leerling, principal) SELECT lpad(n::text, 32, '0')::uuid, n, true FROM generate_series(1, 12) n;
	INSERT INTO inschrijving (leerling, instellingsnummer, begindatum, schooljaar, niveau, bron_sleutel)
		SELECT n, '000011', today() - 20, '2026-2027', 'lager', 'k' || n FROM generate_series(1, 12) n;
	INSERT INTO visibility (application, leerling, instellingsnummer, shown_at, shown_by)
		SELECT a.id, n, '000011', now(), '01610100030' FROM generate_series(1, 12) n, application a WHERE a.code = 'klasapp';});

# Merges the account of one number into that of the next.
sub merge
{
	my ($node, $database, $n) = @_;
	return $node->safe_psql($database, sprintf(q{SELECT verdict FROM leerid.merge(lpad('%d', 32, '0')::uuid, lpad('%d', 32, '0')::uuid, 'x')}, $n, $n + 1));
}

# Asks the feed; which accounts joined others, and the cursor.
sub ask
{
	my ($node, $database, $cursor, $limit) = @_;
	my ($status, $out, $err) = $node->psql($database, sprintf(q{\set VERBOSITY sqlstate
		SELECT coalesce(cursor, ltrim(right(accounts_before[1]::text, 2), '0')) FROM leerid.identity_feed(%s, %d) WHERE cursor IS NOT NULL OR accounts_after = '{}'},
		defined $cursor ? "'$cursor'" : 'NULL', $limit // 1000), extra_params => [ '-U', 'vendor_klas' ]);
	return $err =~ /ERROR:\s+(\w{5})/ ? $1 : '?' if $status != 0;
	my @told = split /\n/, $out;
	my $last = pop @told;
	return ("@told", $last);
}

$origin->safe_psql('feed', 'SELECT count(*) FROM fictief_klasapp.leerling', extra_params => [ '-U', 'vendor_klas' ]);
is(merge($origin, 'feed', 1), 'merged', 'an operation');
my ($told, $cursor) = ask($origin, 'feed');
is($told, '1', 'that is told');
is(merge($origin, 'feed', 3), 'merged', 'one that is not told');
is(merge($origin, 'feed', 5), 'merged', 'and another');
my (undef, $within) = ask($origin, 'feed', $cursor, 1);

# What goes on in a database: what is told there from each cursor, then after one more operation
sub goes_on
{
	my ($node, $database, $name) = @_;
	like((ask($node, $database, $cursor))[0], qr/^(?:LR002|42501)$/, "$name: nothing before rebuild()");
	$node->safe_psql($database, 'SELECT leerid.rebuild()');
	my ($told, $next) = ask($node, $database, $cursor);
	is($told, '3 5', "$name: the cursor of before goes on");
	is((ask($node, $database, $within))[0], '5', "$name: also from within an answer");
	is((ask($node, $database))[0], '1 3 5', "$name: from the beginning all is told");
	is(merge($node, $database, 7), 'merged', "$name: another operation");
	is((ask($node, $database, $next))[0], '7', "$name: is told");
	is((ask($node, $database, $cursor))[0], '3 5 7', "$name: from the cursor of before, too");
	is((ask($node, $database))[0], '1 3 5 7', "$name: and from the beginning, in order");
	return;
}

$origin->command_ok([ 'pg_dump', '-f', "$folder/feed.sql", 'feed' ], 'pg_dump');
my $younger = PostgreSQL::Test::Cluster->new('feed_younger');
$younger->init(extra => [ '--encoding=UTF8' ]);
preloaded($younger);
$younger->safe_psql('postgres', 'CREATE ROLE vendor_klas LOGIN; CREATE ROLE vendor_lars LOGIN; CREATE ROLE agodi_thuis LOGIN; CREATE ROLE agodi_verif LOGIN; CREATE ROLE dov_beheer LOGIN; CREATE DATABASE feed');
$younger->command_ok([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', 'feed', '-f', "$folder/feed.sql" ], 'restore in a younger cluster');
goes_on($younger, 'feed', 'restored');
$origin->safe_psql('postgres', 'CREATE DATABASE copy TEMPLATE feed');
goes_on($origin, 'copy', 'copied');

# a standby that is promoted numbers transactions anew that it never got
$origin->backup('feed');
my $standby = PostgreSQL::Test::Cluster->new('feed_standby');
$standby->init_from_backup($origin, 'feed', has_streaming => 1);
$standby->start;
is_deeply([ ask($standby, 'feed', $cursor) ], ['25006'], 'a standby has no feed');
$origin->wait_for_catchup('feed_standby');
$standby->safe_psql('postgres', "ALTER SYSTEM SET primary_conninfo = ''");
$standby->reload;
$standby->poll_query_until('postgres', 'SELECT count(*) = 0 FROM pg_stat_wal_receiver');
$origin->safe_psql('feed', 'SELECT pg_current_xact_id()') for 1 .. 20;
is(merge($origin, 'feed', 9), 'merged', 'an operation that the standby never gets');
my ($lost, $ahead) = ask($origin, 'feed', $cursor);
is($lost, '3 5 9', 'told by the primary');
$origin->stop('immediate');
$standby->promote;
is(merge($standby, 'feed', 11), 'merged', 'promoted: an operation under a number that was used');
is((ask($standby, 'feed', $ahead))[0], '11', 'promoted: is told to whom the lost one was told');
is((ask($standby, 'feed', $cursor))[0], '3 5 11', 'promoted: and to others');
done_testing();
