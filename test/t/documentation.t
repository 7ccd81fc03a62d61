# The documentation follows the objects, and what it shows works.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('documentation');
$node->init(extra => [ '--encoding=UTF8' ]);
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'leerid'");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION leerid CASCADE; CREATE SCHEMA app; ALTER DATABASE postgres SET search_path = app, leerid, public');

# doc/reference.md is what the catalogue's comments make it
my $made = `psql -X -v ON_ERROR_STOP=1 -d '@{[ $node->connstr('postgres') ]}' -f doc/reference.sql`;
is($made, slurp_file('doc/reference.md'), 'doc/reference.md follows the objects (if not: make reference)');

# every SQL block of the README and of doc/ runs; one that starts with a comment
# "-- refused: SQLSTATE" must be refused with that state, and no other way
for my $page ('README.md', sort glob 'doc/*.md')
{
	my $text = slurp_file($page);
	my $n = 0;
	while ($text =~ /^```sql\n(.*?)^```/msg)
	{
		my $block = $1;
		my ($state) = $block =~ /^-- refused: (\w{5})/;
		my ($status, $out, $err) = $node->psql('postgres', "\\set ON_ERROR_STOP on\n\\set VERBOSITY sqlstate\n$block");
		$n++;
		my ($got) = $err =~ /ERROR:\s+(\w{5})/;
		is($got // '', $state // '', "$page: SQL block $n");
		diag $err if ($got // '') ne ($state // '');
	}
	ok($n > 0, 'the README has SQL blocks') if $page eq 'README.md';
}

# every SQLSTATE that the comments name is explained in doc/errors.md
my %explained = map { $_ => 1 } slurp_file('doc/errors.md') =~ /^\| `(\w{5})`/mg;
my %named = map { $_ => 1 } map { /\b([0-9A-Z]{5})\b/g } slurp_file('doc/reference.md') =~ /\b[Rr]aises? ([^.|]*)/g;
is_deeply([ grep { !$explained{$_} } sort keys %named ], [], 'doc/errors.md explains every SQLSTATE that the reference names');
ok(keys %named >= 5, 'there are SQLSTATEs to explain');

# what src/errors.h lists is what doc/errors.md explains
my @listed = map { join '', /'(.)'/g } slurp_file('src/errors.h') =~ /^#define ERRCODE_\w+ MAKE_SQLSTATE\((.*)\)/mg;
is_deeply([ sort grep { /^LR/ } keys %explained ], [ sort @listed ], 'src/errors.h and doc/errors.md have the same SQLSTATEs of our own');

done_testing();
