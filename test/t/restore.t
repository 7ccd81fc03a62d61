# Dump and restore, plain and custom, into a new cluster and beside the origin,
# and pg_upgrade: every row and every key comes back, nothing generated is
# dumped, nothing is shown before rebuild(), and after it everybody is answered
# what he was answered before.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use lib 'test/lib';
use Country;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $node = preloaded_node('origin');
$node->safe_psql('postgres', 'CREATE DATABASE country');
country($node, 'country');
$node->safe_psql('country', q{
	SET search_path = leerid, public;
	INSERT INTO onderwijsniveau VALUES ('een eigen niveau');
	INSERT INTO graad VALUES ('een eigen graad');
	INSERT INTO categorie VALUES ('een eigen categorie');
	INSERT INTO onderwijsvorm VALUES ('een eigen vorm');
	INSERT INTO type_bewijs VALUES ('een eigen type');
	INSERT INTO instantie VALUES ('een eigen instantie');
	INSERT INTO financiering VALUES ('een eigen financiering', false);
	INSERT INTO administratieve_groep VALUES (1, 'een groep', 'een eigen niveau');
	INSERT INTO studiebewijs (insz, categorie, graad, onderwijsvorm, type_bewijs, instantie, uitreikingsdatum)
		SELECT insz, 'een eigen categorie', 'een eigen graad', 'een eigen vorm', 'een eigen type', 'een eigen instantie', '2020-00-00' FROM persoon;
	INSERT INTO school_calendar_override VALUES ('2024-2025', 'ijzel', '[2025-02-03,2025-02-04]', 'a test');});

my $answers = answers($node, 'country');
my @allowed = allowed_by($answers);
for my $role (LOGIN_ROLES)
{
	my $shown = grep { /^\Q$role\E:/ } @allowed;
	ok($role =~ /^(?:stranger|idp)$/ ? $shown == 0 : $shown > 1, "$role is shown what is his ($shown)");
}
ok((grep { /^login to glce/ } @allowed) > 5 && (grep { /^login to klasapp/ } @allowed) > 5, 'logins are granted');
ok((grep { $answers->{$_} =~ /^f\|/ } keys %$answers) > 5, 'and refused');
my $rows = rows($node, 'country');

# Whoever may read how often rows were touched: nobody but pg_monitor.
sub counters
{
	my ($target, $database) = @_;
	return $target->safe_psql($database, q{SELECT string_agg(oid::regprocedure::text, ' ') FROM pg_proc
		WHERE pronamespace = 'pg_catalog'::regnamespace AND proname IN ('pg_lock_status', 'pg_stat_get_xact_tuples_fetched', 'pg_stat_get_numscans')
			AND has_function_privilege('stranger', oid, 'EXECUTE')});
}
is(counters($node, 'country'), '', 'no role of ours reads the counters');

# Dumps a database both ways, and looks into the dump.
sub dump_it
{
	my ($database, $name) = @_;
	my $plain = "$folder/$name.sql";
	$node->command_ok([ 'pg_dump', '-f', $plain, $database ], "$name: pg_dump, plain");
	$node->command_ok([ 'pg_dump', '-Fc', '-f', "$folder/$name.dump", $database ], "$name: pg_dump, custom");
	my $text = slurp_file($plain);
	# the fixture's own function fills rows of that name; protocols are data
	my @generated = grep { /_direct|gate_|lars_glce|_klasapp|_huisonderwijs|_verificatie|_beheer\b.*VIEW|POLICY|^(?:GRANT|REVOKE)|CREATE (?:TABLE|VIEW|ROLE)|COPY leerid\.built|ROW LEVEL/ }
		split /\n/, $text;
	@generated = grep { !/huisonderwijs' OR|dossier_huisonderwijs/ } @generated;
	is_deeply(\@generated, [], "$name: nothing generated is dumped");
	return;
}

# The checks of a database that was restored.
sub check_restored
{
	my ($target, $database, $name) = @_;
	is(rows($target, $database), $rows, "$name: every row is there");
	my $before = answers($target, $database);
	is(scalar(keys %$before), scalar(keys %$answers), "$name: everybody asks everything");
	is_deeply(refused($before), [], "$name: and is refused before rebuild()");
	$target->safe_psql($database, 'SELECT leerid.rebuild()');
	is_deeply(answers($target, $database), $answers, "$name: after it everybody is answered as before");
	is(sequences($target, $database), '', "$name: new keys are new");
	is(counters($target, $database), '', "$name: no role of ours reads the counters");
	is($target->safe_psql($database, q{SELECT count(*) FROM pg_roles r, pg_database d WHERE d.datname = current_database() AND r.rolname ~ ('^' || d.datname || '_.*_direct$')}),
		'5', "$name: roles carry the database's name");
}

sub logins
{
	my ($target) = @_;
	$target->safe_psql('postgres', join ';', map { "CREATE ROLE $_ LOGIN" } LOGIN_ROLES);
}

dump_it('country', 'fresh');

# a new cluster that has the login roles only
my $new = preloaded_node('new');
logins($new);
$new->safe_psql('postgres', 'CREATE DATABASE country');
$new->command_ok([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', 'country', '-f', "$folder/fresh.sql" ], 'new cluster: restore');
$new->safe_psql('postgres', 'GRANT leerid_idp TO idp');
check_restored($new, 'country', 'new cluster');

# beside the origin, under another name
$node->safe_psql('postgres', 'CREATE DATABASE beside');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'beside', "$folder/fresh.dump" ], 'same cluster: restore');
check_restored($node, 'beside', 'same cluster');
is_deeply(answers($node, 'country'), $answers, 'the origin answers as before');

# a new cluster with all the roles of the old one, and over a restore that is there
my $roles = "$folder/roles.sql";
$node->command_ok([ 'pg_dumpall', '--roles-only', '--no-role-passwords', '-f', $roles ], 'pg_dumpall');
my $user = $node->safe_psql('postgres', 'SELECT current_user');
my $text = slurp_file($roles);
$text =~ s/^CREATE ROLE \Q$user\E;$//m;
append_to_file("$folder/others.sql", $text);
my $all = preloaded_node('all');
$all->command_ok([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', "$folder/others.sql" ], 'all roles: they are made');
$all->command_ok([ 'pg_restore', '--exit-on-error', '-C', '-d', 'postgres', "$folder/fresh.dump" ], 'all roles: restore');
check_restored($all, 'country', 'all roles');
$all->command_ok([ 'pg_restore', '--exit-on-error', '-C', '--clean', '--if-exists', '-d', 'postgres', "$folder/fresh.dump" ], 'all roles: restore over what is there');
check_restored($all, 'country', 'all roles, again');

my $triggers = q{SELECT tgrelid::regclass, tgname, tgenabled FROM pg_trigger WHERE tgfoid = 'leerid.rule_changed()'::regprocedure ORDER BY tgrelid::regclass::text, tgname};
# in parallel: PostgreSQL does not order the tables of an extension by their
# foreign keys then, so the data come alone, without triggers
$all->safe_psql('postgres', 'DROP DATABASE country; CREATE DATABASE country');
$all->command_ok([ 'pg_restore', '--exit-on-error', '--section=pre-data', '-d', 'country', "$folder/fresh.dump" ], 'parallel: restore of what is no data');
$all->command_ok([ 'pg_restore', '--exit-on-error', '--section=data', '--data-only', '--disable-triggers', '-j', '2', '-d', 'country', "$folder/fresh.dump" ],
	'parallel: restore of the data');
$all->command_ok([ 'pg_restore', '--exit-on-error', '--section=post-data', '-d', 'country', "$folder/fresh.dump" ], 'parallel: restore of the rest');
check_restored($all, 'country', 'parallel');
is($all->safe_psql('country', $triggers), $node->safe_psql('country', $triggers),
	'parallel: rebuild() makes every trigger of the rules fire in replicas again');

# what was restored, dumped and restored once more, and a database through all
# that changes what stands
$new->command_ok([ 'pg_dump', '-f', "$folder/restored.sql", 'country' ], 'what was restored is dumped');
$node->safe_psql('country', q{
	SET search_path = leerid, public;
	SELECT unbind('vendor_lars', 'lars', 'glce'), unbind('agodi_verif', 'agodi', 'verificatie');
	SELECT unbuild();
	SELECT rebuild();
	SELECT bind('vendor_lars', 'lars', 'glce', service('lars', 'glce'), '2024-01-01', direct => true),
		bind('agodi_verif', 'agodi', 'verificatie', service('agodi', 'verificatie'), '2024-01-01', mfa => true, direct => true);
	SELECT unbuild();
	SELECT rebuild();
	SELECT unbuild();});
dump_it('country', 'unbuilt');
$node->safe_psql('country', q{
	SET search_path = leerid, public;
	SELECT rebuild();
	SELECT import_protocol(jsonb_set(document, '{version}', '"2026-01-01"')) FROM protocol WHERE code IN ('lars', 'agodi', 'fictief');
	SELECT activate_protocol(code, version) FROM protocol WHERE version = '2026-01-01' ORDER BY id;});
is_deeply(answers($node, 'country'), $answers, 'second versions of the same protocols answer as the first');
dump_it('country', 'second version');
$rows = rows($node, 'country');
$node->safe_psql('postgres', 'CREATE DATABASE versions');
$node->command_ok([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', 'versions', '-f', "$folder/second version.sql" ], 'second version: restore');
check_restored($node, 'versions', 'second version');

# a protocol that ended stays ended
$node->safe_psql('country', q{SELECT leerid.end_protocol('lars', 'DOV', 'breach', leerid.today(), 'a test')});
$node->command_ok([ 'pg_dump', '-f', "$folder/ended.sql", 'country' ], 'ended: pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE ended');
$node->command_ok([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', 'ended', '-f', "$folder/ended.sql" ], 'ended: restore');
$node->safe_psql('ended', 'SELECT leerid.rebuild()');
is_deeply(answers($node, 'ended'), answers($node, 'country'), 'ended: everybody is answered as in the origin');
is(asks($node, $_, 'vendor_lars', 'TABLE lars_glce.login_record'), 'LR012', "ended: refused, in $_") for 'country', 'ended';

# who may read everything, but is above no row-level security, dumps no person
$node->safe_psql('postgres', 'CREATE ROLE reader LOGIN; GRANT pg_read_all_data TO reader');
for my $how ([], ['--enable-row-security'], [ '--enable-row-security', '--inserts' ], [ '--table=leerid.leerling', '--enable-row-security' ])
{
	my $file = "$folder/reader.sql";
	unlink $file;
	$node->command_fails([ 'pg_dump', '-U', 'reader', @$how, '-f', $file, 'country' ], "pg_dump @$how as pg_read_all_data fails");
	unlike(-e $file ? slurp_file($file) : '', qr/Voornaam\d/, 'and shows no person');
}

# pg_upgrade
$answers = answers($node, 'country');
$rows = rows($node, 'country');
my $role_oid = q{SELECT oid FROM pg_roles WHERE rolname = 'country_agodi_verificatie'};
my $oid = $node->safe_psql('country', $role_oid);
my $upgraded = PostgreSQL::Test::Cluster->new('upgraded');
$upgraded->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$upgraded->append_conf('postgresql.conf', "shared_preload_libraries = 'leerid'\ntimezone = 'Europe/Brussels'");
$node->safe_psql('postgres', "DROP DATABASE $_") for 'beside', 'versions', 'ended';
# binaries of one and the same place are the old and the new
my $bin = $node->config_data('--bindir');
$node->stop;
chdir $folder or die $!;
command_ok([ 'pg_upgrade', '--no-sync', '-d', $node->data_dir, '-D', $upgraded->data_dir, '-b', $bin, '-B', $bin,
	'-s', $node->host, '-p', $node->port, '-P', $upgraded->port ], 'pg_upgrade');
chdir $ENV{TESTDIR} or die $! if $ENV{TESTDIR};
$upgraded->start;
is(rows($upgraded, 'country'), $rows, 'upgraded: every row is there');
is_deeply(refused(answers($upgraded, 'country')), [], 'upgraded: everybody is refused before rebuild()');
is($upgraded->safe_psql('country', 'SELECT leerid.rebuild()'), '9', 'upgraded: rebuild()');
is_deeply(answers($upgraded, 'country'), $answers, 'upgraded: and after it');
is(counters($upgraded, 'country'), '', 'upgraded: no role of ours reads the counters');
is(sequences($upgraded, 'country'), '', 'upgraded: new keys are new');
$upgraded->command_ok([ 'pg_dump', '-f', "$folder/upgraded.sql", 'country' ], 'upgraded: pg_dump');
unlike(slurp_file("$folder/upgraded.sql"), qr/_direct|gate_pass|CREATE POLICY|^GRANT|^REVOKE|CREATE VIEW/m, 'upgraded: nothing generated is dumped');
$upgraded->safe_psql('country', 'SET client_min_messages = warning; DROP EXTENSION leerid CASCADE');
is($upgraded->safe_psql('country', q{SELECT count(*) FROM pg_namespace WHERE nspname ~ '^(lars|agodi|klas|fictief)'}), '0', 'upgraded: what was generated is the extension\'s still');

done_testing();
