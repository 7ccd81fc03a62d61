# Rules that arrive by replication bind like rules that are changed in place: the
# next statement of a session that is open, with a plan that is prepared.  And a
# physical standby answers as its primary, or refuses.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use lib 'test/lib';
use Country;

my $publisher = preloaded_node('publisher', allows_streaming => 'logical');
country($publisher, 'postgres');

# the subscriber starts from a dump, so internal keys are the same
my $folder = PostgreSQL::Test::Utils::tempdir();
my $subscriber = preloaded_node('subscriber');
$subscriber->safe_psql('postgres', join ';', map { "CREATE ROLE $_ LOGIN" } LOGIN_ROLES);
$publisher->command_ok([ 'pg_dump', '-f', "$folder/dump.sql", 'postgres' ], 'pg_dump');
$subscriber->command_ok([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', "$folder/dump.sql" ], 'restore');
$subscriber->safe_psql('postgres', 'GRANT leerid_idp TO idp; SELECT leerid.rebuild()');
my $rules = join ', ', map { "leerid.$_" } qw(agreement application binding consent decretal_basis objection protocol restriction visibility element purpose_terms);
$publisher->safe_psql('postgres', "CREATE PUBLICATION rules FOR TABLE $rules");
$subscriber->safe_psql('postgres', q{CREATE SUBSCRIPTION rules CONNECTION '} . $publisher->connstr . q{ dbname=postgres' PUBLICATION rules WITH (copy_data = false)});
$publisher->wait_for_catchup('rules');
is_deeply(answers($subscriber, 'postgres'), answers($publisher, 'postgres'), 'the subscriber answers as the publisher');

# Sessions of bound roles, opened once, with plans made generic.
my %session;
for my $role ('vendor_klas', 'vendor_lars', 'agodi_verif', 'dov_beheer')
{
	my $view = { vendor_klas => 'fictief_klasapp.leerling', vendor_lars => 'lars_glce.login_record', agodi_verif => 'agodi_verificatie.studiebewijs', dov_beheer => 'klasinformatie_beheer.klas' }->{$role};
	my $columns = { vendor_klas => 'count(*), count(klas), count(insz)', vendor_lars => 'count(*), count(insz)', agodi_verif => 'count(*)', dov_beheer => 'count(*)' }->{$role};
	my $table = { vendor_klas => 'SELECT count(naam) FROM leerid.klas', vendor_lars => 'SELECT count(naam) FROM leerid.login_record', agodi_verif => 'SELECT count(naam) FROM leerid.persoon', dov_beheer => 'SELECT count(naam) FROM leerid.klas' }->{$role};
	for my $level ('read committed', 'repeatable read')
	{
		my $session = $session{"$role, $level"} = $subscriber->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', $role ]);
		$session->query("\\set VERBOSITY sqlstate
			SET plan_cache_mode = force_generic_plan;
			PREPARE view AS SELECT $columns FROM $view;
			PREPARE tables AS $table;");
		$session->query('BEGIN ISOLATION LEVEL REPEATABLE READ; SAVEPOINT s') if $level eq 'repeatable read';
	}
}

# What an open session is answered by its prepared statements.
sub answer
{
	my ($name) = @_;
	my @answers;
	for my $prepared ('view', 'tables')
	{
		my $session = $session{$name};
		my $sql = $name =~ /repeatable/ ? "EXECUTE $prepared;\n\\echo :SQLSTATE\nROLLBACK TO s;" : "EXECUTE $prepared;\n\\echo :SQLSTATE";
		my $out = $session->query($sql);
		$out =~ s/\n?00000\s*$//;
		chomp $out;
		push @answers, $out;
		$session->{stderr} = '';
	}
	return "@answers";
}

# Changes a rule on the publisher: what open sessions of a role are answered
# before, after, and when it is changed back.
sub changes
{
	my ($role, $change, $back, $name, $check) = @_;
	my %before = map { $_ => answer($_) } grep { /^$role,/ } keys %session;
	$publisher->safe_psql('postgres', $change);
	$publisher->wait_for_catchup('rules');
	my $expected;
	for my $open (sort keys %before)
	{
		my $after = answer($open);
		ok($check->($before{$open}, $after), "$name: binds an open session ($open: $before{$open}, then $after)");
		$expected //= $after;
		is($after, $expected, "$name: all sessions alike");
	}
	return if !defined $back;
	$publisher->safe_psql('postgres', $back);
	$publisher->wait_for_catchup('rules');
	is(answer($_), $before{$_}, "$name: and so does the way back ($_)") for sort keys %before;
	return;
}

# The numbers of two answers, of which one count must have fallen.
my $less = sub {
	my ($before, $after) = map { [ /(\d+)/g ] } @_;
	return "@$after" ne "@$before" && !grep { $after->[$_] > $before->[$_] } 0 .. $#$before;
};
my $more = sub { return $less->($_[1], $_[0]) };
my $refuses = sub { return $_[1] =~ /^(\w{5}) \1$/ && $_[1] !~ /^\d/ };

changes('vendor_klas', q{UPDATE leerid.consent SET stopped_at = now(), stopped_on_request = 'a letter' WHERE stopped_at IS NULL},
	q{UPDATE leerid.consent SET stopped_at = NULL, stopped_on_request = NULL WHERE stopped_on_request = 'a letter'}, 'all consents stopped',
	sub { my ($before, $after) = @_; return $after =~ /^([1-9]\d*)\|0\|\d+ 0$/ && $before =~ /^$1\|[1-9]/ });
changes('dov_beheer', q{UPDATE leerid.consent SET stopped_at = now(), stopped_on_request = 'a letter' WHERE stopped_at IS NULL},
	q{UPDATE leerid.consent SET stopped_at = NULL, stopped_on_request = NULL WHERE stopped_on_request = 'a letter'}, 'all consents stopped',
	sub { return $_[1] eq '0 0' && $_[0] !~ /^0/ });
changes('vendor_klas', q{UPDATE leerid.agreement SET valid_to = valid_to - 10000, valid_from = valid_from - 10000 WHERE valid_to < 'infinity'; DELETE FROM leerid.agreement WHERE instellingsnummer::text = (SELECT min(a.instellingsnummer::text) FROM leerid.agreement a WHERE a.valid_to = 'infinity')},
	undef, 'agreements ended and deleted', $less);
changes('vendor_klas', q{CREATE TABLE kept AS TABLE leerid.visibility; DELETE FROM leerid.visibility WHERE leerling % 2 = 0}, q{INSERT INTO leerid.visibility SELECT * FROM kept WHERE leerling % 2 = 0}, 'half of the pupils hidden', $less);
changes('vendor_klas', q{UPDATE leerid.application SET class_integrated = false WHERE class_integrated}, q{UPDATE leerid.application SET class_integrated = true WHERE code = 'klasapp'}, 'class sharing no longer integrated',
	sub { return $_[1] =~ /^[1-9]\d*\|0\|/ });
changes($_, q{INSERT INTO leerid.restriction (leerling, ground) SELECT id, 'all' FROM leerid.leerling}, q{UPDATE leerid.restriction SET lifted_at = now() WHERE ground = 'all'}, 'restrictions', sub { return $_[1] !~ /[1-9]/ })
	for 'vendor_klas', 'vendor_lars', 'dov_beheer';
changes('agodi_verif', q{INSERT INTO leerid.restriction (insz, ground) SELECT insz, 'all' FROM leerid.persoon}, q{DELETE FROM leerid.restriction WHERE ground = 'all'}, 'restrictions', sub { return $_[1] eq '0 0' });
$publisher->safe_psql('postgres', 'DELETE FROM leerid.objection');
$publisher->wait_for_catchup('rules');
changes('vendor_lars', q{INSERT INTO leerid.objection (leerling, protocol_code) SELECT id, 'lars' FROM leerid.leerling}, q{UPDATE leerid.objection SET decided_at = now(), upheld = false WHERE decided_at IS NULL AND protocol_code = 'lars'}, 'objections',
	sub { return $_[1] !~ /[1-9]/ && $_[0] =~ /[1-9]/ });
changes('vendor_lars', q{CREATE TABLE bases AS TABLE leerid.decretal_basis; DELETE FROM leerid.decretal_basis}, q{INSERT INTO leerid.decretal_basis TABLE bases}, 'no decretal basis',
	sub { return $_[1] =~ /^[1-9]\d*\|0 / && $_[0] !~ /\|0 / });
changes('vendor_klas', q{SELECT leerid.unbind('vendor_klas', 'fictief', 'klasapp')}, q{UPDATE leerid.binding SET ended_at = NULL WHERE login_role = 'vendor_klas'}, 'unbound', $refuses);
is($subscriber->safe_psql('postgres', q{SELECT pg_has_role('vendor_klas', 'postgres_fictief_klasapp', 'MEMBER')}), 't', 'though the membership is there');
changes('agodi_verif', q{UPDATE leerid.binding SET direct = false WHERE login_role = 'agodi_verif'}, q{UPDATE leerid.binding SET direct = true WHERE login_role = 'agodi_verif'}, 'no direct access', sub { return $_[1] =~ /^\d+ LR003/ });
changes('agodi_verif', q{UPDATE leerid.binding SET names_officer = true WHERE login_role = 'agodi_verif'}, q{UPDATE leerid.binding SET names_officer = false WHERE login_role = 'agodi_verif'}, 'an officer must be named', sub { return $_[1] eq 'LR006 LR006' });
changes('vendor_lars', q{SELECT leerid.end_protocol('lars', 'DOV', 'breach', leerid.today(), 'a test')}, q{UPDATE leerid.protocol SET ended_at = NULL, ended_how = NULL, ended_by = NULL, ended_reason = NULL WHERE code = 'lars'}, 'protocol ended', sub { return $_[1] eq 'LR012 LR012' });
changes('vendor_klas', q{TRUNCATE leerid.agreement}, undef, 'agreements truncated', sub { return $_[1] !~ /[1-9]/ });

# a new version of a protocol, activated on the publisher: the subscriber still
# has the views of the version that was superseded
$publisher->safe_psql('postgres', q{
	SET search_path = leerid, public;
	ALTER PUBLICATION rules ADD TABLE purpose, party;
	SELECT import_protocol(jsonb_set(document, '{version}', '"2026-01-01"')) FROM protocol WHERE code = 'agodi';});
$subscriber->safe_psql('postgres', 'ALTER SUBSCRIPTION rules REFRESH PUBLICATION WITH (copy_data = false)');
$publisher->safe_psql('postgres', q{SELECT leerid.activate_protocol('agodi', '2026-01-01')});
$publisher->wait_for_catchup('rules');
is(answer('agodi_verif, read committed'), 'LR012 LR012', 'a new version: that of the views is not in force');
$subscriber->safe_psql('postgres', 'SELECT leerid.rebuild()');
like(answer('agodi_verif, read committed'), qr/^[1-9]\d* [1-9]\d*$/, 'until rebuild()');
is(answer('agodi_verif, read committed'), join(' ', asks($publisher, 'postgres', 'agodi_verif', 'SELECT count(*) FROM agodi_verificatie.studiebewijs', 'SELECT count(naam) FROM leerid.persoon')), 'and then as the publisher');

# a superuser who passes by triggers that are not ALWAYS
$subscriber->safe_psql('postgres', 'ALTER SUBSCRIPTION rules DISABLE');
my $before = answer('agodi_verif, read committed');
$subscriber->safe_psql('postgres', q{SET session_replication_role = replica; UPDATE leerid.binding SET ended_at = now() WHERE login_role = 'agodi_verif'});
is(answer($_), 'LR003 LR003', "session_replication_role = replica: binds an open session ($_)") for 'agodi_verif, read committed', 'agodi_verif, repeatable read';
$subscriber->safe_psql('postgres', q{SET session_replication_role = replica; UPDATE leerid.binding SET ended_at = NULL WHERE login_role = 'agodi_verif'});
is(answer('agodi_verif, read committed'), $before, 'and so does the way back');
$subscriber->safe_psql('postgres', q{SET session_replication_role = replica; TRUNCATE leerid.binding});
is(answer('agodi_verif, read committed'), 'LR003 LR003', 'TRUNCATE too');
$_->quit for values %session;

# -- a physical standby
$publisher->safe_psql('postgres', q{SET search_path = leerid, public;
	INSERT INTO agreement SELECT recipient, instellingsnummer, '2020-01-01' FROM protocol, instelling WHERE code = 'fictief';
	SELECT rebuild()});
my $answers = answers($publisher, 'postgres');
$publisher->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($publisher, 'base', has_streaming => 1);
$standby->start;
$publisher->wait_for_catchup('standby');
my $there = answers($standby, 'postgres');
# what writes something: the record of a login, and which accounts were given where the protocol lists a feed
my $writes = qr/^(?:login to|vendor_klas:)/;
is_deeply({ map { $_ => $there->{$_} } grep { !/$writes/ } keys %$there }, { map { $_ => $answers->{$_} } grep { !/$writes/ } keys %$answers }, 'standby: views, tables and logins that write nothing are answered');
is_deeply([ grep { /^login to/ && $answers->{$_} =~ /^t/ && $there->{$_} ne '25006' && (/glce/ || $there->{$_} ne $answers->{$_}) } keys %$there ], [],
	'standby: a login that is granted and would write is refused');
is_deeply([ grep { /^vendor_klas:/ && $there->{$_} ne ($answers->{$_} =~ /^\d+\|/ ? '25006' : $answers->{$_}) } keys %$there ], [], 'standby: so is a roster whose accounts a feed is to follow');
is_deeply([ grep { /^login to/ && $answers->{$_} !~ /^t/ && $there->{$_} ne $answers->{$_} } keys %$there ], [], 'standby: a login that is refused is refused there too');

# changes reach a session that is open on the standby
my $session = $standby->background_psql('postgres', on_error_stop => 0, extra_params => [ '-U', 'dov_beheer' ]);
$session{'standby'} = $session;
$session->query("\\set VERBOSITY sqlstate
	SET plan_cache_mode = force_generic_plan;
	PREPARE view AS SELECT count(*), count(klas) FROM klasinformatie_beheer.klas;
	PREPARE tables AS SELECT count(naam) FROM leerid.klas;");
my $shown = answer('standby');
like($shown, qr/^[1-9]\d*\|[1-9]\d* [1-9]\d*$/, "standby: an open session sees rows ($shown)");
$publisher->safe_psql('postgres', q{UPDATE leerid.consent SET stopped_at = now(), stopped_on_request = 'a letter' WHERE stopped_at IS NULL});
$publisher->wait_for_catchup('standby');
like(answer('standby'), qr/^0\|0 0$/, 'standby: the stop of consents binds it');
$publisher->safe_psql('postgres', q{SELECT leerid.unbind('dov_beheer', 'klasinformatie', 'beheer')});
$publisher->wait_for_catchup('standby');
is(answer('standby'), '42501 42501', 'standby: the end of the binding binds it');
my ($status, $out, $err) = $standby->psql('postgres', 'SELECT leerid.rebuild()');
isnt($status, 0, 'standby: rebuild() is refused');
$standby->promote;
is(answer('standby'), '42501 42501', 'promoted: as before');
my %promoted = %{ answers($standby, 'postgres') };
my %now = %{ answers($publisher, 'postgres') };
is_deeply(\%promoted, \%now, 'promoted: it answers as the primary, without rebuild()');
is($standby->safe_psql('postgres', 'SELECT leerid.rebuild()'), '9', 'promoted: rebuild()');
$session->quit;

done_testing();
