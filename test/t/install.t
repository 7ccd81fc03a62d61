# CREATE EXTENSION runs with all rights of a superuser.  Each test here is an
# attack by somebody who may create objects in the database, or an install under
# conditions that are not the usual ones.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('install');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE ROLE mallory LOGIN');

sub is_superuser
{
	return $node->safe_psql('postgres', q{SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'}) eq 't';
}

# A function that makes mallory a superuser when a superuser runs it, under any
# signature, and operators over it.
sub trap_in
{
	my ($schema) = @_;
	my $sql = '';
	for my $types ([ 'daterange', 'daterange' ], [ 'text', 'text' ], [ 'integer', 'integer' ], [ 'oid', 'oid' ])
	{
		my ($left, $right) = @$types;
		$sql .= qq{
			CREATE FUNCTION $schema.trap($left, $right) RETURNS boolean LANGUAGE plpgsql AS
				'BEGIN ALTER ROLE mallory SUPERUSER; RETURN true; END';};
		$sql .= "CREATE OPERATOR $schema.$_ (LEFTARG = $left, RIGHTARG = $right, FUNCTION = $schema.trap);" for ('<@', '<>', '=', '>=', '<');
	}
	for my $function ('daterange', 'insz', 'kbo_number', 'pg_extension_config_dump', 'check_schema')
	{
		$sql .= qq{CREATE FUNCTION $schema.$function(text) RETURNS boolean LANGUAGE plpgsql AS
			'BEGIN ALTER ROLE mallory SUPERUSER; RETURN true; END';};
	}
	return $sql;
}

# mallory owns the schema leerid before we come
$node->safe_psql('postgres', 'CREATE DATABASE squatted');
$node->safe_psql('squatted', 'GRANT CREATE ON DATABASE squatted TO mallory');
$node->safe_psql('squatted', 'SET ROLE mallory; CREATE SCHEMA leerid;');
my ($status, $out, $err) = $node->psql('squatted', "\\set VERBOSITY verbose\nCREATE EXTENSION leerid CASCADE");
like($err, qr/ERROR:  55000: schema "leerid" does not belong to a superuser/, 'a schema of somebody else is refused');
$node->safe_psql('squatted', trap_in('leerid'));
($status, $out, $err) = $node->psql('squatted', "\\set VERBOSITY verbose\nCREATE EXTENSION leerid CASCADE");
isnt($status, 0, 'with traps in it too');
ok(!is_superuser(), 'and mallory is no superuser');

# the schema is ours, but others put objects into it
$node->safe_psql('postgres', 'CREATE DATABASE littered');
$node->safe_psql('littered', 'CREATE SCHEMA leerid; GRANT ALL ON SCHEMA leerid TO mallory; SET ROLE mallory;' . trap_in('leerid'));
($status, $out, $err) = $node->psql('littered', "\\set VERBOSITY verbose\nCREATE EXTENSION leerid CASCADE");
like($err, qr/ERROR:  55000: schema "leerid" is not empty/, 'a schema that holds anything is refused');
ok(!is_superuser(), 'and mallory is no superuser');

# mallory owns the database, so the schema that btree_gist goes into as well
$node->safe_psql('postgres', 'CREATE DATABASE owned OWNER mallory');
$node->safe_psql('owned', 'SET ROLE mallory;' . trap_in('public'));
$node->safe_psql('owned', q{
	CREATE EXTENSION leerid CASCADE;
	INSERT INTO leerid.school_calendar_override VALUES ('2024-2025', 'ijzel', '[2025-02-03,2025-02-04]', 'a test');
	SELECT leerid.teldag('2024-2025'), leerid.insz(600099536), leerid.kbo_number(316380841), leerid.leerplicht('2010-00-00');});
ok(!is_superuser(), 'traps beside it are not stepped into, installing or afterwards');

# a schema of the name that somebody makes after a superuser renamed ours
$node->safe_psql('postgres', 'CREATE DATABASE renamed');
$node->safe_psql('renamed', q{
	CREATE EXTENSION leerid CASCADE;
	INSERT INTO leerid.school_calendar_override VALUES ('2024-2025', 'ijzel', '[2025-02-03,2025-02-04]', 'a test');
	GRANT CREATE ON DATABASE renamed TO mallory;
	ALTER SCHEMA leerid RENAME TO leerid_before;
	SET ROLE mallory;
	CREATE SCHEMA leerid;
	CREATE TABLE leerid.school_calendar_override (schooljaar int, holiday bigint, period bigint, ground bigint);
	INSERT INTO leerid.school_calendar_override VALUES (2024, 4096, 4096, 4096);});
is($node->safe_psql('renamed', q{SELECT leerid_before.teldag('2024-2025')}), '2025-02-05', 'the calendar reads its own table, whatever its schema is called');

# our table, altered by its owner: an error, not a crash
$node->safe_psql('postgres', 'CREATE DATABASE altered');
$node->safe_psql('altered', q{
	CREATE EXTENSION leerid CASCADE;
	ALTER TABLE leerid.school_calendar_override DROP CONSTRAINT period_in_schooljaar, ALTER period TYPE bigint USING 4096;
	INSERT INTO leerid.school_calendar_override VALUES ('2024-2025', 'x', 4096, 'x');});
for my $alteration ('SELECT 1', 'ALTER TABLE leerid.school_calendar_override DROP CONSTRAINT school_calendar_override_holiday_check, ALTER holiday TYPE bigint USING 4096',
	'ALTER TABLE leerid.school_calendar_override DROP COLUMN period',
	'ALTER TABLE leerid.school_calendar_override RENAME TO mine')
{
	$node->safe_psql('altered', $alteration);
	($status, $out, $err) = $node->psql('altered', "\\set VERBOSITY verbose\nSELECT leerid.teldag('2024-2025')");
	like($err, qr/ERROR:  55000: school_calendar_override is not the table/, "a table that was altered is told so: $alteration");
}

# other encodings
for my $encoding ('EUC_KR', 'LATIN1', 'SQL_ASCII')
{
	$node->safe_psql('postgres', "CREATE DATABASE db_\L$encoding\E ENCODING '$encoding' TEMPLATE template0 LOCALE 'C'");
	is($node->safe_psql("db_\L$encoding", q{CREATE EXTENSION leerid CASCADE; SELECT leerid.format(leerid.insz '85611512387')}),
		'85.61.15-123.87', "installs and works in $encoding");
}

# a user's own override of a year that a decision is known for is kept
$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('origin', q{
	CREATE EXTENSION leerid CASCADE;
	INSERT INTO leerid.school_calendar_override VALUES
		('2020-2021', 'herfstvakantie', '[2020-11-02,2020-11-11]', 'the first decision'), ('2024-2025', 'ijzel', '[2025-02-03,2025-02-04]', 'a test');});
my $dump = PostgreSQL::Test::Utils::tempdir() . '/origin.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, 'origin' ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE target');
$node->command_ok([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', 'target', '-f', $dump ], 'restore');
is($node->safe_psql('target', q{SELECT leerid.is_school_day('2020-11-12'), count(*) FROM leerid.school_calendar_override}), 't|2',
	'every override of the user is there, and holds');

done_testing();
