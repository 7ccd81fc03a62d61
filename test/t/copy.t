# COPY of files as they come: what cannot stand in a value of SQL (a zero byte,
# bytes that are no UTF-8) is tried here.  No error of ours holds a digit of an
# INSZ; PostgreSQL's own CONTEXT line does, and is the operator's part.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('copy');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION leerid CASCADE; CREATE TABLE person (insz leerid.insz, born leerid.partial_date)');
my $file = PostgreSQL::Test::Utils::tempdir() . '/person.csv';

# Writes a file and copies it in: rows taken, SQLSTATE, our words.
sub copy_in
{
	my ($bytes, $options) = @_;
	open my $out, '>:raw', $file or die $!;
	print $out $bytes;
	close $out;
	my ($status, $stdout, $stderr) = $node->psql('postgres', qq{
		\\set VERBOSITY verbose
		TRUNCATE person;
		COPY person FROM '$file' ($options);});
	my ($state) = $stderr =~ /ERROR:  (\w+): /;
	my $words = join ' ', $stderr =~ /^(?:psql:\S+ )?(?:ERROR:  \w+:|DETAIL:|HINT:)(.*)$/mg;
	return ($node->safe_psql('postgres', 'SELECT count(*) FROM person'), $state // '', $words);
}

for my $good (
	[ "85611512387,1985-01-15\n85.61.15-123.87,1985\n", 'FORMAT csv', 'LF' ],
	[ "85611512387,1985-01-15\r\n85.61.15-123.87,1985\r\n", 'FORMAT csv', 'CRLF' ],
	[ "85611512387\t1985-01-15\n85.61.15-123.87\t\\N\n", 'FORMAT text', 'text' ],
	[ "\"85611512387\";\"\"\n 85611512387 ;1985-00-00\n", "FORMAT csv, DELIMITER ';', FORCE_NULL (born)", 'quotes and spaces' ])
{
	my ($rows, $state) = copy_in($good->[0], $good->[1]);
	is("$rows$state", '2', "$good->[2] is taken");
}

for my $bad (
	[ "85611512387\0,1985\n", 'zero byte after', '22021' ],
	[ "856115\00012387,1985\n", 'zero byte within', '22021' ],
	[ "856115\xff12387,1985\n", 'a byte that is no UTF-8', '22021' ],
	[ "\xef\xbb\xbf\xef\xbb\xbf85611512387,1985\n", 'byte order marks', '22P02' ],
	[ "\xd9\xa8\xd9\xa5611512387,1985\n", 'Arabic-Indic digits', '22P02' ],
	[ "\xef\xbc\x98\xef\xbc\x95611512387,1985\n", 'full-width digits', '22P02' ],
	[ "85611512386,1985\n", 'wrong check digits', '22P02' ],
	[ "8561151238,1985\n", 'ten digits', '22P02' ],
	[ "856115123870,1985\n", 'twelve digits', '22P02' ],
	[ ('8' x 1_000_000) . ",1985\n", 'a million digits', '22P02' ],
	[ "1985,85611512387\n", 'columns the wrong way round', '22P02' ])
{
	my ($rows, $state, $words) = copy_in($bad->[0], 'FORMAT csv');
	is("$rows $state", "0 $bad->[2]", "$bad->[1]: refused");
	unlike($words, qr/\d/, "$bad->[1]: no digit is printed") unless $bad->[2] eq '22021';
}

# shifted columns: the INSZ arrives where a date is expected
my ($rows, $state, $words) = copy_in("85611512387,85611512387\n", 'FORMAT csv');
is("$rows $state", '0 22P02', 'an INSZ in the column of a date: refused');
unlike($words, qr/8561/, 'and not printed');

done_testing();
