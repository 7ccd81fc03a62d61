# Roles belong to the cluster, bindings to a database: two databases with
# leerid, copies, new names, roles that go and come, and the extension itself.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use lib 'test/lib';
use Country;

my $roster = 'SELECT count(*) > 0 FROM fictief_klasapp.leerling';
my $table = 'SELECT count(naam) > 0 FROM leerid.leerling';
my $folder = PostgreSQL::Test::Utils::tempdir();
my $node = preloaded_node('databases');
my $services = q{SET search_path = leerid, public;
	CREATE FUNCTION pg_temp.again() RETURNS void LANGUAGE sql AS $$
		SELECT bind('vendor_klas', 'fictief', 'klasapp', service('fictief', 'klasapp'), '2024-01-01', direct => true) $$;};
my $bind = "$services SELECT pg_temp.again()";
my $unbind = q{SELECT leerid.unbind('vendor_klas', 'fictief', 'klasapp')};

# What a role is answered by views, tables and the functions for dossiers.
sub all_doors
{
	my ($database, $role) = @_;
	return join ' ', asks($node, $database, $role, $roster, $table, q{SELECT leerid.open_dossiers('verificatie', '2090-2091')});
}

# -- two databases, two sets of bindings
for my $database ('a', 'b')
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	country($node, $database);
}
$node->safe_psql('b', 'UPDATE leerid.binding SET ended_at = now(); SELECT leerid.rebuild()');
my $answers = answers($node, 'a');
is(all_doors('a', 'vendor_klas'), 't t 42501', 'bound in a: sees the rows of a');
is((grep { !/^login/ } allowed_by(answers($node, 'b'))), 0, 'b: nobody is bound, and sees nothing');
is(all_doors('b', 'vendor_klas'), 'LR003 LR003 42501', 'b: the memberships that are left give nothing');
$node->safe_psql('b', 'REVOKE b_fictief_klasapp, b_fictief_klasapp_direct FROM vendor_klas');
is(all_doors('b', 'vendor_klas'), '42501 42501 42501', 'b: nor does it without them');
$node->safe_psql('postgres', 'GRANT b_fictief_klasapp, b_fictief_klasapp_direct, b_agodi_verificatie TO vendor_klas');
is(all_doors('b', 'vendor_klas'), 'LR003 LR003 LR003', 'b: memberships granted by hand, from another database, give nothing');
$node->safe_psql('postgres', 'GRANT a_agodi_verificatie, a_agodi_verificatie_direct, a_lars_glce, a_lars_glce_direct TO vendor_klas');
is(asks($node, 'a', 'vendor_klas', 'TABLE lars_glce.login_record'), 'LR003', 'a: nor do those of another purpose');
is(asks($node, 'a', 'vendor_klas', 'SELECT naam FROM leerid.login_record'), 'LR007', 'a: nor through the tables');
$node->safe_psql('a', $unbind);
is(all_doors('a', 'vendor_klas'), '42501 42501 LR003', 'a: a binding that ended');
$node->safe_psql('postgres', 'GRANT a_fictief_klasapp, a_fictief_klasapp_direct TO vendor_klas');
is(all_doors('a', 'vendor_klas'), 'LR003 LR003 LR003', 'a: and its memberships granted anew give nothing');
# a role that has the bound role, by inheritance or by SET ROLE, is another role
$node->safe_psql('a', $bind);
$node->safe_psql('postgres', 'GRANT vendor_klas TO stranger');
is(all_doors('a', 'stranger'), 'LR003 LR003 LR003', 'a: who is a member of a bound role is not bound');
$node->safe_psql('postgres', 'REVOKE vendor_klas FROM stranger; REVOKE a_agodi_verificatie, a_agodi_verificatie_direct, a_lars_glce, a_lars_glce_direct, b_agodi_verificatie FROM vendor_klas');
is_deeply(answers($node, 'a'), $answers, 'a: bound anew, everybody is answered as before');

# -- a copy
$node->safe_psql('postgres', 'CREATE DATABASE c TEMPLATE a');
is_deeply(refused(answers($node, 'c')), [], 'copy: everybody is refused before rebuild()');
is(all_doors('c', 'vendor_klas'), 'LR002 LR002 42501', 'copy: with the hint');
is(asks($node, 'c', 'idp', q{SELECT leerid.login('klasapp', gen_random_uuid())}), 'LR002', 'copy: logins too');
is(asks($node, 'c', 'agodi_verif', q{SELECT leerid.open_dossiers('verificatie', '2026-2027')}), 'LR002', 'copy: nor is a dossier opened');
is($node->safe_psql('c', 'SELECT count(*) FROM leerid.dossier'),
	$node->safe_psql('a', 'SELECT count(*) FROM leerid.dossier'), 'copy: none was');
is((asks($node, 'c', 'postgres', q{SELECT leerid.sharing_state('85611512387', '10')}))[0], 'LR002', 'copy: nor does a school act');
my ($status, $out, $err) = $node->psql('c', $bind);
like($err, qr/ERROR:.* has no purpose "klasapp" in force\n.*rebuild/s, 'copy: nobody is bound before rebuild()');
$node->safe_psql('a', $unbind);
$node->safe_psql('c', 'SELECT leerid.rebuild()');
is(all_doors('a', 'vendor_klas'), '42501 42501 42501', 'copy: what ends in the origin, ends there');
is(all_doors('c', 'vendor_klas'), 't t 42501', 'and not in the copy');
$node->safe_psql('a', $bind);
$node->safe_psql('c', $unbind);
is(all_doors('a', 'vendor_klas'), 't t 42501', 'copy: and the other way round');
is(all_doors('c', 'vendor_klas'), '42501 42501 42501', 'copy: it ends there');
$node->safe_psql('c', $bind);
is_deeply(answers($node, 'c'), $answers, 'copy: everybody is answered as in the origin');
my $left = q{SELECT count(*) FROM pg_shdepend s JOIN pg_roles r ON r.oid = s.refobjid JOIN pg_database d ON d.oid = s.dbid
	WHERE s.refclassid = 'pg_authid'::regclass AND d.datname = current_database() AND r.rolname ~ '^%s_(lars|agodi|klas|fictief)'};
is($node->safe_psql('c', sprintf $left, 'a'), '0', 'copy: the roles of the origin have no right in it');
isnt($node->safe_psql('c', sprintf $left, 'c'), '0', 'copy: its own have');

# -- another name
$node->safe_psql('postgres', 'ALTER DATABASE c RENAME TO d');
is_deeply(answers($node, 'd'), $answers, 'renamed: everybody is answered as before');
$node->safe_psql('d', $unbind);
is(all_doors('d', 'vendor_klas'), '42501 42501 42501', 'renamed: a binding can be ended');
$node->safe_psql('d', $bind);
is(all_doors('d', 'vendor_klas'), 't t 42501', 'renamed: and made');
$node->safe_psql('d', 'SELECT leerid.rebuild()');
is_deeply(answers($node, 'd'), $answers, 'renamed: everybody is answered as before after rebuild() too');
is($node->safe_psql('d', sprintf $left, 'c'), '0', 'renamed: roles of the old name have no right any more');
is($node->safe_psql('d', q{SELECT string_agg(DISTINCT view_role, ' ' ORDER BY view_role) FROM leerid.built}),
	'd_agodi_huisonderwijs d_agodi_verificatie d_fictief_klasapp d_klasinformatie_beheer d_lars_glce', 'renamed: roles of the new name have');
$node->safe_psql('d', $node->safe_psql('d', q{SELECT string_agg(format('DROP ROLE %I', rolname), ';') FROM pg_roles WHERE rolname ~ '^c_(lars|agodi|klas|fictief)'}));
is_deeply(answers($node, 'd'), $answers, 'renamed: the old roles can be dropped');

# -- unbuilt: nothing dangles
$node->safe_psql('d', 'SELECT leerid.unbuild()');
is($node->safe_psql('d', sprintf $left, 'd'), '0', 'unbuilt: no role has a right');
is($node->safe_psql('d', q{SELECT count(*) FROM pg_init_privs WHERE initprivs::text ~ '\m(lars|agodi|klasinformatie|fictief)_|\md_'}), '0', 'unbuilt: nor an initial privilege');
is($node->safe_psql('d', q{SELECT count(*) FROM pg_policy WHERE polname NOT IN ('data_manager', 'auditor')}) . $node->safe_psql('d', q{SELECT count(*) FROM pg_namespace WHERE nspname ~ '^(lars|agodi|klas|fictief)'}), '00', 'unbuilt: no policy, no schema');
is_deeply(refused(answers($node, 'd')), [], 'unbuilt: everybody is refused');
$node->safe_psql('d', $node->safe_psql('d', q{SELECT string_agg(format('DROP ROLE %I', rolname), ';') FROM pg_roles WHERE rolname ~ '^d_(lars|agodi|klas|fictief)'}));
is($node->safe_psql('d', q{SELECT count(*) FROM pg_roles WHERE rolname ~ '^d_'}), '0', 'unbuilt: the generated roles can be dropped');
$node->command_ok([ 'pg_dump', '-f', "$folder/d.sql", 'd' ], 'unbuilt: pg_dump');
unlike(slurp_file("$folder/d.sql"), qr/^(?:GRANT|REVOKE)/m, 'unbuilt: it holds no rights');
$node->safe_psql('d', 'SELECT leerid.rebuild()');
is_deeply(answers($node, 'd'), $answers, 'and rebuild() makes it all again');

# -- names that must be quoted, names that are cut
my @names = ('Een "naam" met spaties', 'x' x 63, 'x' x 62 . 'y', "\x{c3}\x{a9}" x 8);
for my $name (@names)
{
	my $quoted = $node->safe_psql('postgres', q{SELECT quote_ident('} . $name . q{')});
	$node->safe_psql('postgres', "CREATE DATABASE $quoted TEMPLATE a");
	my $connection = $node->connstr($name);
	$node->safe_psql($name, 'SELECT leerid.rebuild()');
	is_deeply([ asks($node, $name, 'vendor_klas', $roster, $table) ], [ 't', 't' ], "database $name");
	is($node->safe_psql($name, q{SELECT count(DISTINCT r) FROM leerid.built, unnest(ARRAY[view_role, direct_role]) r JOIN pg_roles ON rolname = r}), '10', 'has its roles');
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_roles WHERE rolname ~ '^db[0-9a-f]{8}_'}), '20', 'those of long names have a digest each');
$node->safe_psql($names[1], $unbind);
is(asks($node, $names[2], 'vendor_klas', $roster), 't', 'two long names are two databases');
for my $name (@names)
{
	my $quoted = $node->safe_psql('postgres', q{SELECT quote_ident('} . $name . q{')});
	$node->safe_psql('postgres', "DROP DATABASE $quoted");
}

# -- roles that go, come, and change their name
$node->safe_psql('d', 'ALTER ROLE vendor_klas RENAME TO vendor_elders');
is(all_doors('d', 'vendor_elders'), 'LR003 LR003 42501', 'renamed role: it is bound by its name');
$node->safe_psql('d', 'CREATE ROLE vendor_klas LOGIN');
is(all_doors('d', 'vendor_klas'), '42501 42501 42501', 'renamed role: another of that name has no membership');
$node->safe_psql('d', 'DROP ROLE vendor_klas; ALTER ROLE vendor_elders RENAME TO vendor_klas');
is(all_doors('d', 'vendor_klas'), 't t 42501', 'renamed role: and with its name back it is bound');
($status, $out, $err) = $node->psql('d', 'DROP ROLE vendor_klas');
is("$status$err", '0', 'dropped role: a bound role can be dropped');
is($node->safe_psql('d', q{SELECT count(*) FROM leerid.binding WHERE login_role = 'vendor_klas' AND ended_at IS NULL}), '1', 'dropped role: its binding is a row that stands');
$node->safe_psql('d', 'CREATE ROLE vendor_klas LOGIN');
is(all_doors('d', 'vendor_klas'), '42501 42501 42501', 'dropped role: a new one of that name has no membership, and sees nothing');
$node->safe_psql('d', $unbind);
$node->safe_psql('d', 'SELECT leerid.rebuild()');
is(all_doors('d', 'vendor_klas'), '42501 42501 42501', 'dropped role: once the binding has ended, rebuild() gives the new one nothing');
$node->safe_psql('d', $bind);
is(all_doors('d', 'vendor_klas'), 't t 42501', 'dropped role: bound anew it is bound');

# -- the extension goes and comes, in one session too
($status, $out, $err) = $node->psql('d', q{
	SET client_min_messages = warning;
	\set ON_ERROR_STOP on
	SELECT count(*) > 0 FROM fictief_klasapp.leerling;
	DROP EXTENSION leerid CASCADE;}, on_error_stop => 0);
like($err, qr/LR003|is not bound to this purpose/, 'a superuser is not bound either');
$node->safe_psql('d', 'SET client_min_messages = warning; DROP EXTENSION leerid CASCADE');
is($node->safe_psql('d', q{SELECT count(*) FROM pg_namespace WHERE nspname ~ '^(lars|agodi|klas|fictief)'}), '0', 'extension: schemas go with it');
is($node->safe_psql('d', q{SELECT count(*) FROM pg_policy WHERE polname NOT IN ('data_manager', 'auditor')}), '0', 'extension: and policies');
is($node->safe_psql('d', sprintf $left, 'd'), '0', 'extension: and rights');
is($node->safe_psql('d', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'leerid'::regnamespace}), '0', 'extension: its schema stays, empty');
$node->safe_psql('d', 'DROP SCHEMA fixture CASCADE; DROP FUNCTION service');
country($node, 'd');
is_deeply(answers($node, 'd'), $answers, 'extension: made anew in the schema that was left, it answers as before');

my $session = $node->background_psql('a', on_error_stop => 0);
for my $turn (1 .. 3)
{
	my $shown = $session->query(qq{
		SET client_min_messages = warning;
		DROP EXTENSION leerid CASCADE;
		DROP SCHEMA fixture CASCADE;
		DROP FUNCTION service;
		CREATE EXTENSION leerid CASCADE;
		SET search_path = leerid, public;
		\\i test/fixture/functions.psql
		\\i test/fixture/protocols.psql
		SELECT FROM fixture.make_country(1, 200, 10);
		SET SESSION AUTHORIZATION vendor_klas;
		$roster;
		$table;
		RESET SESSION AUTHORIZATION;
		SELECT granted FROM leerid.login('klasapp', account_uuid => (SELECT account_uuid FROM leerid.account ORDER BY 1 LIMIT 1)) l;});
	$shown =~ s/\n+/ /g;
	like($shown, qr/\bt t [tf]$/, "extension: dropped and made in one session, turn $turn");
}
$session->quit;
is_deeply(answers($node, 'a'), $answers, 'extension: and others are answered as before');

done_testing();
