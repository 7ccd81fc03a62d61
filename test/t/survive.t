# Values of every type, and what a user put into the extension's own tables,
# survive dump and restore, binary COPY, a crash, and a standby.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $contents = q{
	SELECT md5(string_agg(t::text, ',' ORDER BY t)) || ' ' || count(*) FROM keep t
	UNION ALL SELECT string_agg(o::text, ',' ORDER BY o) FROM leerid.school_calendar_override o};

my $node = PostgreSQL::Test::Cluster->new('origin');
$node->init(allows_streaming => 1);
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION leerid CASCADE;
	SET search_path = leerid, public;
	CREATE TABLE public.keep (i insz, p partial_date, s instellingsnummer, k kbo_number, y schooljaar, many insz[])
		PARTITION BY HASH (i);
	CREATE TABLE public.keep_0 PARTITION OF public.keep FOR VALUES WITH (MODULUS 2, REMAINDER 0);
	CREATE TABLE public.keep_1 PARTITION OF public.keep FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO public.keep
		SELECT try_insz(v), birth_date(try_insz(v)), n, n * 100::bigint + 97 - n % 97, 2000 + n % 30, ARRAY[try_insz(v), NULL]
		FROM generate_series(1, 5000) n,
			LATERAL (SELECT n % 100 * 10000000 + (61 + n / 100 % 12) * 100000 + (1 + n / 1200 % 28) * 1000 + n % 997) s (nine),
			LATERAL (SELECT to_char(nine, 'FM000000000') || to_char(97 - nine % 97, 'FM00')) t (v);
	INSERT INTO school_calendar_override VALUES ('2024-2025', 'ijzel', '[2025-02-03,2025-02-04]', 'a test');
});
my $before = $node->safe_psql('postgres', $contents);
like($before, qr/ 5000\n.*ijzel/s, 'there is something to keep');

# dump and restore into a fresh cluster
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ 'pg_dump', '-f', $dump, 'postgres' ], 'pg_dump');
my $restored = PostgreSQL::Test::Cluster->new('restored');
$restored->init;
$restored->start;
$restored->command_ok([ 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', 'postgres', '-f', $dump ], 'restore');
is($restored->safe_psql('postgres', $contents), $before, 'dump and restore keep every row');

# binary COPY, of each column and of the whole
my $binary = PostgreSQL::Test::Utils::tempdir() . '/keep.bin';
$node->safe_psql('postgres', qq{
	COPY (TABLE keep) TO '$binary' (FORMAT binary);
	CREATE TABLE again (LIKE keep);
	COPY again FROM '$binary' (FORMAT binary);
});
is($node->safe_psql('postgres', 'SELECT count(*) FROM (TABLE keep EXCEPT TABLE again) s'), '0', 'binary COPY keeps every row');

# binary values that break the rules: the stored integer written by another type
for my $wrong (
	[ 'leerid.insz', 'bigint', '85611512386' ],
	[ 'leerid.insz', 'bigint', '-1' ],
	[ 'leerid.kbo_number', 'bigint', '316380842' ],
	[ 'leerid.partial_date', 'integer', '20010229' ],
	[ 'leerid.instellingsnummer', 'integer', '1000000' ],
	[ 'leerid.schooljaar', 'integer', '0' ])
{
	my ($type, $integer, $value) = @$wrong;
	my ($status, $out, $err) = $node->psql('postgres', qq{
		\\set VERBOSITY verbose
		COPY (SELECT $value\::$integer) TO '$binary' (FORMAT binary);
		CREATE TEMP TABLE t (v $type);
		COPY t FROM '$binary' (FORMAT binary);});
	like($err, qr/ERROR:  22P03: /, "a binary $type of $value is refused");
	unlike(join(' ', $err =~ /(?:ERROR:  22P03:|DETAIL:|HINT:)(.*)$/mg), qr/\d/, 'and no digit is printed')
	  if $type eq 'leerid.insz';
}

# a standby reads them, calendar included
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup('standby');
is($standby->safe_psql('postgres', $contents), $before, 'a standby has every row');
is($standby->safe_psql('postgres', q{SELECT leerid.teldag('2024-2025')}), '2025-02-05', 'and the calendar with its override');

# a crash
$node->safe_psql('postgres', q{INSERT INTO keep (i) VALUES ('85.61.15-123.87')});
my $with_one_more = $node->safe_psql('postgres', $contents);
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', $contents), $with_one_more, 'a crash keeps every committed row');

# the extension goes, and takes what is its own
$node->safe_psql('postgres', 'DROP TABLE keep, again; DROP EXTENSION leerid');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'leerid'::regnamespace}), '0',
	'DROP EXTENSION leaves nothing in its schema');

done_testing();
