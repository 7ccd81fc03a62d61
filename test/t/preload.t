# Without the preload there is no gate, and so no disclosure: what needs none
# works, and whatever shows a person refuses, however the library came in.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use lib 'test/lib';
use Country;

my $node = PostgreSQL::Test::Cluster->new('preload');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "timezone = 'Europe/Brussels'");
$node->start;

# types, calendar, protocols, bindings and the tables work
country($node, 'postgres');
is($node->safe_psql('postgres', q{SELECT leerid.format(leerid.insz '85611512387'), leerid.teldag('2024-2025')}), '85.61.15-123.87|2025-02-03', 'types and calendar work');
is($node->safe_psql('postgres', 'SELECT count(*) FROM leerid.leerling'), '200', 'the tables can be filled');
is($node->safe_psql('postgres', q{SELECT leerid.unbuild(); SELECT leerid.rebuild()}), "\n9", 'views can be made');

my $without = answers($node, 'postgres');
is_deeply([ map { "$_: $without->{$_}" } grep { $without->{$_} !~ /^(?:LR001|42501)$/ } sort keys %$without ], [], 'everybody is refused everything');

# every way that the library can come into a session, but the server's start
my %came = (
	'nothing loaded it' => '',
	'its type loaded it' => q{SELECT leerid.insz '85611512387';},
	'a function of it loaded it' => q{SELECT leerid.today();},
	'a superuser said LOAD' => q{LOAD 'leerid';},
	'local_preload_libraries' => 'local',
	'session_preload_libraries' => 'session',
	'shared_preload_libraries, set in the session' => q{SET shared_preload_libraries = 'leerid';});
my @questions = (
	'SELECT count(*) FROM fictief_klasapp.leerling',
	'SELECT count(naam) FROM leerid.leerling',
	'SELECT count(naam) FROM leerid.klas');
my @logins = (
	q{SELECT leerid.login('klasapp', gen_random_uuid())},
	q{SELECT leerid.login('glce', (SELECT '00000000-0000-0000-0000-000000000000'::uuid))});
sub check_all
{
	my ($name, $start) = @_;
	for my $role ('vendor_klas', 'vendor_lars', 'agodi_verif', 'dov_beheer', 'idp', $node->safe_psql('postgres', 'SELECT current_user'))
	{
		my $superuser = $role !~ /_|idp/;
		next if $start =~ /LOAD/ && !$superuser;
		my @own = $role eq 'vendor_lars' ? ('TABLE lars_glce.login_record', 'SELECT naam FROM leerid.login_record')
			: $role eq 'agodi_verif' ? ('TABLE agodi_verificatie.studiebewijs', 'TABLE agodi_verificatie.notitie', 'SELECT naam FROM leerid.persoon')
			: $role eq 'dov_beheer' ? ('TABLE klasinformatie_beheer.klas', 'SELECT naam FROM leerid.klas')
			: $role eq 'idp' ? @logins
			: $superuser ? ($questions[0], 'TABLE lars_glce.login_record', @logins) : @questions;
		my @answers = asks($node, 'postgres', $role, $start eq '' ? 'SELECT 1' : $start, @own);
		shift @answers;
		is_deeply(\@answers, [ map { 'LR001' } @own ], "$name: $role is refused");
	}
}
for my $way (sort keys %came)
{
	my $start = $came{$way};
	local $ENV{PGOPTIONS};
	if ($start eq 'session')
	{
		$node->append_conf('postgresql.conf', "session_preload_libraries = 'leerid'");
		$node->reload;
		$start = '';
	}
	elsif ($start eq 'local')
	{
		# a user's own setting, of libraries that stand in plugins
		my $folder = $node->config_data('--pkglibdir');
		mkdir "$folder/plugins";
		symlink "$folder/leerid.so", "$folder/plugins/leerid.so" unless -e "$folder/plugins/leerid.so";
		$ENV{PGOPTIONS} = '-c local_preload_libraries=leerid';
		$start = '';
	}
	$start =~ s/;\z//;
	check_all($way, $start);
	if ($came{$way} eq 'session')
	{
		$node->append_conf('postgresql.conf', "session_preload_libraries = ''");
		$node->reload;
	}
	elsif ($came{$way} eq 'local')
	{
		my $folder = $node->config_data('--pkglibdir');
		unlink "$folder/plugins/leerid.so";
		rmdir "$folder/plugins";
	}
}
# a user who says LOAD: of plugins he may, of this library he may not
is(asks($node, 'postgres', 'vendor_klas', q{LOAD 'leerid'}), '42501', 'a user may not LOAD it');

# the extension goes and comes in one session
my ($status, $out, $err) = $node->psql('postgres', q{
	SET client_min_messages = warning;
	DROP EXTENSION leerid CASCADE;
	CREATE EXTENSION leerid;
	DROP EXTENSION leerid;
	CREATE EXTENSION leerid;
	SELECT leerid.format(leerid.insz '85611512387');
	DROP EXTENSION leerid;
	DROP SCHEMA leerid;
	CREATE EXTENSION leerid;
	SELECT leerid.format(leerid.insz '85611512387'), leerid.rebuild();});
is("$status $err $out", "0  85.61.15-123.87\n85.61.15-123.87|0", 'dropped and made again and again in one session');

# with the preload everything answers
$node->safe_psql('postgres', 'SET client_min_messages = warning; DROP EXTENSION leerid CASCADE; DROP SCHEMA fixture CASCADE; DROP FUNCTION service');
country($node, 'postgres');
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'leerid'");
$node->restart;
my $answers = answers($node, 'postgres');
is((grep { /LR001/ } values %$answers), 0, 'with the preload nothing says LR001');
cmp_ok(scalar(allowed_by($answers)), '>', 20, 'and everybody is answered, without rebuild()');

# and once more without
$node->append_conf('postgresql.conf', "shared_preload_libraries = ''");
$node->restart;
is(asks($node, 'postgres', 'vendor_klas', $questions[0]), 'LR001', 'without it, nobody again');

done_testing();
