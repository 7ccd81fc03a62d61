# The cluster that the tests run in asks for no password, and run as root it is
# the user postgres's: nobody else may enter its folder or its socket.
use strict;
use warnings;
use Test::More;

my $stage = $ENV{HOME};
like($stage, qr{/leerid\.\w+$}, 'this is the folder of the test run');
for my $path ($stage, "$stage/socket", "$stage/data")
{
	my ($mode, $owner) = (stat $path)[2, 4];
	is($mode & 077, 0, "nobody else can enter $path" =~ s{\Q$stage\E}{the stage}r);
	is($owner, $>, 'and it is ours');
}
my ($socket) = glob "$stage/socket/.s.PGSQL.*[0-9]";
is((stat $socket)[2] & 077, 0, 'nor connect');

done_testing();
