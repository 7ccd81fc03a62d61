# The version stands in leerid.control alone; what must repeat it agrees.
use strict;
use warnings;
use JSON::PP;
use Test::More;

sub slurp
{
	my ($name) = @_;
	open my $in, '<:raw', $name or die "$name: $!";
	local $/;
	return scalar <$in>;
}

my ($version) = slurp('leerid.control') =~ /^default_version\s*=\s*'([^']+)'/m;
like($version, qr/^\d+\.\d+\.\d+$/, 'the control file has a semantic version');

like(slurp('leerid.control'), qr/^requires\s*=\s*'btree_gist'/m, 'it asks for btree_gist');
my $meta = decode_json(slurp('META.json'));
is($meta->{version}, $version, 'META.json has it');
is($meta->{provides}{leerid}{version}, $version, 'and for the extension it provides');
like(slurp('CHANGELOG.md'), qr/^## \Q$version\E\b/m, 'the changelog has an entry for it');

for my $key (qw(name version abstract maintainer license provides meta-spec))
{
	ok(exists $meta->{$key}, "META.json has what PGXN demands: $key");
}
ok(-e $meta->{provides}{leerid}{file} || $meta->{provides}{leerid}{file} eq "sql/leerid--$version.sql", 'the file it names is the one that make builds');
ok(-e $meta->{provides}{leerid}{docfile}, 'its documentation is there');

done_testing();
