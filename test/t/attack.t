# A recipient who knows PostgreSQL well, and means harm.  One test for each
# attack: who attacks, how, and what must come of it.
#
# The attackers are vendor_klas (views and tables of the class application's
# purpose), vendor_lars, agodi_thuis, agodi_verif (one purpose each) and
# stranger (none).  Each may create what he likes in schema evil.  A secret is
# any cell of a person that the attacker's views do not show him.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('attack');
$node->init;
$node->append_conf('postgresql.conf', q{
shared_preload_libraries = 'leerid'
fsync = off
max_prepared_transactions = 2
log_statement = none
});
$node->start;

# Runs SQL as a role, and goes on after errors; what came out, and what was said.
sub as_role
{
	my ($role, $sql) = @_;
	my ($out, $err) = ('', '');
	$node->psql('postgres', "SET search_path = evil, leerid, public;\n$sql",
		stdout => \$out, stderr => \$err, on_error_stop => 0, extra_params => [ '-U', $role, '-v', 'VERBOSITY=verbose' ]);
	$err =~ s/^psql:<stdin>:\d+: //mg;
	$err =~ s/^(LINE \d+:|LOCATION:|STATEMENT:|QUERY:|\s*\^).*\n?//mg;
	return ($out, $err);
}

# The same as the superuser, where nothing may fail.
sub admin { return $node->safe_psql('postgres', "SET search_path = leerid, public;\n$_[0]"); }

$node->safe_psql('postgres', 'CREATE EXTENSION leerid CASCADE');
admin(q{
	\i test/fixture/functions.psql
	\i test/fixture/protocols.psql
	SELECT fixture.make_country(1, 200, 10);
	CREATE SCHEMA evil AUTHORIZATION vendor_klas;
	GRANT ALL ON SCHEMA evil TO PUBLIC;
});
my $major = int(admin('SHOW server_version_num') / 10000);
my $parallel = $major >= 16 ? 'debug_parallel_query' : 'force_parallel_mode';

my $view = 'fictief_klasapp.leerling';
my ($all) = as_role('vendor_klas', "SELECT v FROM $view v ORDER BY account_uuid");
my ($count) = as_role('vendor_klas', "SELECT count(*) FROM $view");

# What tells of a person: names, INSZ, uuids.
sub tokens { my ($text) = @_; return $text =~ /\b((?:Naam|Voornaam|Kind)\d+|\d{11}|[0-9a-f]{8}-[0-9a-f-]{27})\b/g; }
my %shown = map { $_ => 1 } tokens($all);

# A pupil whom the class application does not see, and one of no name at all.
my ($hidden, $hidden_id, $hidden_insz, $hidden_uuid, $hidden_account) = split /\|/,
  (grep { !$shown{ (split /\|/)[0] } }
	  split /\n/, admin(q{SELECT naam, l.id, insz, leer_id_uuid, account_uuid FROM leerling l JOIN account a ON a.leerling = l.id AND principal
		JOIN inschrijving i ON i.leerling = l.id AND current_date BETWEEN i.begindatum AND i.einddatum
		WHERE insz IS NOT NULL ORDER BY l.id}))[0];
ok($count > 20 && $count < 190, 'the country shows the class application some pupils and hides others');
ok($hidden, 'there is a hidden pupil');
my %value = (naam => [ $hidden, 'Nobody' ], voornaam => [ "Voor\L$hidden", 'Nobody' ],
	insz => [ $hidden_insz, admin('SELECT fixture.insz(66000000)') ], leer_id_uuid => [ $hidden_uuid, '00000000-0000-4000-8000-000000000000' ],
	account_uuid => [ $hidden_account, '00000000-0000-4000-8000-000000000000' ]);

# Nothing that is said or shown names a person whom the attacker may not see.
sub tells_no_secret
{
	my ($name, $role, $sql, $pattern) = @_;
	my ($out, $err) = as_role($role, $sql);
	my @secrets = grep { !$shown{$_} } tokens("$out\n$err");
	is("@secrets[0 .. ($#secrets > 4 ? 4 : $#secrets)]", '', $name);
	like("$out\n$err", $pattern, "$name: as expected") if $pattern;
	return ($out, $err);
}

# A refusal, with a certain error, that names nobody.
sub refused
{
	my ($name, $role, $sql, $pattern) = @_;
	my ($out, $err) = as_role($role, $sql);
	like($err, $pattern, $name);
	my @secrets = grep { !$shown{$_} } tokens($out);
	is("@secrets", '', "$name: and nothing is shown");
}

# What comes of asking for a hidden person and of asking for nobody is the same.
sub tells_nothing
{
	my ($name, $role, $column, $sql) = @_;
	my @said;
	for my $value (@{ $value{$column} })
	{
		(my $asked = $sql) =~ s/%v/$value/g;
		my ($out, $err) = as_role($role, $asked);
		s/\Q$value\E/%v/g for $out, $err;
		push @said, "$out\n$err";
	}
	is($said[0], $said[1], $name);
	return $said[0];
}

# A session that stays open between steps.
sub session
{
	my ($role) = @_;
	my %session = (in => '', out => '', err => '', step => 0);
	$session{run} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-U', $role ],
		'<', \$session{in}, '>', \$session{out}, '2>', \$session{err});
	return \%session;
}

sub say_in
{
	my ($session, $sql) = @_;
	my $mark = 'step ' . ++$session->{step} . ' done';
	($session->{out}, $session->{err}) = ('', '');
	$session->{in} .= "$sql\n;\n\\echo $mark\n\\warn $mark\n";
	my $pumps = IPC::Run::timer(120);
	$pumps->start;
	until ($session->{out} =~ /\Q$mark\E\n/ && $session->{err} =~ /\Q$mark\E\n/)
	{
		die 'no answer' if $pumps->is_expired;
		$session->{run}->pump;
	}
	s/\Q$mark\E\n//, s/\n+$// for $session->{out}, $session->{err};
	return $session->{err} eq '' ? $session->{out} : "$session->{out}$session->{err}";
}
sub leave { my ($session) = @_; $session->{in} .= "\\q\n"; $session->{run}->finish; }

# ---------------------------------------------------------------- what he makes

# Collectors: functions, operators, aggregates and a domain that tell every value they get.
my ($out, $err) = as_role('vendor_klas', q{
	CREATE FUNCTION evil.leak(v anyelement) RETURNS anyelement LANGUAGE plpgsql IMMUTABLE COST 0.0000001 PARALLEL SAFE
		AS $$ BEGIN RAISE NOTICE 'leaked %', v; RETURN v; END $$;
	CREATE FUNCTION evil.leaks(v anyelement) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 PARALLEL SAFE
		AS $$ BEGIN RAISE NOTICE 'leaked %', v; RETURN true; END $$;
	CREATE FUNCTION evil.leak2(a text, b text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE COST 0.0000001 STRICT
		AS $$ BEGIN RAISE NOTICE 'leaked %', a; RETURN a = b; END $$;
	CREATE FUNCTION evil.gather(s text, v anyelement) RETURNS text LANGUAGE plpgsql IMMUTABLE COST 0.0000001
		AS $$ BEGIN RAISE NOTICE 'leaked %', v; RETURN s; END $$;
	CREATE AGGREGATE evil.gathered(anyelement) (SFUNC = evil.gather, STYPE = text, INITCOND = '');
	CREATE OPERATOR evil.=== (FUNCTION = evil.leak2, LEFTARG = text, RIGHTARG = text, RESTRICT = eqsel, JOIN = eqjoinsel,
		COMMUTATOR = OPERATOR(evil.===), HASHES, MERGES);
	CREATE OPERATOR evil.= (FUNCTION = evil.leak2, LEFTARG = text, RIGHTARG = text, RESTRICT = eqsel);
	CREATE DOMAIN evil.trap AS text CHECK (evil.leaks(VALUE));
	CREATE TABLE evil.mine AS SELECT 'Naam' || n AS naam, n FROM generate_series(1, 200) n;
	GRANT ALL ON ALL TABLES IN SCHEMA evil TO PUBLIC;
	ANALYZE evil.mine;
});
is($err, '', 'the attacker has his tools');

# He marks his collector leakproof: only a superuser may.
refused('a function of his own cannot be leakproof', 'vendor_klas', q{ALTER FUNCTION evil.leaks(anyelement) LEAKPROOF}, qr/42501/);
refused('not at its making either', 'vendor_klas',
	q{CREATE FUNCTION evil.x(text) RETURNS boolean LEAKPROOF LANGUAGE sql AS 'SELECT true'}, qr/42501/);

# He borrows a leakproof function for an operator with an estimator: a planner's matter, shows no more.
tells_no_secret('a leakproof function under an operator of his own', 'vendor_klas', qq{
	CREATE OPERATOR evil.~~~ (FUNCTION = pg_catalog.texteq, LEFTARG = text, RIGHTARG = text, RESTRICT = scalargtsel);
	SELECT naam FROM $view WHERE naam OPERATOR(evil.~~~) '$hidden'});

# ---------------------------------------------------------------- collectors

my %collector = (
	'in WHERE' => "SELECT count(*) FROM %r v WHERE leaks(v.naam)",
	'in WHERE, beside a condition that an index serves' => "SELECT count(*) FROM %r v WHERE naam >= '' AND leaks(v.voornaam) AND naam <> 'x'",
	'with OR' => "SELECT count(*) FROM %r v WHERE naam = '$hidden' OR leaks(v.naam)",
	'with NOT' => "SELECT count(*) FROM %r v WHERE NOT leaks(v.naam) OR naam = '$hidden'",
	'as an operator' => "SELECT count(*) FROM %r v WHERE naam OPERATOR(evil.===) '$hidden'",
	'as a shadow of =' => "SELECT count(*) FROM %r v WHERE naam OPERATOR(evil.=) '$hidden'",
	'as = found first in the search path' => "SET search_path = evil, pg_catalog, leerid; SELECT count(*) FROM %r v WHERE naam = '$hidden'::text",
	'in ORDER BY' => "SELECT 1 FROM %r v ORDER BY leak(v.naam) LIMIT 3",
	'in ORDER BY USING' => "SELECT 1 FROM (SELECT leak(naam) x FROM %r) v ORDER BY x USING <",
	'in a join' => "SELECT count(*) FROM mine m JOIN %r v ON leak2(v.naam, m.naam) WHERE m.n < 4",
	'in a join by his operator' => "SELECT count(*) FROM mine m JOIN %r v ON v.naam OPERATOR(evil.===) m.naam",
	'in an outer join' => "SELECT count(*) FROM mine m LEFT JOIN %r v ON leak2(v.naam, m.naam) WHERE m.n < 4",
	'in a full join' => "SELECT count(*) FROM mine m FULL JOIN %r v ON v.naam = m.naam AND m.n = 1 WHERE leaks(v.naam)",
	'as an aggregate' => "SELECT gathered(v.naam) FROM %r v",
	'in an aggregate filter' => "SELECT count(*) FILTER (WHERE leaks(v.naam)) FROM %r v",
	'in an ordered-set aggregate' => "SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY leak(v.naam)) FROM %r v",
	'as a window function' => "SELECT gathered(v.naam) OVER (PARTITION BY leak(v.voornaam) ORDER BY leak(v.naam)) FROM %r v",
	'over a window, filtered outside' => "SELECT * FROM (SELECT naam, row_number() OVER (PARTITION BY voornaam) r FROM %r) v WHERE leaks(v.naam) AND r > 9",
	'in DISTINCT ON' => "SELECT DISTINCT ON (leak(v.naam)) 1 FROM %r v",
	'in LATERAL' => "SELECT count(*) FROM %r v, LATERAL (SELECT leak(v.naam)) x (y) WHERE y IS NOT NULL",
	'in HAVING' => "SELECT naam FROM %r v GROUP BY naam HAVING leaks(v.naam) AND naam = '$hidden'",
	'in GROUPING SETS' => "SELECT count(*) FROM %r v GROUP BY GROUPING SETS ((leak(v.naam)), (leak(v.voornaam)), ())",
	'in CASE' => "SELECT count(*) FROM %r v WHERE CASE WHEN leaks(v.naam) THEN true END",
	'in COALESCE' => "SELECT count(*) FROM %r v WHERE coalesce(leak(v.naam), '') <> ''",
	'in NULLIF, GREATEST and a row comparison' => "SELECT count(*) FROM %r v WHERE nullif(leak(v.naam), '') > '' AND greatest(leak(v.naam), 'x') > '' AND (leak(v.naam), 1) > ('', 0)",
	'in a recursive CTE' => "WITH RECURSIVE r AS (SELECT 1 n, naam FROM %r WHERE leaks(naam) UNION SELECT n + 1, v.naam FROM r, %r v WHERE n < 2 AND leaks(v.naam)) SELECT count(*) FROM r",
	'in a CTE that is not materialized' => "WITH w AS NOT MATERIALIZED (SELECT naam FROM %r) SELECT count(*) FROM w WHERE leaks(naam)",
	'in a subquery of the target list' => "SELECT (SELECT count(*) FROM mine m WHERE leaks(v.naam) AND m.n = 1) FROM %r v",
	'in EXISTS' => "SELECT count(*) FROM mine m WHERE m.n < 4 AND EXISTS (SELECT FROM %r v WHERE leak2(v.naam, m.naam))",
	'in IN and = ANY' => "SELECT count(*) FROM mine m WHERE m.naam IN (SELECT leak(naam) FROM %r) OR m.naam = ANY (ARRAY(SELECT leak(naam) FROM %r))",
	'in a union' => "SELECT count(*) FROM (SELECT naam FROM %r UNION ALL SELECT naam FROM mine WHERE false) u WHERE leaks(naam)",
	'in EXCEPT' => "SELECT count(*) FROM (SELECT naam FROM %r EXCEPT SELECT '') u WHERE leaks(naam)",
	'under LIMIT' => "SELECT 1 FROM (SELECT naam FROM %r LIMIT 5) u WHERE leaks(naam)",
	'as a domain' => "SELECT count(naam::evil.trap) FROM %r WHERE naam::evil.trap > ''",
	'as a table function' => "SELECT count(*) FROM %r v, generate_series(1, length(leak(v.naam))) g",
	'in VALUES' => "SELECT count(*) FROM %r v, LATERAL (VALUES (leak(v.naam))) w (x) WHERE x > ''",
	'in a set-returning target' => "SELECT unnest(ARRAY[leak(v.naam)]) FROM %r v",
	'in MERGE into his own table' => "MERGE INTO mine m USING %r v ON leak2(v.naam, m.naam) AND m.n = 1 WHEN MATCHED THEN DO NOTHING",
	'in UPDATE of his own table' => "UPDATE mine m SET naam = m.naam FROM %r v WHERE leaks(v.naam) AND v.naam = m.naam",
	'in INSERT with RETURNING' => "INSERT INTO mine SELECT leak(naam), 1000 FROM %r RETURNING leak(naam)",
	'in an error of a cast' => "SELECT count(*) FROM %r v WHERE v.naam::int > 0",
	'in an error of a division' => "SELECT count(*) FROM %r v WHERE 1 / (length(v.naam) - length('$hidden')) > 0 OR v.naam::uuid IS NULL",
	'in an error of a regular expression' => "SELECT count(*) FROM %r v WHERE 'x' ~ ('(' || v.naam)",
	'in an error of JSON' => "SELECT count(*) FROM %r v WHERE ('{' || v.naam)::jsonb IS NOT NULL",
	'in an error of a date' => "SELECT count(*) FROM %r v WHERE v.voornaam::date IS NULL",
	'in a cast of an identifier' => "SELECT count(*) FROM %r v WHERE (v.naam || ':')::regclass IS NULL OR v.naam::regclass IS NULL",
);
my @planner = (
	'',
	'SET cpu_operator_cost = 0; SET cpu_tuple_cost = 0; SET seq_page_cost = 0; SET random_page_cost = 0',
	'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_seqscan = off',
	'SET enable_nestloop = off; SET enable_hashagg = off; SET enable_material = off; SET join_collapse_limit = 1; SET from_collapse_limit = 1',
	"SET $parallel = on; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET jit_above_cost = 0",
	'SET plan_cache_mode = force_generic_plan; SET geqo_threshold = 2; SET enable_sort = off; SET enable_indexscan = off',
);

# vendor_klas asks his collectors of every row, in every place of a statement,
# through the view and through the table, under planner settings that turn the
# plan over: they get the rows that he sees and no others.
for my $relation ($view, 'leerid.leerling')
{
	for my $place (sort keys %collector)
	{
		(my $sql = $collector{$place}) =~ s/%r/$relation/g;
		my $settings = $planner[ length($place) % @planner ];
		my ($said) = join "\n", tells_no_secret("collector $place, $relation", 'vendor_klas', "BEGIN; SAVEPOINT s; $settings;\n$sql;\nROLLBACK");
		unlike($said, qr/ERROR:  (42601|42703|42883|42P01: relation "(?!naam)|42501)/, 'and the attack was well formed');
	}
}
my $leaked = join "\n", as_role('vendor_klas', "SELECT count(*) FROM $view v WHERE leaks(v.naam)");
is(scalar(() = $leaked =~ /leaked/g), $count, 'a collector does get the rows that he sees');

# Every result is the same under every planner setting, and so is what the gate recorded.
my %results;
for my $settings (@planner)
{
	my $said = admin(qq{$settings; SET ROLE vendor_klas;
		SELECT md5(string_agg(v::text, ',' ORDER BY account_uuid)) FROM $view v; RESET ROLE;
		SELECT count(*), md5(string_agg(subject::text, ',' ORDER BY subject)) FROM last_disclosure();
		SET ROLE vendor_klas; SELECT count(*), md5(string_agg(naam, ',' ORDER BY naam)) FROM leerid.leerling; RESET ROLE;
		SELECT count(*), md5(string_agg(subject::text, ',' ORDER BY subject)) FROM last_disclosure()});
	$results{$said} = 1;
}
is(scalar(keys %results), 1, 'planner settings, parallel ones too, change neither what is shown nor what is recorded');
like((keys %results)[0], qr/^$count\|/m, 'and everybody shown is recorded');

# ---------------------------------------------------------------- oracles

# vendor_klas asks for one value: a hidden pupil's, and nobody's.  The
# conditions are leakproof, so they are asked below the gate; nothing must tell.
for my $column (sort keys %value)
{
	my $table = $column eq 'account_uuid' ? 'leerid.account' : 'leerid.leerling';
	for my $relation ($view, $table)
	{
		tells_nothing("asking for a hidden $column, $relation", 'vendor_klas', $column,
			"SELECT * FROM $view WHERE $column = '%v'; SELECT count(*) FROM $relation WHERE $column = '%v'; SELECT $column FROM $relation WHERE $column IN ('%v')");
		# what he may not mark PARALLEL SAFE he marks so: in a worker there was no frame,
		# and the gate's error told that a row had come so far
		tells_nothing("asking for a hidden $column in a parallel worker, $relation", 'vendor_klas', $column, qq{
			CREATE OR REPLACE FUNCTION evil.in_worker() RETURNS bigint LANGUAGE plpgsql PARALLEL SAFE
				AS \$\$ BEGIN RETURN (SELECT count(*) FROM $relation WHERE $column = '%v'); END \$\$;
			SET $parallel = on; SELECT evil.in_worker()});
		# EXPLAIN counts the pages of a cursor that was opened before it
		tells_nothing("counting pages of a cursor on a hidden $column, $relation", 'vendor_klas', $column, qq{
			CREATE OR REPLACE FUNCTION evil.fetch_k() RETURNS bigint LANGUAGE plpgsql
				AS \$\$ DECLARE r record; c refcursor := 'k'; BEGIN FETCH c INTO r; RETURN 1; END \$\$;
			SELECT count(*) FROM $relation WHERE $column = '%v';
			BEGIN; DECLARE k CURSOR FOR SELECT 1 FROM $relation WHERE $column = '%v'; FETCH k;
			EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT evil.fetch_k(); ROLLBACK;
			BEGIN; DECLARE k CURSOR FOR SELECT 1 FROM $relation WHERE $column = '%v';
			EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT evil.fetch_k(); ROLLBACK});
		# compiled expressions said at DEBUG1 when the first row reached them
		tells_nothing("compiling for a hidden $column, $relation", 'vendor_klas', $column, qq{
			SET jit = on; SET jit_above_cost = 0; SELECT 1 FROM $relation WHERE $column = '%v';
			SET enable_seqscan = off; SET client_min_messages = debug1; SELECT 1 FROM $relation WHERE $column = '%v'});
		# a sort below the gate told its memory
		tells_nothing("tracing sorts for a hidden $column, $relation", 'vendor_klas', $column, qq{
			SET enable_hashjoin = off; SET enable_nestloop = off; SET enable_indexscan = off; SET enable_bitmapscan = off;
			SET client_min_messages = log; SET trace_sort = on; SET log_executor_stats = on;
			SELECT set_config('trace_sort', 'on', false); SELECT count(*) FROM $relation WHERE $column = '%v'});
		# comparisons of text are leakproof, but complain at the first row when their collation is ambiguous
		tells_nothing("an ambiguous collation beside a hidden $column, $relation", 'vendor_klas', $column, qq{
			DO \$\$ DECLARE c text COLLATE "C" := 'x'; p text COLLATE "POSIX" := 'y';
			BEGIN PERFORM FROM $view WHERE $column = '%v' AND naam = c || p; END \$\$;
			DO \$\$ DECLARE c text COLLATE "C" := 'x'; p text COLLATE "POSIX" := 'y';
			BEGIN PERFORM FROM $view WHERE $column = '%v' AND naam IN ('q', c || p) OR $column = '%v' AND greatest(naam, c || p) = naam; END \$\$});
	}
}

# A collation of his own warns or fails when first used: it cannot be used below the gate.
SKIP:
{
	skip 'no ICU here', 2 unless (as_role('vendor_klas', q{CREATE COLLATION evil.odd (provider = icu, locale = 'und', deterministic = false)}))[1] !~ /ERROR/;
	as_role('vendor_klas', q{CREATE COLLATION evil.dated (provider = icu, locale = 'und', version = '1')});
	tells_nothing('a collation of his own in the view', 'vendor_klas', 'naam', qq{
		SET plan_cache_mode = force_generic_plan; PREPARE p AS SELECT 1 FROM $view WHERE naam = '%v' AND starts_with(voornaam, \$1 COLLATE evil.odd); EXECUTE p('x')});
	tells_nothing('a collation of his own in the table', 'vendor_klas', 'naam', qq{
		SELECT 1 FROM leerid.leerling WHERE naam = '%v' AND voornaam < 'x' COLLATE evil.dated});
}

# vendor_klas reads the planner's estimates off the choice of a generic plan:
# twenty thousand hidden pupils of three first names must not weigh in it.
admin(q{INSERT INTO leerling (id, naam, voornaam) SELECT 100000 + g, 'Verborgen', 'Anna' || g % 3 FROM generate_series(1, 20000) g; ANALYZE leerling});
my @choices;
for my $name ('Anna1', 'Nobody')
{
	my $said = '';
	for my $relation ($view, 'leerid.leerling')
	{
		my ($plans) = as_role('vendor_klas', "\\o /dev/null\nPREPARE p(text) AS SELECT naam FROM $relation, generate_series(1, 1000) WHERE voornaam = \$1;\n"
			  . "EXECUTE p('$name');\n" x 8
			  . "\\o\nSELECT generic_plans, custom_plans FROM pg_prepared_statements");
		$said .= $plans;
	}
	push @choices, $said;
}
is($choices[0], $choices[1], 'the choice of a generic plan tells no estimate');
like($choices[0], qr/^[358]\|[0358]|0\|8/, 'and there was a choice');
admin(q{DELETE FROM leerling WHERE id > 100000; ANALYZE leerling});

# vendor_klas reads statistics: those of persons are empty for him, those that count reads are not his.
for my $sql (
	q{SELECT * FROM pg_stats WHERE schemaname = 'leerid' AND tablename IN ('leerling', 'account', 'inschrijving', 'klas', 'login_record', 'persoon', 'studiebewijs', 'dossier', 'visibility')},
	q{SELECT * FROM pg_stats_ext WHERE schemaname = 'leerid'},
	q{SELECT * FROM pg_stats_ext_exprs WHERE schemaname = 'leerid'})
{
	my ($said, $complaint) = as_role('vendor_klas', $sql);
	is($said . $complaint, '', "nothing in $sql");
}
for my $sql (
	q{SELECT * FROM pg_statistic}, q{SELECT * FROM pg_statistic_ext_data},
	q{SELECT * FROM pg_locks}, q{SELECT * FROM pg_lock_status()},
	q{SELECT pg_stat_get_xact_tuples_fetched('leerid.leerling'::regclass)}, q{SELECT pg_stat_get_xact_tuples_returned('leerid.leerling'::regclass)},
	q{SELECT pg_stat_get_tuples_fetched('leerid.leerling'::regclass)}, q{SELECT pg_stat_get_tuples_returned('leerid.leerling'::regclass)},
	q{SELECT pg_stat_get_numscans('leerid.leerling_pkey'::regclass)}, q{SELECT pg_stat_get_xact_numscans('leerid.leerling_pkey'::regclass)},
	q{SELECT pg_stat_get_blocks_fetched('leerid.leerling'::regclass)}, q{SELECT pg_stat_get_xact_blocks_fetched('leerid.leerling'::regclass)},
	q{SELECT pg_stat_get_blocks_hit('leerid.leerling'::regclass)}, q{SELECT pg_stat_get_xact_blocks_hit('leerid.leerling'::regclass)},
	q{SELECT pg_stat_get_db_tuples_fetched(oid) FROM pg_database}, q{SELECT pg_stat_get_db_blocks_hit(oid) FROM pg_database},
	q{SELECT pg_stat_get_db_temp_bytes(oid) FROM pg_database}, q{SELECT pg_stat_get_db_temp_files(oid) FROM pg_database},
	q{SELECT * FROM pg_stat_xact_user_tables}, q{SELECT * FROM pg_stat_user_tables}, q{SELECT * FROM pg_stat_user_indexes},
	q{SELECT * FROM pg_statio_user_tables}, q{SELECT * FROM pg_statio_user_indexes}, q{SELECT * FROM pg_stat_database},
	q{SELECT * FROM pg_backend_memory_contexts},
	q{CREATE STATISTICS evil.s ON naam, voornaam FROM leerid.leerling},
	q{CREATE STATISTICS evil.s ON naam, voornaam FROM fictief_klasapp.leerling})
{
	refused("he may not: $sql", 'vendor_klas', $sql, qr/ERROR:  (42501|42809)/);
}
# SERIALIZABLE leaves a lock for each row that was read: the list of locks is not his, in any transaction.
refused('locks of a serializable transaction', 'vendor_klas',
	"BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM $view WHERE insz = '$hidden_insz'; SELECT * FROM pg_locks WHERE mode = 'SIReadLock'; ROLLBACK", qr/42501/);
# ANALYZE and VACUUM VERBOSE of a table of his own run his function, which reads the view.
refused('ANALYZE VERBOSE that reads the view', 'vendor_klas', qq{
	CREATE FUNCTION evil.peek(int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS \$\$ BEGIN RETURN (SELECT count(*) FROM $view WHERE insz OPERATOR(leerid.=) '$hidden_insz'); END \$\$;
	CREATE TABLE evil.verbose AS SELECT 1 AS x; CREATE INDEX ON evil.verbose (evil.peek(x)); ANALYZE VERBOSE evil.verbose}, qr/LR005/);

# ---------------------------------------------------------------- EXPLAIN

# vendor_klas asks for a plan, in every form there is: none is shown.
my @explained = ("SELECT * FROM $view", 'SELECT naam FROM leerid.leerling');
for my $query (@explained)
{
	my %explain = (
		plain => "EXPLAIN $query", analyze => "EXPLAIN ANALYZE $query", json => "EXPLAIN (FORMAT json) $query", verbose => "EXPLAIN VERBOSE $query",
		buffers => "EXPLAIN (ANALYZE, BUFFERS) $query",
		execute => "PREPARE q AS $query; EXPLAIN EXECUTE q", 'execute analyze' => "PREPARE q AS $query; EXPLAIN ANALYZE EXECUTE q",
		'create table as' => "EXPLAIN ANALYZE CREATE TABLE evil.x AS $query", 'create table as execute' => "PREPARE q AS $query; EXPLAIN CREATE TABLE evil.x AS EXECUTE q",
		'materialized view' => "EXPLAIN CREATE MATERIALIZED VIEW evil.x AS $query",
		cursor => "BEGIN; EXPLAIN DECLARE c CURSOR FOR $query; ROLLBACK",
		'in DO' => "DO \$\$ DECLARE t text; BEGIN EXPLAIN $query; END \$\$",
		'in EXECUTE' => "DO \$\$ DECLARE t text; BEGIN FOR t IN EXECUTE 'EXPLAIN $query' LOOP RAISE NOTICE '%', t; END LOOP; END \$\$",
		'in a function' => "CREATE OR REPLACE FUNCTION evil.e() RETURNS SETOF text LANGUAGE plpgsql AS \$\$ BEGIN RETURN QUERY EXPLAIN $query; END \$\$; SELECT evil.e()",
		'of a function that reads' => "CREATE OR REPLACE FUNCTION evil.f() RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS \$\$ BEGIN RETURN (SELECT count(*) FROM ($query) q); END \$\$; EXPLAIN SELECT evil.f()",
		'of an inlined function' => "CREATE OR REPLACE FUNCTION evil.g() RETURNS SETOF text STABLE LANGUAGE sql AS \$\$ SELECT q::text FROM ($query) q \$\$; EXPLAIN SELECT * FROM evil.g()",
		'of his own view' => "CREATE OR REPLACE VIEW evil.w AS $query; EXPLAIN SELECT * FROM evil.w; DROP VIEW evil.w",
		'of nothing' => "EXPLAIN SELECT * FROM ($query) q WHERE false", 'of a subquery' => "EXPLAIN SELECT (SELECT count(*) FROM ($query) q)",
		'of an insert' => "EXPLAIN INSERT INTO evil.mine SELECT naam FROM ($query) q",
		'caught' => "DO \$\$ BEGIN EXPLAIN $query; EXCEPTION WHEN OTHERS THEN RAISE NOTICE '% caught', SQLSTATE; END \$\$",
		'after an error in one' => "EXPLAIN ANALYZE SELECT 1 / (random() * 0)::int; EXPLAIN $query",
		'debug_print_plan' => "SET client_min_messages = log; SET debug_print_plan = on; $query",
		'debug_print_plan in PREPARE' => "SET plan_cache_mode = force_generic_plan; PREPARE q AS $query; SET client_min_messages = log; SET debug_print_plan = on; EXECUTE q",
		'debug_print_plan in a function' => "SET client_min_messages = log; SET debug_print_plan = on; DO \$\$ BEGIN PERFORM * FROM ($query) q; END \$\$",
	);
	$explain{generic} = "EXPLAIN (GENERIC_PLAN) $query" if $major >= 16;
	$explain{serialize} = "EXPLAIN (ANALYZE, SERIALIZE) $query" if $major >= 17;
	for my $form (sort keys %explain)
	{
		my ($said, $complaint) = as_role('vendor_klas', $explain{$form});
		like($complaint, qr/LR005/, "EXPLAIN, $form: refused");
		unlike("$said\n$complaint", qr/(actual )?rows=|plan_rows|:plan_rows|Plan Rows|Buffers:/ , "EXPLAIN, $form: no plan");
	}
}
# The tree before planning is his own text and the views': it holds no person.
tells_no_secret('debug_print_parse and debug_print_rewritten', 'vendor_klas',
	"SET client_min_messages = log; SET debug_print_parse = on; SET debug_print_rewritten = on; SELECT count(*) FROM $view WHERE naam = 'x'");
# What was refused leaves nothing behind: the next statement runs, and EXPLAIN of his own tables does.
($out, $err) = as_role('vendor_klas', "EXPLAIN SELECT * FROM $view; SELECT count(*) FROM $view; EXPLAIN SELECT * FROM evil.mine");
like("$out$err", qr/^$count\nSeq Scan.*LR005/s, 'a refused EXPLAIN leaves nothing behind');
# The data manager may.
admin('GRANT leerid_admin TO vendor_klas');
($out, $err) = as_role('vendor_klas', "EXPLAIN SELECT * FROM $view");
like($out, qr/gate_row/, 'a member of leerid_admin sees the plan');
admin('REVOKE leerid_admin FROM vendor_klas');

# ---------------------------------------------------------------- other ways to a row

# vendor_klas writes, locks, inherits, refers, copies: nothing of it is his.
my %refusal = (
	"SELECT * FROM leerid.leerling" => qr/42501|LR007/, "SELECT l FROM leerid.leerling l" => qr/42501|LR007/,
	"SELECT row_to_json(l) FROM leerid.leerling l" => qr/42501|LR007/, "SELECT l.* FROM leerid.leerling l" => qr/42501|LR007/,
	"SELECT insz FROM leerid.persoon" => qr/42501/, "SELECT count(*) FROM leerid.studiebewijs" => qr/42501/, "SELECT count(*) FROM leerid.dossier" => qr/42501/,
	"SELECT count(*) FROM leerid.visibility" => qr/42501/, "SELECT count(*) FROM leerid.login_record" => qr/42501/,
	"SELECT geboortedatum FROM leerid.leerling" => qr/42501/, "SELECT id FROM leerid.leerling" => qr/42501/, "SELECT leerling FROM leerid.account" => qr/42501/,
	"SELECT ctid FROM leerid.leerling" => qr/42501|LR007/, "SELECT xmin FROM leerid.leerling" => qr/42501|LR007/, "SELECT tableoid FROM leerid.leerling" => qr/42501|LR007/,
	"SELECT ctid FROM $view" => qr/42703/, "SELECT xmin, tableoid FROM $view" => qr/42703/,
	"SELECT naam FROM leerid.leerling WHERE ctid = '(0,1)'" => qr/42501|LR007/, "SELECT naam FROM leerid.leerling WHERE id = $hidden_id" => qr/42501/,
	"SELECT naam FROM leerid.leerling FOR UPDATE" => qr/42501/, "SELECT naam FROM leerid.leerling FOR KEY SHARE" => qr/42501/,
	"SELECT naam FROM $view FOR SHARE" => qr/42501|0A000/, "SELECT * FROM $view FOR UPDATE SKIP LOCKED" => qr/42501|0A000/,
	"SELECT * FROM $view TABLESAMPLE BERNOULLI (10)" => qr/42601|42809|0A000|42P10/,
	"UPDATE $view SET naam = 'x' RETURNING *" => qr/42501|55000/, "DELETE FROM $view RETURNING *" => qr/42501|55000/, "INSERT INTO $view (naam) VALUES ('x') RETURNING *" => qr/42501|55000/,
	"UPDATE leerid.leerling SET naam = naam RETURNING naam" => qr/42501/, "DELETE FROM leerid.leerling RETURNING naam" => qr/42501/,
	"INSERT INTO leerid.leerling (naam, voornaam, insz) VALUES ('x', 'y', '$hidden_insz') ON CONFLICT (insz) DO UPDATE SET naam = 'z' RETURNING naam" => qr/42501/,
	"INSERT INTO leerid.leerling (naam, voornaam, insz) VALUES ('x', 'y', '$hidden_insz')" => qr/42501/,
	"INSERT INTO leerid.account (account_uuid, leerling) VALUES ('$hidden_account', 1)" => qr/42501/,
	"MERGE INTO leerid.leerling l USING mine m ON l.naam = m.naam WHEN MATCHED THEN DELETE" => qr/42501/,
	"TRUNCATE leerid.leerling" => qr/42501/, "BEGIN; LOCK TABLE leerid.leerling; ROLLBACK" => qr/42501/, "BEGIN; LOCK TABLE $view IN EXCLUSIVE MODE; ROLLBACK" => qr/42501/,
	"CREATE TABLE evil.child () INHERITS (leerid.leerling)" => qr/42501/, "CREATE TABLE evil.child (LIKE leerid.leerling); ALTER TABLE evil.child INHERIT leerid.leerling" => qr/42501/,
	"CREATE TABLE evil.part PARTITION OF leerid.leerling DEFAULT" => qr/42501|42P17|42809/,
	"CREATE TABLE evil.ref (x bigint REFERENCES leerid.leerling)" => qr/42501/, "CREATE TABLE evil.ref (x leerid.insz REFERENCES leerid.leerling (insz))" => qr/42501/,
	"CREATE TRIGGER t AFTER UPDATE ON leerid.leerling EXECUTE FUNCTION suppress_redundant_updates_trigger()" => qr/42501/,
	"CREATE TRIGGER t INSTEAD OF UPDATE ON $view FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()" => qr/42501/,
	"CREATE RULE r AS ON INSERT TO $view DO INSTEAD SELECT 1" => qr/42501/, "CREATE OR REPLACE VIEW $view AS SELECT 1" => qr/42501/,
	"ALTER VIEW $view RESET (security_barrier)" => qr/42501/, "ALTER TABLE leerid.leerling DISABLE ROW LEVEL SECURITY" => qr/42501/,
	"CREATE POLICY p ON leerid.leerling USING (true)" => qr/42501/, "DROP POLICY fictief_klasapp ON leerid.leerling" => qr/42501/,
	"CREATE INDEX ON leerid.leerling (leaks(naam))" => qr/42501/, "CREATE PUBLICATION p FOR TABLE leerid.leerling" => qr/42501/,
	"COPY leerid.leerling TO STDOUT" => qr/42501|LR007/, "COPY $view TO STDOUT" => qr/42809/, "COPY leerid.leerling FROM STDIN" => qr/42501|0A000/,
	"COPY (SELECT insz FROM leerid.persoon) TO STDOUT" => qr/42501/, "COPY (SELECT 1) TO PROGRAM 'cat'" => qr/42501/,
	"SELECT table_to_xml('leerid.leerling', true, false, '')" => qr/42501|LR007|0A000/,
	"SELECT query_to_xml('SELECT geboortedatum FROM leerid.leerling', true, false, '')" => qr/42501|LR007/, "SELECT * FROM ts_stat('SELECT to_tsvector(geboortedatum::text) FROM leerid.leerling')" => qr/42501/,
	"SELECT currtid2('leerid.leerling', '(0,1)')" => qr/42501/, "SELECT currtid2('$view', '(0,1)')" => qr/ERROR/,
	"SELECT nextval('leerid.leerling_id_seq')" => qr/42501/, "SELECT currval('leerid.leerling_id_seq')" => qr/42501|55000/, "SELECT last_value FROM leerid.leerling_id_seq" => qr/42501/,
	"SELECT lastval()" => qr/55000/, "SELECT setval('leerid.leerling_id_seq', 1)" => qr/42501/,
	"SELECT * FROM leerid.last_disclosure()" => qr/42501/, "SELECT * FROM leerid.login('glce', account_uuid => '$hidden_account')" => qr/42501/,
	"SELECT leerid.bind('stranger', 'fictief', 'klasapp', 'x', '2020-01-01')" => qr/42501/, "SELECT leerid.rebuild()" => qr/42501/, "INSERT INTO leerid.binding DEFAULT VALUES" => qr/42501/,
	"SELECT * FROM leerid.binding" => qr/42501/, "SELECT * FROM leerid.built" => qr/42501/, "SELECT * FROM leerid.restriction" => qr/42501/, "SELECT * FROM leerid.consent" => qr/42501/,
	"SELECT * FROM lars_glce.login_record" => qr/42501/, "SELECT * FROM agodi_verificatie.studiebewijs" => qr/42501/,
	"SET row_security = off; SELECT naam FROM leerid.leerling" => qr/42501/, "SET session_replication_role = replica" => qr/42501/, "SET allow_system_table_mods = on" => qr/42501/,
	"SET leerid.time_zone = 'Etc/GMT+12'" => qr/42501/, "SET trace_sort = on" => qr/42501/, "SET log_executor_stats = on" => qr/42501/, "SET SESSION AUTHORIZATION postgres" => qr/42501/,
	"SET ROLE leerid_admin" => qr/42501/, "SET ROLE postgres_lars_glce" => qr/42501/, "LOAD 'auto_explain'" => qr/42501/,
	"GRANT postgres_fictief_klasapp TO stranger" => qr/42501/, "GRANT SELECT ON $view TO stranger; SELECT 1 / 0" => qr/42501|22012/,
	"SELECT lo_import('/etc/passwd')" => qr/42501/, "SELECT pg_read_binary_file(pg_relation_filepath('leerid.leerling'))" => qr/42501/,
	"SELECT * FROM pg_toast.pg_toast_" . admin("SELECT 'leerid.leerling'::regclass::oid") => qr/42501/,
	"SELECT ev_action::text::leerid.gate_pass FROM pg_rewrite LIMIT 1" => qr/LR004/,
);
refused("refused: $_", 'vendor_klas', $_, $refusal{$_}) for sort keys %refusal;
tells_no_secret('ANALYZE VERBOSE of a registry table', 'vendor_klas', 'ANALYZE VERBOSE leerid.leerling; VACUUM VERBOSE leerid.leerling', qr/skipping|permission denied/);

# vendor_lars: his view is one table's, and so could be written through.
refused("refused: $_", 'vendor_lars', $_, qr/42501/)
  for "DELETE FROM lars_glce.login_record", "UPDATE lars_glce.login_record SET naam = 'x' RETURNING *", "INSERT INTO lars_glce.login_record (naam) VALUES ('x')",
  "SELECT * FROM lars_glce.login_record FOR UPDATE", "SELECT * FROM lars_glce.login_record FOR KEY SHARE", "SELECT naam FROM leerid.leerling",
  "SELECT * FROM lars_glce.login_record v JOIN leerid.login_record r ON r.leerling = 1", "SELECT leerling FROM leerid.login_record";
refused('an element without its decretal basis, by the table', $_->[0], $_->[1], qr/LR007/)
  for admin('SELECT count(*) FROM decretal_basis') eq '0'
  ? ([ 'vendor_klas', 'SELECT insz FROM leerid.leerling' ], [ 'vendor_klas', "SELECT 1 FROM leerid.leerling WHERE insz = '$hidden_insz'" ], [ 'vendor_lars', 'SELECT insz FROM leerid.login_record' ])
  : ();

# vendor_klas copies, makes views, materialized views, rules, cursors, tables: he gets what he sees.
tells_no_secret("his own way: $_", 'vendor_klas', $_)
  for "COPY (SELECT v FROM $view v) TO STDOUT", "COPY (SELECT naam FROM leerid.leerling) TO STDOUT (FORMAT csv)", "COPY leerid.leerling (naam, voornaam) TO STDOUT",
  "CREATE TABLE evil.t1 AS SELECT * FROM $view; TABLE evil.t1", "CREATE MATERIALIZED VIEW evil.m1 AS SELECT * FROM $view; REFRESH MATERIALIZED VIEW evil.m1; TABLE evil.m1",
  "SELECT row_to_json(v), to_jsonb(v), v::text, hashtext(v::text) FROM $view v", "SELECT naam FROM leerid.leerling TABLESAMPLE BERNOULLI (100)", "SELECT naam FROM leerid.leerling TABLESAMPLE SYSTEM (100) REPEATABLE (1)",
  "BEGIN; DECLARE c SCROLL CURSOR FOR SELECT * FROM $view; MOVE LAST IN c; FETCH BACKWARD ALL FROM c; FETCH ABSOLUTE 3 FROM c; CLOSE c; COMMIT",
  "DECLARE c CURSOR WITH HOLD FOR SELECT * FROM $view; FETCH ALL FROM c", "SELECT cursor_to_xml('c', 10, true, false, '')",
  "SELECT query_to_xml('SELECT * FROM $view', true, false, '')", "SELECT schema_to_xml('leerid', true, false, ''), schema_to_xml('fictief_klasapp', true, false, '')", "DO \$\$ DECLARE r record; BEGIN FOR r IN SELECT * FROM $view LOOP RAISE NOTICE '%', r; END LOOP; END \$\$",
  "LISTEN x; SELECT pg_notify('x', naam) FROM $view; SELECT 1", "SELECT lo_from_bytea(0, convert_to(naam, 'UTF8')) FROM $view LIMIT 1",
  "CREATE TEMP TABLE leerling (naam text); CREATE TEMP VIEW account AS SELECT 1 AS leerling, true AS principal; SELECT * FROM $view",
  "SET DateStyle = 'German'; SET IntervalStyle = 'iso_8601'; SET TimeZone = 'Etc/GMT+12'; SET lc_messages = 'C'; SET extra_float_digits = 3; SELECT * FROM $view; SELECT naam FROM leerid.leerling",
  "SET TimeZone = 'Etc/GMT-14'; SELECT * FROM $view", "SET default_transaction_isolation = serializable; SELECT * FROM $view; SELECT naam FROM leerid.leerling";

# He puts his own today(), operators and tables before leerid's: what the views mean was fixed when they were made.
my ($shadowed, $shadow_error) = as_role('vendor_klas', qq{
	CREATE FUNCTION evil.today() RETURNS date LANGUAGE sql AS \$\$ SELECT '2000-01-01'::date \$\$;
	CREATE FUNCTION evil.leerplichtig(leerid.partial_date, date) RETURNS boolean LANGUAGE sql AS 'SELECT true';
	CREATE FUNCTION evil.yes(leerid.instellingsnummer, leerid.instellingsnummer) RETURNS boolean LANGUAGE sql AS 'SELECT true';
	CREATE OPERATOR evil.= (FUNCTION = evil.yes, LEFTARG = leerid.instellingsnummer, RIGHTARG = leerid.instellingsnummer);
	CREATE TABLE evil.visibility AS SELECT 1 AS application, $hidden_id AS leerling; CREATE TABLE evil.restriction (leerling bigint);
	CREATE FUNCTION pg_temp.today() RETURNS date LANGUAGE sql AS \$\$ SELECT '2000-01-01'::date \$\$;
	SET search_path = pg_temp, evil, leerid, pg_catalog;
	SELECT v FROM $view v ORDER BY account_uuid});
is($shadowed, $all, 'objects of the same names, found first, change nothing');

# ---------------------------------------------------------------- roles

# stranger has no purpose: not by a schema's usage, a wrapper of a vendor's view, a rule, or membership of a generated role.
refused('a stranger', 'stranger', "SELECT * FROM $view", qr/42501/);
as_role('vendor_klas', qq{
	CREATE VIEW evil.shared AS SELECT * FROM $view; CREATE VIEW evil.shared_table AS SELECT naam FROM leerid.leerling;
	CREATE VIEW evil.invoker WITH (security_barrier = false) AS SELECT * FROM $view;
	CREATE TABLE evil.bait (x int); CREATE RULE r AS ON INSERT TO evil.bait DO ALSO SELECT * FROM $view;
	CREATE FUNCTION evil.read_as_caller() RETURNS SETOF text LANGUAGE sql AS \$\$ SELECT naam FROM $view \$\$;
	CREATE FUNCTION evil.read_as_vendor() RETURNS SETOF text SECURITY DEFINER LANGUAGE sql AS \$\$ SELECT naam FROM $view \$\$;
	GRANT ALL ON ALL TABLES IN SCHEMA evil TO PUBLIC});
for my $reader ('stranger', 'vendor_lars', 'agodi_thuis')
{
	refused("$reader reads a vendor's view of the view", $reader, 'SELECT * FROM evil.shared', qr/LR003/);
	refused("$reader reads a vendor's view of the table", $reader, 'SELECT * FROM evil.shared_table', qr/LR003|LR007/);
	refused("$reader sets off a vendor's rule", $reader, 'INSERT INTO evil.bait VALUES (1)', qr/LR003/);
	refused("$reader calls a function with his own rights", $reader, 'SELECT evil.read_as_caller()', qr/42501/);
}
# A vendor may hand on what he was shown, by a function that reads as himself: the frame is his.
($out, $err) = as_role('stranger', 'SELECT evil.read_as_vendor()');
is(scalar(() = $out =~ /Naam/g), $count, "a vendor's security-definer function reads as the vendor");
# The other way round it reads as the stranger.
as_role('stranger', qq{CREATE FUNCTION evil.strangers() RETURNS SETOF text SECURITY DEFINER LANGUAGE plpgsql AS \$\$ BEGIN RETURN QUERY SELECT naam FROM $view; END \$\$});
refused("a vendor calls a stranger's security-definer function", 'vendor_klas', 'SELECT evil.strangers()', qr/42501|LR003/);
# A careless administrator grants a generated role, or a vendor's: being bound is more than being a member.
admin('GRANT postgres_fictief_klasapp, postgres_fictief_klasapp_direct TO stranger');
refused('a member of the generated role', 'stranger', "SELECT * FROM $view", qr/LR003/);
refused('a member of the generated role, by the table', 'stranger', 'SELECT naam FROM leerid.leerling', qr/LR003/);
refused('a member who becomes the generated role', 'stranger', "SET ROLE postgres_fictief_klasapp; SELECT * FROM $view", qr/LR003/);
refused('a member who becomes the direct role', 'stranger', 'SET ROLE postgres_fictief_klasapp_direct; SELECT naam FROM leerid.leerling', qr/LR003/);
refused('a vendor who becomes the generated role', 'vendor_klas', "SET ROLE postgres_fictief_klasapp; SELECT * FROM $view", qr/LR003|42501/);
admin('REVOKE postgres_fictief_klasapp, postgres_fictief_klasapp_direct FROM stranger; GRANT vendor_klas TO stranger');
refused('a member of a bound role', 'stranger', "SELECT * FROM $view", qr/LR003/);
admin('REVOKE vendor_klas FROM stranger');
# Two officers share their roles: rows by the policies of one with the columns of the other.
refused('an officer grants himself', 'agodi_verif', 'GRANT agodi_verif TO agodi_thuis', qr/42501/) if $major >= 16;
my $before = join '', as_role('agodi_thuis', 'SELECT count(*) FROM leerid.studiebewijs');
my $led = admin(q{SELECT insz FROM studiebewijs s WHERE NOT EXISTS (SELECT FROM persoon p JOIN dossier d ON d.persoon = p.id WHERE p.insz = s.insz) ORDER BY insz LIMIT 1});
my $verif_only = admin(q{SET ROLE agodi_verif; CREATE TEMP TABLE v AS SELECT DISTINCT insz FROM leerid.studiebewijs; RESET ROLE;
	GRANT SELECT ON v TO PUBLIC; SET ROLE agodi_thuis; SELECT insz FROM v EXCEPT SELECT insz FROM leerid.studiebewijs LIMIT 1});
admin('GRANT agodi_verif TO agodi_thuis');
is(join('', as_role('agodi_thuis', 'SELECT count(*) FROM leerid.studiebewijs')), $before, "another purpose's policies admit nothing");
is(join('', as_role('agodi_thuis', "SELECT count(*) FROM leerid.studiebewijs WHERE insz = '$_'")), '0', "a certificate that another purpose sees, or none, is absent without an error")
  for $led, $verif_only || $led;
refused("another purpose's column", 'agodi_thuis', 'SELECT volledige_naam FROM leerid.studiebewijs', qr/LR007/);
refused("another purpose's view", 'agodi_thuis', 'SELECT * FROM agodi_verificatie.studiebewijs', qr/LR003/);
admin('REVOKE agodi_verif FROM agodi_thuis');
# A role bound to the views of one purpose and the tables of another gets both, each in its own columns.
admin(q{SELECT bind('vendor_lars', 'fictief', 'klasapp', service('fictief', 'klasapp'), '2024-01-01')});
($out, $err) = as_role('vendor_lars', "SELECT count(*) FROM $view; SELECT naam FROM leerid.leerling");
like("$out$err", qr/^$count\D.*(42501|LR007)/s, 'the view of one purpose opens no table for the other');
($out, $err) = as_role('vendor_lars', "SELECT v.naam, r.instellingsnummer FROM $view v, leerid.login_record r WHERE r.account_uuid = '$hidden_account' AND false");
is($err, '', 'both in one statement have both purposes in its frame');
admin(q{SELECT unbind('vendor_lars', 'fictief', 'klasapp')});

# ---------------------------------------------------------------- the gate by hand

my $purpose = admin(q{SELECT purpose FROM built WHERE relation = 'fictief_klasapp.leerling'::regclass});
# vendor_klas makes a pass: no way of making a value leads to one.
my @forgery = (
	"SELECT '$purpose'::leerid.gate_pass", "SELECT cast('$purpose' AS leerid.gate_pass)", "SELECT leerid.gate_pass '$purpose'", "SELECT ('$purpose'::text)::leerid.gate_pass",
	"SELECT $purpose\::leerid.gate_pass", "SELECT $purpose\::text::varchar::leerid.gate_pass", "SELECT '{$purpose}'::leerid.gate_pass[]", "SELECT array_in('{$purpose}', 'leerid.gate_pass'::regtype, -1)",
	"SELECT ('{' || $purpose || '}')::leerid.gate_pass[]", "SELECT * FROM json_to_record('{\"a\": $purpose}') AS r (a leerid.gate_pass)", "SELECT * FROM jsonb_to_recordset('[{\"a\": $purpose}]') AS r (a leerid.gate_pass)",
	"CREATE TYPE evil.t AS (a leerid.gate_pass)", "CREATE DOMAIN evil.d AS leerid.gate_pass", "CREATE TABLE evil.p (a leerid.gate_pass)", "CREATE TABLE evil.p (a leerid.gate_pass[])",
	"CREATE TABLE evil.p AS SELECT NULL::leerid.gate_pass AS a", "CREATE VIEW evil.p AS SELECT '$purpose'::leerid.gate_pass AS a", "CREATE TYPE evil.r AS RANGE (SUBTYPE = leerid.gate_pass)",
	"CREATE FUNCTION evil.p() RETURNS leerid.gate_pass LANGUAGE sql AS 'SELECT $purpose'", "CREATE FUNCTION evil.p(leerid.gate_pass) RETURNS int LANGUAGE sql AS 'SELECT 1'",
	"CREATE CAST (int4 AS leerid.gate_pass) WITH INOUT", "CREATE CAST (int4 AS leerid.gate_pass) WITHOUT FUNCTION", "CREATE CAST (evil.trap AS leerid.gate_pass) WITH INOUT",
	"CREATE AGGREGATE evil.a(int) (SFUNC = int4pl, STYPE = leerid.gate_pass, INITCOND = '$purpose')", "CREATE OPERATOR evil.! (FUNCTION = leerid.gate_pass_in, RIGHTARG = cstring)",
	"SELECT leerid.gate_pass_in('$purpose')", "SELECT leerid.gate_pass_in('$purpose'::cstring)", "CREATE FUNCTION evil.c(int) RETURNS int LANGUAGE c AS 'leerid', 'gate_row'", "CREATE FUNCTION evil.c(int) RETURNS int LANGUAGE internal AS 'int4in'",
	"DO \$\$ DECLARE p leerid.gate_pass := $purpose; BEGIN END \$\$", "DO \$\$ DECLARE p leerid.gate_pass; BEGIN p := '$purpose'; END \$\$", "DO \$\$ DECLARE p leerid.gate_pass; r record; BEGIN r := ROW($purpose); p := r.f1; END \$\$",
	"CREATE FUNCTION evil.poly(anyelement, int) RETURNS anyelement LANGUAGE plpgsql AS \$\$ BEGIN RETURN \$2; END \$\$; SELECT evil.poly(NULL::leerid.gate_pass, $purpose)",
	"CREATE FUNCTION evil.rec() RETURNS record LANGUAGE sql AS 'SELECT $purpose'; SELECT * FROM evil.rec() AS r (a leerid.gate_pass)", "PREPARE p (leerid.gate_pass) AS SELECT \$1; EXECUTE p($purpose)",
	"SELECT array_fill('$purpose'::leerid.gate_pass, '{1}')", "SELECT xmlserialize(content '<a>$purpose</a>' AS leerid.gate_pass)", "SELECT coalesce(NULL::leerid.gate_pass, '$purpose')",
	"SELECT string_to_array('$purpose', ',')::leerid.gate_pass[]", "CREATE TABLE evil.p (LIKE leerid.leerling INCLUDING ALL, b boolean DEFAULT leerid.gate_subject('$purpose', 1))",
);
push @forgery, "SELECT pg_input_is_valid('$purpose', 'leerid.gate_pass'), pg_input_error_info('$purpose', 'leerid.gate_pass')" if $major >= 16;
refused("no pass by $_", 'vendor_klas', $_, qr/ERROR:  (LR004|42501|42846|42804|42P13|42601|42883|42P17|42704|42710|0A000)/) for @forgery;
# A pass that came in while a type's attribute was an integer.
refused('no pass by changing a type under a value', 'vendor_klas', qq{
	CREATE TYPE evil.before AS (a int);
	DO \$\$ DECLARE v evil.before[] := ARRAY[ROW($purpose)::evil.before]; ok boolean;
	BEGIN EXECUTE 'ALTER TYPE evil.before ALTER ATTRIBUTE a TYPE leerid.gate_pass';
		EXECUTE 'SELECT leerid.gate_subject(((\$1)[1]).a, 1) FROM $view' INTO ok USING v; RAISE NOTICE 'forged %', ok; END \$\$}, qr/42501/);
# A pass through the binary protocol.
my $binary = PostgreSQL::Test::Utils::tempdir() . '/pass.bin';
admin(qq{COPY (SELECT $purpose\::int) TO '$binary' (FORMAT binary); CREATE TABLE public.passes (a leerid.gate_pass)});
($out, $err) = ('', '');
$node->psql('postgres', "COPY public.passes FROM '$binary' (FORMAT binary)", stdout => \$out, stderr => \$err);
like($err, qr/no binary input function/, 'not even a superuser can send a pass');
$node->psql('postgres', "INSERT INTO public.passes VALUES ('$purpose')", stdout => \$out, stderr => \$err);
like($err, qr/a pass of the gate cannot be written/, 'nor write one');
admin('DROP TABLE public.passes');
# The view's text, with the pass in it, pasted.
my ($definition) = as_role('vendor_klas', "SELECT pg_get_viewdef('$view'::regclass)");
like($definition, qr/'$purpose'::(leerid\.)?gate_pass/, 'the pass stands in the view, for all to read');
refused('the view pasted', 'vendor_klas', $definition, qr/LR004/);
refused('the view pasted into a view', 'vendor_klas', "CREATE VIEW evil.pasted AS $definition", qr/LR004/);
refused('the policy pasted', 'vendor_klas', "CREATE TABLE evil.own (id bigint); CREATE POLICY p ON evil.own USING (leerid.gate_subject('$purpose'::leerid.gate_pass, id))", qr/LR004/);
# Without a pass, alone and inside a statement that has a frame.
for my $call (
	'leerid.gate_row(NULL, 1, 10::leerid.instellingsnummer, 1, 1)', 'leerid.element_ok(NULL, 1, 1, NULL, NULL)', 'leerid.gate_table(NULL, 1, NULL)', 'leerid.gate_class(NULL, 1, NULL, NULL)',
	'leerid.gate_subject(NULL, 1)', "leerid.gate_insz(NULL, '$hidden_insz')", 'leerid.gate_akkoord(NULL, 1, NULL, NULL, 1)')
{
	refused("$call", 'vendor_klas', "SELECT $call", qr/LR004/);
	refused("$call, beside the view", 'vendor_klas', "SELECT $call FROM $view", qr/LR004/);
	refused("$call, beside the table", 'vendor_klas', "SELECT $call FROM leerid.leerling", qr/LR004/);
	refused("$call, in a function beside the view", 'vendor_klas',
		"CREATE OR REPLACE FUNCTION evil.call() RETURNS boolean LANGUAGE plpgsql AS \$\$ BEGIN RETURN $call; END \$\$; SELECT evil.call() FROM $view", qr/LR004/);
}
refused('the support function', 'vendor_klas', 'SELECT leerid.gate_selectivity(NULL)', qr/42501|42883|0A000/);

# ---------------------------------------------------------------- what was withdrawn

my ($victim) = split /\n/, admin(qq{SET ROLE vendor_klas; SELECT naam FROM $view WHERE klas IS NOT NULL ORDER BY naam});
my $victim_id = admin("SELECT id FROM leerling WHERE naam = '$victim'");
admin("CREATE TABLE public.kept_visibility AS SELECT * FROM visibility WHERE leerling = $victim_id; CREATE TABLE public.kept_agreement AS SELECT * FROM agreement; CREATE TABLE public.kept_consent AS SELECT * FROM consent");
my %withdrawal = (
	restriction => [ "INSERT INTO restriction (leerling, ground) VALUES ($victim_id, '18(1)(a)')", "DELETE FROM restriction WHERE leerling = $victim_id", qr/^$/ ],
	objection => [ "INSERT INTO objection (leerling, protocol_code) VALUES ($victim_id, 'fictief')", "DELETE FROM objection WHERE leerling = $victim_id", qr/^$/ ],
	visibility => [ "DELETE FROM visibility WHERE leerling = $victim_id", "INSERT INTO visibility SELECT * FROM public.kept_visibility", qr/^$/ ],
	agreement => [ "DELETE FROM agreement", "INSERT INTO agreement SELECT * FROM public.kept_agreement", qr/^$/ ],
	consent => [ "UPDATE consent SET stopped_at = now(), stopped_by = given_by WHERE stopped_at IS NULL", "UPDATE consent c SET stopped_at = k.stopped_at, stopped_by = k.stopped_by FROM public.kept_consent k WHERE k.id = c.id", qr/^\Q$victim\E\|$/ ],
	'class integration' => [ "UPDATE application SET class_integrated = false WHERE code = 'klasapp'", "UPDATE application SET class_integrated = true WHERE code = 'klasapp'", qr/^\Q$victim\E\|$/ ],
	binding => [ "UPDATE binding SET ended_at = now() WHERE login_role = 'vendor_klas'", "UPDATE binding SET ended_at = NULL WHERE login_role = 'vendor_klas'", qr/not bound|no direct access/ ],
	protocol => [ "UPDATE protocol SET ended_at = now(), ended_how = 'breach' WHERE code = 'fictief'", "UPDATE protocol SET ended_at = NULL, ended_how = NULL WHERE code = 'fictief'", qr/not in force/ ],
);
my $query = "SELECT naam, klas FROM $view WHERE naam = '$victim'";
# vendor_klas holds a prepared plan, a REPEATABLE READ transaction, a function
# and a cursor from before; each kind of rule is withdrawn, and the next
# statement of each must see nothing.
for my $kind (sort keys %withdrawal)
{
	my ($withdraw, $restore, $expected) = @{ $withdrawal{$kind} };
	my ($prepared, $repeatable, $cursor) = map { session('vendor_klas') } 1 .. 3;
	say_in($_, "CREATE FUNCTION pg_temp.f() RETURNS text STABLE LANGUAGE plpgsql AS \$\$ BEGIN RETURN (SELECT concat_ws('|', naam, coalesce(klas::text, '')) FROM $view WHERE naam = '$victim'); END \$\$;
		SET plan_cache_mode = force_generic_plan; PREPARE q AS $query; EXECUTE q") for $prepared, $repeatable, $cursor;
	say_in($repeatable, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1 FROM $view LIMIT 1; SAVEPOINT s");
	say_in($cursor, "BEGIN; DECLARE c CURSOR FOR $query; DECLARE d CURSOR FOR SELECT count(*) FROM $view");
	admin($withdraw);
	like(say_in($prepared, 'EXECUTE q'), $expected, "withdrawn $kind: a prepared plan");
	like(say_in($prepared, $query), $expected, "withdrawn $kind: the next statement");
	like(say_in($prepared, 'SELECT pg_temp.f()'), $expected, "withdrawn $kind: a function");
	like(say_in($prepared, 'DO $$ DECLARE t text := pg_temp.f(); BEGIN RAISE NOTICE \'<%>\', t; END $$') =~ s/NOTICE:  <(?:<NULL>)?|>$//gr, $expected, "withdrawn $kind: an expression in DO");
	like(say_in($repeatable, 'EXECUTE q'), $expected, "withdrawn $kind: a REPEATABLE READ transaction");
	say_in($repeatable, 'ROLLBACK TO s');
	like(say_in($repeatable, 'SELECT pg_temp.f()'), $expected, "withdrawn $kind: a function in it, after a rollback to a savepoint");
	# an open cursor is one statement, judged when it began
	unlike(say_in($cursor, 'FETCH ALL FROM c'), qr/ERROR/, "withdrawn $kind: a cursor opened before goes on");
	like(say_in($cursor, "DECLARE e CURSOR FOR $query; FETCH ALL FROM e"), $expected, "withdrawn $kind: a cursor opened after");
	admin($restore);
	leave($_) for $prepared, $repeatable, $cursor;
	is((as_role('vendor_klas', "SELECT v FROM $view v ORDER BY account_uuid"))[0], $all, "withdrawn $kind: and given back");
}
# Without the indexes of the rule tables, which a session may ask for when it
# connects, an akkoord that was stopped is not taken for one that stands.
{
	admin($withdrawal{consent}[0]);
	local $ENV{PGOPTIONS} = '-c ignore_system_indexes=on';
	is((as_role('vendor_klas', "SELECT count(klas) FROM $view; SELECT count(naam) FROM leerid.klas"))[0], "0\n0",
		'withdrawn consent: a session that ignores system indexes');
	like(admin(q{SELECT count(*) FROM account, login('klasapp', account_uuid) WHERE claims->'klas' <> '[]'}), qr/^0$/m,
		'withdrawn consent: a login in such a session');
	local $ENV{PGOPTIONS} = '';
	admin($withdrawal{consent}[1]);
}
# A package that reports an end too far ahead for arithmetic stops nobody else's view.
{
	my $before = admin('SET ROLE dov_beheer; SELECT count(*) FROM klasinformatie_beheer.klas');
	my ($class, $end) = split /\|/, admin(q{SELECT k.id, k.einde_bij_pakket FROM klas k JOIN consent c USING (instellingsnummer)
		WHERE c.stopped_at IS NULL AND k.einddatum >= current_date ORDER BY k.id LIMIT 1});
	admin("UPDATE klas SET einde_bij_pakket = '5874897-12-31' WHERE id = $class");
	is(admin('SET ROLE dov_beheer; SELECT count(*) FROM klasinformatie_beheer.klas'), $before, 'the last day there is, as the end that a package reports');
	admin("UPDATE klas SET einde_bij_pakket = @{[ $end ? qq{'$end'} : 'NULL' ]} WHERE id = $class");
}
# A statement nested in EXECUTE begins after the withdrawal, but has the snapshot from before it.
{
	my $late = session('vendor_klas');
	say_in($late, "CREATE FUNCTION evil.late() RETURNS text STABLE LANGUAGE plpgsql AS \$\$ BEGIN PERFORM pg_advisory_lock(1); PERFORM pg_advisory_unlock(1);
		RETURN (SELECT naam FROM $view WHERE naam = '$victim'); END \$\$; PREPARE q(text) AS SELECT coalesce(\$1, 'nothing')");
	is(say_in($late, 'EXECUTE q(evil.late())'), $victim, 'a nested statement sees what is to be seen');
	for my $statement ('EXECUTE q(evil.late())', "DO \$\$ DECLARE t text := evil.late(); BEGIN RAISE NOTICE '%', t; END \$\$", 'SELECT evil.late()')
	{
		my $admin = session('postgres');
		say_in($admin, 'SELECT pg_advisory_lock(1)');
		$late->{in} .= "$statement;\n";
		$late->{run}->pump_nb for 1 .. 3;
		$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted});
		say_in($admin, "DELETE FROM leerid.visibility WHERE leerling = $victim_id; SELECT pg_advisory_unlock(1)");
		unlike(say_in($late, 'SELECT 1'), qr/\Q$victim\E/, "a statement nested in '" . substr($statement, 0, 7) . "' obeys a withdrawal committed before it");
		admin('INSERT INTO visibility SELECT * FROM public.kept_visibility');
		leave($admin);
	}
	leave($late);
}
# The plan is kept while the role changes: each execution is judged as who runs it.
{
	my $juggler = session('postgres');
	say_in($juggler, "PREPARE q AS SELECT count(*) FROM $view; PREPARE t AS SELECT count(naam) FROM leerid.leerling; SET plan_cache_mode = force_generic_plan; SET ROLE vendor_klas");
	is(say_in($juggler, 'EXECUTE q'), $count, 'a kept plan, as vendor_klas');
	my $direct = say_in($juggler, 'EXECUTE t');
	is($direct, $count, 'and by the table');
	for my $role ('vendor_lars', 'agodi_thuis', 'stranger')
	{
		say_in($juggler, "RESET ROLE; SET ROLE $role");
		like(say_in($juggler, 'EXECUTE q'), qr/permission denied|not bound/, "a kept plan, as $role");
		like(say_in($juggler, 'EXECUTE t'), qr/permission denied|not bound|no direct/, "and by the table, as $role");
		say_in($juggler, "RESET ROLE; SET SESSION AUTHORIZATION $role");
		like(say_in($juggler, 'EXECUTE q'), qr/permission denied|not bound/, "a kept plan, session of $role");
		say_in($juggler, 'RESET SESSION AUTHORIZATION');
	}
	# opened as vendor_klas, fetched as another: the cursor is the vendor's, what others ask is their own
	say_in($juggler, "SET ROLE vendor_klas; BEGIN; DECLARE c CURSOR FOR SELECT naam FROM $view; FETCH 1 FROM c; RESET ROLE; SET ROLE stranger");
	like(say_in($juggler, 'FETCH 1 FROM c'), qr/^Naam/, 'a cursor keeps who opened it');
	like(say_in($juggler, "SELECT * FROM $view"), qr/permission denied/, 'and lends nothing to who fetches');
	say_in($juggler, 'ROLLBACK; RESET ROLE');
	# a rule that is changed and rolled back, in the session that reads
	say_in($juggler, "BEGIN; SAVEPOINT s; INSERT INTO leerid.restriction (leerling, ground) VALUES ($victim_id, '18(1)(a)'); SET LOCAL ROLE vendor_klas");
	is(say_in($juggler, $query), '', 'a rule binds the transaction that makes it');
	say_in($juggler, 'ROLLBACK TO s; SET LOCAL ROLE vendor_klas');
	like(say_in($juggler, $query), qr/^\Q$victim\E\|/, 'and not after it is rolled back to the savepoint');
	say_in($juggler, "RESET ROLE; SAVEPOINT s; UPDATE leerid.binding SET ended_at = now(); SET LOCAL ROLE vendor_klas");
	like(say_in($juggler, $query), qr/not bound/, 'a binding that ends in a subtransaction');
	say_in($juggler, 'ROLLBACK TO s; SET LOCAL ROLE vendor_klas');
	like(say_in($juggler, $query), qr/^\Q$victim\E\|/, 'and does not');
	say_in($juggler, 'ROLLBACK');
	leave($juggler);
}

# ---------------------------------------------------------------- frames

# Statements inside statements, errors in the middle, cursors without number: after each, a frame is its own statement's.
tells_no_secret('a function that reads the view, in a statement on the view', 'vendor_klas', qq{
	CREATE FUNCTION evil.nested(text) RETURNS boolean STABLE LANGUAGE plpgsql AS \$\$ BEGIN RETURN EXISTS (SELECT FROM $view WHERE naam = \$1 AND leaks(naam)); END \$\$;
	SELECT count(*) FROM $view v WHERE evil.nested(v.naam); SELECT count(*) FROM leerid.leerling WHERE evil.nested(naam)}, qr/^$count\n$count$/m);
($out, $err) = as_role('vendor_klas', qq{
	SELECT 1 / (row_number() OVER (ORDER BY naam) - 10) FROM $view;
	SELECT leerid.gate_subject(NULL, 1);
	DO \$\$ BEGIN PERFORM 1 / (row_number() OVER () - 5) FROM $view; EXCEPTION WHEN division_by_zero THEN PERFORM leerid.gate_subject(NULL, 1); END \$\$;
	SELECT count(*) FROM $view;
	BEGIN; DECLARE c CURSOR FOR SELECT 1 / (row_number() OVER () - 5) FROM $view; SAVEPOINT s; FETCH 20 FROM c; ROLLBACK TO s; FETCH 1 FROM c; SELECT count(*) FROM $view; ROLLBACK;
	SELECT count(*) FROM $view});
is(scalar(() = $err =~ /LR004/g), 2, 'an error in the middle leaves no frame behind');
is(scalar(() = $out =~ /^$count$/mg), 2, 'and the next statement runs') or diag("$out$err");
my $cursors = join '', map { "DECLARE c$_ CURSOR FOR SELECT naam, evil.leaks(naam) FROM $view ORDER BY naam; FETCH 1 FROM c$_;\n" } 1 .. 1000;
my $closing = join '', map { "CLOSE c" . ($_ * 7 % 1000 + 1) . ";\n" } 0 .. 499;
my $fetching = join '', map { "FETCH 1 FROM c" . ($_ * 7 % 1000 + 1) . ";\n" } 500 .. 999;
($out, $err) = tells_no_secret('a thousand cursors, closed in odd order', 'vendor_klas', "BEGIN;\n$cursors$closing$fetching SELECT count(*) FROM $view; COMMIT; SELECT leerid.gate_subject(NULL, 1); SELECT count(*) FROM $view");
is(scalar(() = $out =~ /^$count$/mg), 2, 'and the session goes on');
is(scalar(() = $err =~ /LR004/g), 1, 'without a frame left');
($out, $err) = as_role('vendor_klas', "DECLARE c CURSOR WITH HOLD FOR SELECT naam FROM $view; DISCARD ALL; SELECT leerid.gate_subject(NULL, 1); SELECT count(*) FROM $view");
like("$out$err", qr/^$count\n?.*LR004/s, 'DISCARD ALL with frames open');
($out, $err) = as_role('vendor_klas', "CREATE TABLE evil.two (naam text); BEGIN; INSERT INTO evil.two SELECT naam FROM $view; PREPARE TRANSACTION 'evil'; SELECT leerid.gate_subject(NULL, 1); COMMIT PREPARED 'evil'; SELECT count(*) FROM evil.two");
like("$out$err", qr/^$count\n?.*LR004/s, 'a prepared transaction takes its frames along');
# What is recorded: the last statement's, whatever lies between.
is(admin("SET ROLE vendor_klas; SELECT 1 FROM $view WHERE naam = '$victim'; BEGIN; SELECT count(*) FROM $view; ROLLBACK; SELECT 1 FROM generate_series(1, 3); RESET ROLE; SELECT 'recorded ' || count(DISTINCT subject) FROM last_disclosure()") =~ s/.*recorded //sr,
	$count, 'a rolled-back statement is recorded too');

# leakproof functions of leerid's own, asked below the gate: none fails on any value.
my $failing = admin(q{SELECT string_agg(oid::regprocedure::text, ', ') FROM pg_proc
	WHERE pronamespace = 'leerid'::regnamespace AND proleakproof AND provolatile <> 'i'});
is($failing, '', 'every leakproof function is immutable');
for my $call (
	"leerid.daterange(p)", "lower(leerid.daterange(p))", "leerid.upper(p)", "leerid.lower(p)", "leerid.is_complete(p)", "leerid.leerplicht(p)", "leerid.leerplichtig(p, d)")
{
	is(admin(qq{SELECT count($call) >= 0 FROM (VALUES ('0001-01-01'::leerid.partial_date), ('9999-12-31'), ('9999-00-00'), ('9999-12-00'), ('0001-00-00'), ('2000-02-29'), ('2000-02-00')) v (p),
		(VALUES ('infinity'::date), ('-infinity'), ('5874897-12-31'), ('4713-01-01 BC'), ('2024-02-29')) w (d)}), 't', "$call fails on no value");
}

$node->stop;
done_testing();
