# A small country in a database, and what every role is answered there: for the
# tests of what survives.  Used from the top folder: use lib 'test/lib'.
package Country;
use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Cluster;
use Test::More;
our @EXPORT = qw(preloaded_node country answers refused allowed_by asks rows sequences LOGIN_ROLES);

use constant LOGIN_ROLES => qw(vendor_lars vendor_klas agodi_thuis agodi_verif dov_beheer stranger idp);

my @views = qw(lars_glce.login_record fictief_klasapp.leerling agodi_huisonderwijs.studiebewijs agodi_huisonderwijs.dossier
	agodi_huisonderwijs.notitie agodi_verificatie.studiebewijs agodi_verificatie.dossier agodi_verificatie.notitie klasinformatie_beheer.klas);
my @tables = (
	'naam, voornaam, leer_id_uuid, account_uuid, historiek_account_uuid, instellingsnummer FROM leerid.login_record',
	'naam, voornaam, leer_id_uuid FROM leerid.leerling',
	'leer_id_uuid FROM leerid.leerling',
	'account_uuid FROM leerid.account',
	'instellingsnummer FROM leerid.inschrijving',
	'instellingsnummer, soort, naam FROM leerid.klas',
	'insz, naam, voornaam FROM leerid.persoon',
	'insz, categorie, graad, type_bewijs, instantie, uitreikingsdatum FROM leerid.studiebewijs',
	'onderwijsvorm, volledige_naam, instelling, studierichting FROM leerid.studiebewijs');

# A node with leerid preloaded, started.
sub preloaded_node
{
	my ($name, %init) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C' ], %init);
	$node->append_conf('postgresql.conf', "shared_preload_libraries = 'leerid'\ntimezone = 'Europe/Brussels'");
	$node->start;
	return $node;
}

# Installs leerid in a database that is there, with the protocols, their bound
# roles and a country in which every role has something to see.
sub country
{
	my ($node, $database) = @_;
	$node->safe_psql($database, q{
		SET client_min_messages = warning;
		CREATE EXTENSION leerid CASCADE;
		SET search_path = leerid, public;
		\i test/fixture/functions.psql
		\i test/fixture/protocols.psql
		SELECT fixture.make_country(1, 200, 10);
		SELECT 'CREATE ROLE idp LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'idp') \gexec
		GRANT leerid_idp TO idp;});
}

# What a role is answered to a statement: its rows, or the SQLSTATE.
sub asks
{
	my ($node, $database, $role, @statements) = @_;
	my @answers;
	my ($status, $out, $err) = $node->psql($database, join("\n", '\set VERBOSITY sqlstate',
			map { "\\echo ==\n$_;\n\\echo :SQLSTATE" } @statements), extra_params => [ '-U', $role ], on_error_stop => 0);
	return ("cannot connect: $err") if $status;
	for my $answer (split /^==\n/m, $out)
	{
		chomp $answer;
		$answer =~ s/^00000\z//m;
		$answer =~ s/\n\z//;
		push @answers, $answer;
	}
	shift @answers;
	return wantarray ? @answers : $answers[0];
}

# What every role is answered to everything: views, tables, logins.
sub answers
{
	my ($node, $database) = @_;
	my %answers;
	for my $role (LOGIN_ROLES)
	{
		my @questions = map { "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM ($_) t" }
			(map { "SELECT * FROM $_" } @views), (map { "SELECT $_" } @tables);
		my @answers = asks($node, $database, $role, @questions);
		@answers{map { "$role: $_" } @views, @tables} = @answers;
	}
	# half of the logins are granted; the records that they replace are not kept
	my @accounts = split /\n/, $node->safe_psql($database, 'SELECT account_uuid FROM leerid.account ORDER BY 1 LIMIT 60');
	for my $application ('glce', 'klasapp')
	{
		my @logins = map { "SELECT * FROM leerid.login('$application', '$_')" } @accounts;
		my (undef, @answers) = asks($node, $database, 'idp', 'BEGIN', (map { ('SAVEPOINT s', $_, 'ROLLBACK TO s') } @logins), 'ROLLBACK');
		$answers{"login to $application with account $_"} = $answers[ 1 + 3 * $_ ] for 0 .. $#accounts;
	}
	return \%answers;
}

# Those of a role's answers that show something.
sub allowed_by
{
	my ($answers) = @_;
	return grep { $answers->{$_} !~ /^(?:\w{5}|0\||f\|)/m } sort keys %$answers;
}

# Those of the answers that are no refusal.
sub refused
{
	my ($answers) = @_;
	return [ map { "$_: $answers->{$_}" } grep { $answers->{$_} !~ /^(?:LR002|LR003|42501|42P01|3F000)$/ } sort keys %$answers ];
}

# Every table's contents, what was built excepted.
sub rows
{
	my ($node, $database) = @_;
	return $node->safe_psql($database, q{
		SELECT format($$SELECT %L, count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM %s t$$, c.relname, c.oid::regclass)
		FROM pg_class c WHERE c.relnamespace = 'leerid'::regnamespace AND c.relkind = 'r' AND c.relname <> 'built' ORDER BY c.relname COLLATE "C" \gexec});
}

# The tables whose next key is there already, and how many have keys.
sub sequences
{
	my ($node, $database) = @_;
	return $node->safe_psql($database, q{
		SELECT format($$SELECT %L WHERE nextval(%L) <= (SELECT max(%I) FROM %s)$$, c.relname, pg_get_serial_sequence(c.oid::regclass::text, a.attname), a.attname, c.oid::regclass)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attidentity <> ''
		WHERE c.relnamespace = 'leerid'::regnamespace \gexec});
}

1;
