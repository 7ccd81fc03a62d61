# An upgrade script that changes what generated views stand on: it begins with
# unbuild() and ends with rebuild(), with all protocols in force.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('upgrade');
$node->init(extra => [ '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'leerid'");
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION leerid CASCADE;
	ALTER DATABASE postgres SET search_path = leerid, public;
	ALTER DATABASE postgres SET client_min_messages = warning;});
$node->safe_psql('postgres', q{
	\i test/fixture/functions.psql
	\i test/fixture/protocols.psql
	SELECT fixture.make_country(7, 60, 5);});

my %read = (
	vendor_lars => 'SELECT * FROM lars_glce.login_record ORDER BY account_uuid',
	vendor_klas => 'SELECT * FROM fictief_klasapp.leerling ORDER BY account_uuid',
	agodi_thuis => 'SELECT * FROM agodi_huisonderwijs.studiebewijs s ORDER BY s::text',
	agodi_verif => 'SELECT * FROM agodi_verificatie.studiebewijs s ORDER BY s::text',
	dov_beheer => 'SELECT * FROM klasinformatie_beheer.klas k ORDER BY k::text');
my %before = map { $_ => $node->safe_psql('postgres', $read{$_}, extra_params => [ '-U', $_ ]) } keys %read;
isnt($before{vendor_klas}, '', 'there is something to read');

# a script of this test's own, beside those of the release
my ($version) = slurp_file('leerid.control') =~ /^default_version\s*=\s*'(.*)'/m;
my $folder = $node->config_data('--sharedir') . '/extension';
my $script = "$folder/leerid--$version--$version.upgraded.sql";
END { unlink $script if defined $script }
my $change = "ALTER TABLE leerling ALTER COLUMN naam TYPE varchar(200);\n"
	. "ALTER TABLE login_record ALTER COLUMN aangemeld_op TYPE timestamp;\n"
	. "ALTER TABLE login_record ALTER COLUMN aangemeld_op TYPE date;\n";

append_to_file($script, $change);
my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY sqlstate\nALTER EXTENSION leerid UPDATE TO '$version.upgraded'");
like($err, qr/ERROR:  0A000/, 'without unbuild() PostgreSQL refuses: a view stands on the column');

unlink $script;
append_to_file($script, "SELECT unbuild();\n${change}CREATE FUNCTION upgraded() RETURNS integer LANGUAGE sql AS 'SELECT 1';\nSELECT rebuild();\n");
$node->safe_psql('postgres', "ALTER EXTENSION leerid UPDATE TO '$version.upgraded'");
is($node->safe_psql('postgres', q{SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'leerling'::regclass AND attname = 'naam'}),
	'character varying(200)', 'with it the script does its work');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_depend WHERE objid = 'upgraded'::regproc AND deptype = 'e'}), '1',
	'and what it makes after unbuild() is a member of the extension');
is($node->safe_psql('postgres', $read{$_}, extra_params => [ '-U', $_ ]), $before{$_}, "$_ reads the same as before") for sort keys %read;

$node->stop;
done_testing();
