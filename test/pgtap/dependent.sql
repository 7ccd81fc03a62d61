-- Tables of users that follow a pupil: who may register which, what happens to
-- rows that cannot stand side by side, what undoing gives back, and that nothing
-- runs with more rights than the table's owner has.
BEGIN;
SELECT plan(78);

INSERT INTO leerling (id, naam, voornaam) SELECT n, 'A', 'B' FROM generate_series(1, 60) n;
CREATE FUNCTION account(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT ('00000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid$$;
INSERT INTO account (account_uuid, leerling, principal, without_insz) SELECT account(n), n, true, true FROM generate_series(1, 60) n;
CREATE FUNCTION op(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$SELECT ('0f000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid$$;
CREATE FUNCTION merged(from_pupil integer, into_pupil integer) RETURNS identity_answer LANGUAGE sql
	AS $$SELECT merge(account(from_pupil), account(into_pupil), 'test', op(from_pupil))$$;
CREATE FUNCTION undone(from_pupil integer) RETURNS verdict LANGUAGE sql AS $$SELECT (unmerge(op(from_pupil), 'test')).verdict$$;

CREATE ROLE dep_owner;
CREATE ROLE dep_other;
CREATE SCHEMA app AUTHORIZATION dep_owner;
GRANT REFERENCES (id) ON leerling TO dep_owner;
SET LOCAL ROLE dep_owner;
SET LOCAL search_path = app, leerid, public;

-- Registering.
CREATE FUNCTION app.refusal(relation text, pupil text DEFAULT 'pupil', VARIADIC more text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
	SELECT f.sqlstate || ' ' || coalesce(nullif(f.detail, ''), f.message)
	FROM public.failure_of(format('SELECT leerid.register_dependent(%L, %L%s)', relation, pupil, (SELECT string_agg(', ' || quote_literal(m), '') FROM unnest(more) m))) f
$$;
CREATE TABLE bare (id bigint PRIMARY KEY, pupil bigint);
CREATE TABLE keyless (pupil bigint REFERENCES leerling);
CREATE TABLE narrow (id bigint PRIMARY KEY, pupil integer);
CREATE TABLE unindexed (id bigint PRIMARY KEY, pupil bigint REFERENCES leerling);
CREATE TABLE emptied (id bigint PRIMARY KEY, pupil bigint REFERENCES leerling ON DELETE SET NULL);
CREATE TABLE unproven (id bigint PRIMARY KEY, pupil bigint);
ALTER TABLE unproven ADD FOREIGN KEY (pupil) REFERENCES leerling NOT VALID;
CREATE TABLE forced (id bigint PRIMARY KEY, pupil bigint REFERENCES leerling);
ALTER TABLE forced FORCE ROW LEVEL SECURITY;
CREATE TABLE late (id bigint PRIMARY KEY, pupil bigint REFERENCES leerling DEFERRABLE INITIALLY DEFERRED);
CREATE TABLE ruled (id bigint PRIMARY KEY, pupil bigint REFERENCES leerling);
CREATE RULE r AS ON UPDATE TO ruled DO INSTEAD NOTHING;
CREATE TABLE parent (id bigint PRIMARY KEY, pupil bigint REFERENCES leerling);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE parted (id bigint, pupil bigint REFERENCES leerling, PRIMARY KEY (id)) PARTITION BY HASH (id);
CREATE TABLE part PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE held (id bigint PRIMARY KEY, pupil bigint REFERENCES leerling UNIQUE, seen date, shape point);
CREATE TABLE holder (id bigint PRIMARY KEY, held bigint REFERENCES held ON DELETE CASCADE);
CREATE VIEW seen AS SELECT * FROM bare;
CREATE INDEX ON forced (pupil);
CREATE INDEX ON late (pupil);
CREATE INDEX ON ruled (pupil);
CREATE INDEX ON parent (pupil);
CREATE INDEX ON parted (pupil);
CREATE TEMP TABLE passing (id bigint PRIMARY KEY, pupil bigint);

SELECT is((failure_of('SELECT leerid.register_dependent(NULL, ''pupil'')')).sqlstate, '22004', 'a table must be given');
SELECT is(refusal('app.bare', 'pupil', 'guess'), '22023 There are refuse, keep_equal, keep_into and keep_latest.', 'there are four policies');
SELECT is(refusal('app.bare', 'pupil', 'keep_latest'), '22023 latest_by is given for keep_latest, and only for it', 'the latest needs a column');
SELECT is(refusal('app.bare', 'pupil', 'refuse', 'id'), '22023 latest_by is given for keep_latest, and only for it', 'and nothing else has one');
SELECT matches(refusal('leerid.leerling', 'id'), '^42501 only the owner', 'a table of another''s is refused');
SELECT matches(refusal('0'), '^42501', 'and one that there is not');
SELECT matches(refusal('app.seen'), '^LR053 It is no ordinary', 'a view is refused');
SELECT matches(refusal('passing'), '^LR053 It is a temporary', 'a temporary table');
SELECT matches(refusal('app.part'), '^LR053 It is a partition', 'a partition');
SELECT matches(refusal('app.forced'), '^LR053 Row-level security', 'one with row-level security for its owner');
SELECT matches(refusal('app.bare', 'nothing'), '^LR053 It has no column "nothing"', 'one without the column');
SELECT matches(refusal('app.narrow'), '^LR053 It has no column "pupil" of type bigint', 'one with a column of another type');
SELECT matches(refusal('app.keyless'), '^LR053 It has no primary key', 'one without a primary key');
SELECT matches(refusal('app.bare'), '^LR053 It has no validated foreign key', 'one without a foreign key');
SELECT matches(refusal('app.unproven'), '^LR053 It has no validated foreign key', 'or with one that was not proven');
SELECT matches(refusal('app.emptied'), '^LR053 It has no validated foreign key', 'or that empties the column');
SELECT is((failure_of('SELECT leerid.register_dependent(''app.bare'', ''pupil'')')).hint,
	'GRANT REFERENCES (id) ON leerid.leerling TO dep_owner; ALTER TABLE app.bare ADD FOREIGN KEY (pupil) REFERENCES leerid.leerling (id);', 'the hint says what to do');
SELECT matches(refusal('app.unindexed'), '^LR053 It has no btree index', 'one without an index');
SELECT is((failure_of('SELECT leerid.register_dependent(''app.unindexed'', ''pupil'')')).hint, 'CREATE INDEX ON app.unindexed (pupil);', 'the hint makes it');
SELECT matches(refusal('app.late'), '^LR053 It has a deferred', 'one with a deferred constraint');
SELECT matches(refusal('app.ruled'), '^LR053 It has a rule', 'one with a rule');
SELECT matches(refusal('app.parent'), '^LR053 It inherits', 'one that others inherit from');
SELECT matches(refusal('app.held', 'pupil', 'keep_into'), '^LR053 Rows of another table would go', 'one whose rows take others with them, unless it refuses');
SELECT matches(refusal('app.held', 'pupil', 'keep_latest', 'shape'), '^LR053 It has no column "shape" that can be ordered', 'a column without an order tells no latest');
SELECT matches(refusal('app.held', 'pupil', 'keep_latest', 'nothing'), '^LR053 It has no column "nothing"', 'nor does one that there is not');
DROP TABLE holder;
SELECT matches(refusal('app.held', 'pupil', 'keep_latest', 'seen'), '^LR053 The pupil''s column is not part', 'the latest is for tables with the pupil in their key');
SELECT cmp_ok(register_dependent('app.held', 'pupil'), '>=', 1000, 'what is well made is registered');
SELECT matches(refusal('app.held'), '^LR053 It is registered already', 'once');
SELECT cmp_ok(register_dependent('app.parted', 'pupil'), '>=', 1000, 'a partitioned table is');
RESET ROLE;
SET LOCAL ROLE dep_other;
SELECT is((failure_of('SELECT leerid.unregister_dependent(''app.held'', ''pupil'')')).sqlstate, '42501', 'nobody else unregisters it') WHERE has_schema_privilege('app', 'USAGE');
RESET ROLE;
SELECT matches(refusal('leerid.klas', 'leerling'), '^LR053 It is one of leerid''s own', 'leerid''s own tables follow anyway');
SELECT is((failure_of('SELECT leerid.unregister_dependent(''leerid.klas'', ''leerling'')')).sqlstate, 'LR053', 'and nobody unregisters them');
SELECT lives_ok($$SELECT unregister_dependent('app.held', 'pupil')$$, 'a superuser may unregister');
SELECT is((failure_of('SELECT leerid.unregister_dependent(''app.held'', ''pupil'')')).sqlstate, 'LR053', 'what is registered');

-- What cannot stand side by side.
SET LOCAL ROLE dep_owner;
CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, pupil bigint REFERENCES leerling ON DELETE CASCADE, topic text, text text,
	active boolean NOT NULL DEFAULT true, span int4range NOT NULL DEFAULT 'empty', size integer GENERATED ALWAYS AS (length(text)) STORED);
CREATE INDEX ON note (pupil);
CREATE UNIQUE INDEX ON note (pupil, lower(topic));
CREATE UNIQUE INDEX ON note (pupil) WHERE text = 'one' AND active;
ALTER TABLE note ADD EXCLUDE USING gist (pupil WITH =, span WITH &&);
CREATE TABLE card (pupil bigint REFERENCES leerling, kind text COLLATE "C", code integer, UNIQUE NULLS NOT DISTINCT (pupil, code), PRIMARY KEY (kind, pupil));
CREATE INDEX ON card (pupil);
SELECT register_dependent('app.note', 'pupil'), register_dependent('app.card', 'pupil') \g /dev/null
INSERT INTO note (pupil, topic, text, span) VALUES (1, 'a', 'x', '[1,3)'), (2, 'b', 'y', '[3,5)'), -- side by side
	(3, 'Topic', 'x', 'empty'), (4, 'tOPIC', 'y', 'empty'), -- an expression
	(5, 'a', 'one', 'empty'), (6, 'b', 'one', 'empty'), -- a partial index
	(7, 'a', 'one', 'empty'), (8, 'b', 'one', 'empty'), -- which does not hold all
	(9, 'a', 'x', '[1,4)'), (10, 'b', 'y', '[3,5)'), -- an exclusion constraint
	(11, NULL, 'x', 'empty'), (12, NULL, 'y', 'empty'); -- NULL is no conflict
UPDATE note SET active = false WHERE pupil = 8;
INSERT INTO card VALUES (13, 'k', 1), (14, 'k', 2), -- the primary key
	(15, 'k', NULL), (16, 'l', NULL), -- NULLS NOT DISTINCT
	(17, 'k', 1), (18, 'K', 2); -- differ in C
CREATE TEMP TABLE before_rows AS SELECT to_jsonb(n) AS r FROM note n UNION ALL SELECT to_jsonb(c) FROM card c;
RESET ROLE;
SELECT results_eq($$SELECT f, (merged(f, f + 1)).verdict::text FROM generate_series(1, 17, 2) f$$,
	$$VALUES (1, 'merged'), (3, 'conflict_dependent'), (5, 'conflict_dependent'), (7, 'merged'), (9, 'conflict_dependent'), (11, 'merged'),
		(13, 'conflict_dependent'), (15, 'conflict_dependent'), (17, 'merged')$$, 'each kind of constraint refuses what it would not let stand, and nothing else');
SELECT results_eq($$SELECT leerling, detail FROM identity_operation WHERE verdict = 'conflict_dependent' ORDER BY id$$,
	$$VALUES (NULL::bigint, '[{"table": "app.note", "rows": [["3"]]}]'::jsonb), (NULL, '[{"table": "app.note", "rows": [["5"]]}]'), (NULL, '[{"table": "app.note", "rows": [["9"]]}]'),
		(NULL, '[{"table": "app.card", "rows": [["k"]]}]'), (NULL, '[{"table": "app.card", "rows": [["k"]]}]')$$, 'and says which rows, by their keys');
SELECT results_eq('SELECT pupil, count(*) FROM app.note GROUP BY 1 ORDER BY 1', 'VALUES (2::bigint, 2::bigint), (3, 1), (4, 1), (5, 1), (6, 1), (8, 2), (9, 1), (10, 1), (12, 2)',
	'rows of merged records are together, the others where they were');
SELECT results_eq('SELECT d.relation::text, row_key, moved, copy FROM moved_row r JOIN dependent d ON d.id = dependent ORDER BY 1, 2',
	$$VALUES ('card', '{k}'::text[], true, NULL::jsonb), ('note', '{1}', true, NULL), ('note', '{11}', true, NULL), ('note', '{7}', true, NULL)$$, 'what moved is recorded');
INSERT INTO app.note (pupil, topic, text) VALUES (2, 'later', 'z');
DELETE FROM app.note WHERE id = 7;
SELECT results_eq('SELECT undone(f)::text FROM unnest(ARRAY[1, 7, 11, 17]) f', ARRAY['unmerged', 'unmerged', 'unmerged', 'unmerged'], 'the merges are undone');
SELECT results_eq($$SELECT topic FROM app.note WHERE pupil = 2 ORDER BY 1$$, ARRAY['b', 'later'], 'what came later stays');
SELECT is_empty('SELECT FROM app.note WHERE pupil = 7', 'and what was deleted stays deleted');
SELECT bag_eq($$SELECT to_jsonb(n) AS r FROM app.note n WHERE topic IS DISTINCT FROM 'later' UNION ALL SELECT to_jsonb(c) FROM app.card c$$,
	$$SELECT r FROM before_rows WHERE r ->> 'id' IS DISTINCT FROM '7'$$, 'all other rows are back as they were');

-- How a registration settles it.
SET LOCAL ROLE dep_owner;
SELECT unregister_dependent('app.note', 'pupil'), unregister_dependent('app.card', 'pupil') \g /dev/null
DELETE FROM note;
DELETE FROM card;
CREATE TABLE equal (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, pupil bigint REFERENCES leerling, topic text, text text, size integer GENERATED ALWAYS AS (length(text)) STORED, UNIQUE (pupil, topic));
CREATE TABLE first (pupil bigint REFERENCES leerling, topic text, at timestamptz, day date, PRIMARY KEY (pupil, day, topic));
CREATE TABLE latest (topic text, pupil bigint REFERENCES leerling, seen timestamptz, n numeric, PRIMARY KEY (topic, pupil));
CREATE INDEX ON latest (pupil);
SELECT register_dependent('app.equal', 'pupil', 'keep_equal'), register_dependent('app.first', 'pupil', 'keep_into'), register_dependent('app.latest', 'pupil', 'keep_latest', 'seen') \g /dev/null
INSERT INTO equal (pupil, topic, text) VALUES (21, 'a', 'x'), (21, 'b', 'y'), (22, 'a', 'x'), -- a is there twice
	(23, 'a', 'x'), (24, 'a', 'other');
INSERT INTO first VALUES (25, 'a', '2024-01-01 12:00+02', '2024-01-31'), (25, 'b', '2024-02-01', '2024-01-31'), (26, 'a', '2023-01-01', '2024-01-31');
INSERT INTO latest VALUES ('earlier', 27, '2024-01-01', 1.10), ('earlier', 28, '2024-01-02', 2), ('later', 27, '2024-01-03', 3), ('later', 28, '2024-01-02', 4),
	('tie', 27, '2024-01-01', 5), ('tie', 28, '2024-01-01', 6), ('alone', 27, NULL, 7), ('null', 27, NULL, 8), ('null', 28, '2024-01-01', 9),
	('written', 29, '2024-01-01', 1), ('gone', 29, '2024-01-01', 2), ('kept', 29, '2024-01-01', 3), ('aside', 29, '2024-01-01', 4), ('aside', 30, '2023-01-01', 5);
CREATE TEMP TABLE settled_before AS SELECT to_jsonb(e) AS r FROM equal e UNION ALL SELECT to_jsonb(f) FROM first f UNION ALL SELECT to_jsonb(l) FROM latest l;
RESET ROLE;
SET LOCAL DateStyle = 'German, DMY';
SELECT results_eq('SELECT (merged(f, f + 1)).verdict::text FROM generate_series(21, 29, 2) f', ARRAY['merged', 'conflict_dependent', 'merged', 'merged', 'merged'], 'a conflict is settled as registered');
SELECT results_eq('SELECT topic, id FROM app.equal WHERE pupil = 22 ORDER BY 1', $$VALUES ('a', 3::bigint), ('b', 2)$$, 'of two equal rows the surviving record''s is kept');
SELECT results_eq('SELECT topic, at FROM app.first WHERE pupil = 26 ORDER BY 1', $$VALUES ('a', '2023-01-01'::timestamptz), ('b', '2024-02-01')$$, 'keep_into keeps its row whatever the other says');
SELECT results_eq('SELECT topic, n FROM app.latest WHERE pupil = 28 ORDER BY 1', $$VALUES ('alone', 7::numeric), ('earlier', 2), ('later', 3), ('null', 9), ('tie', 6)$$, 'keep_latest keeps the later one, and the surviving record''s of two of the same time');
SELECT results_eq($$SELECT relation::text, count(*) FILTER (WHERE moved), count(*) FILTER (WHERE NOT moved), count(copy) FROM moved_row r JOIN dependent d ON d.id = r.dependent
	WHERE relation::text = ANY ('{equal,first,latest}') GROUP BY 1 ORDER BY 1$$,
	$$VALUES ('equal', 1::bigint, 1::bigint, 1::bigint), ('first', 1, 1, 1), ('latest', 6, 5, 11)$$, 'what was set aside is kept, and so is what may be written over');
UPDATE app.latest SET seen = '2025-01-01', n = 100 WHERE pupil = 30 AND topic IN ('written', 'aside');
DELETE FROM app.latest WHERE pupil = 30 AND topic = 'gone';
SET LOCAL DateStyle = 'SQL, MDY';
SET LOCAL TimeZone = 'Asia/Tokyo';
SELECT results_eq('SELECT undone(f)::text FROM unnest(ARRAY[21, 25, 27, 29]) f', ARRAY['unmerged', 'unmerged', 'unmerged', 'unmerged'], 'all are undone, under other settings');
RESET TimeZone;
RESET DateStyle;
SELECT results_eq('SELECT topic, pupil, n FROM app.latest WHERE pupil IN (29, 30) ORDER BY 1, 2',
	$$VALUES ('aside', 29::bigint, 4::numeric), ('aside', 30, 100), ('kept', 29, 3), ('written', 29, 1), ('written', 30, 100)$$,
	'what was written over since stays and the copy is back, what was deleted stays deleted, what was set aside yields to a later row');
SELECT bag_eq($$SELECT to_jsonb(e) AS r FROM app.equal e UNION ALL SELECT to_jsonb(f) FROM app.first f UNION ALL SELECT to_jsonb(l) FROM app.latest l WHERE pupil < 29$$,
	$$SELECT r FROM settled_before WHERE coalesce((r ->> 'pupil')::int, 0) < 29$$, 'every other row is back as it was, generated columns and all');

-- Registered again, or not any more, or gone.
SET LOCAL ROLE dep_owner;
INSERT INTO note (pupil, topic) VALUES (31, 'a'), (33, 'a');
SELECT register_dependent('app.note', 'pupil') \g /dev/null
RESET ROLE;
SELECT is((merged(31, 32)).verdict, 'merged');
SELECT is((merged(33, 34)).verdict, 'merged');
SELECT unregister_dependent('app.note', 'pupil') \g /dev/null
SELECT is(undone(31), 'unmerged');
SELECT is((SELECT pupil FROM app.note WHERE id = (SELECT min(id) FROM app.note)), 32::bigint, 'a table that was unregistered stays as it is');
SELECT register_dependent('app.note', 'pupil', 'keep_into') \g /dev/null
SELECT is(undone(33), 'unmerged');
SELECT is((SELECT pupil FROM app.note WHERE id = (SELECT max(id) FROM app.note)), 33::bigint, 'one that was registered again is undone');
ALTER TABLE app.first OWNER TO dep_other;
SELECT is((failure_of('SELECT merged(35, 36)')).sqlstate, 'LR053', 'a table that has another owner stops the merge');
ALTER TABLE app.first OWNER TO dep_owner;
ALTER TABLE app.first RENAME pupil TO child;
SELECT is((failure_of('SELECT merged(35, 36)')).message, 'table "first" cannot follow a pupil', 'and so does one without its column');
DROP TABLE app.first;
ALTER SCHEMA app RENAME TO renamed;
SELECT is((merged(35, 36)).verdict, 'merged', 'one that was dropped is none any more, and a schema may have another name');
ALTER SCHEMA renamed RENAME TO app;
INSERT INTO app.note (pupil, topic) VALUES (37, 'a'), (37, 'b');
SELECT results_eq($$SELECT verdict::text, detail FROM erase_identity(account(37), 'test')$$, $$VALUES ('dependents_remain', '[{"table": "app.note", "rows": 2}]'::jsonb)$$, 'an erasure is told of them');

-- The attack: an owner whose triggers wait for somebody with more rights.
SET LOCAL ROLE dep_owner;
CREATE TABLE said (who name, path text, what text);
GRANT INSERT ON said TO PUBLIC;
CREATE FUNCTION attack() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO app.said SELECT current_user, current_setting('search_path'), TG_OP;
	PERFORM set_config('search_path', 'app, pg_catalog', false), set_config('row_security', 'on', false);
	BEGIN
		EXECUTE 'ALTER ROLE dep_owner SUPERUSER';
	EXCEPTION WHEN OTHERS THEN
		INSERT INTO app.said SELECT current_user, SQLSTATE, 'superuser';
	END;
	BEGIN
		EXECUTE 'RESET ROLE';
	EXCEPTION WHEN OTHERS THEN
		INSERT INTO app.said SELECT current_user, SQLSTATE, 'reset';
	END;
	BEGIN
		PERFORM leerid.merge(NULL, NULL, 'x');
	EXCEPTION WHEN OTHERS THEN
		INSERT INTO app.said SELECT current_user, SQLSTATE, 'merge';
	END;
	RETURN coalesce(NEW, OLD);
END
$$;
CREATE FUNCTION app.evil(text, text) RETURNS boolean LANGUAGE plpgsql AS $$BEGIN INSERT INTO app.said VALUES (current_user, '', 'operator'); RETURN true; END$$;
CREATE OPERATOR app.= (LEFTARG = text, RIGHTARG = text, FUNCTION = app.evil);
CREATE TRIGGER attack BEFORE INSERT OR UPDATE OR DELETE ON equal FOR EACH ROW EXECUTE FUNCTION attack();
RESET ROLE;
ALTER TABLE app.equal DISABLE TRIGGER attack;
INSERT INTO app.equal (pupil, topic, text) VALUES (41, 'a', 'x'), (41, 'b', 'x'), (42, 'a', 'x');
ALTER TABLE app.equal ENABLE TRIGGER attack;
SELECT is((merged(41, 42)).verdict, 'merged', 'a merge runs the triggers of a table');
SELECT is(undone(41), 'unmerged', 'and so does its undoing');
SELECT results_eq('SELECT DISTINCT who FROM app.said', $$VALUES ('dep_owner'::name)$$, 'as the table''s owner and nobody else');
SELECT results_eq($$SELECT what, path FROM app.said ORDER BY what COLLATE "C", 2$$,
	$$VALUES ('DELETE', 'pg_catalog, pg_temp'), ('INSERT', 'pg_catalog, pg_temp'), ('UPDATE', 'pg_catalog, pg_temp'), ('UPDATE', 'pg_catalog, pg_temp'),
		('merge', '42501'), ('merge', '42501'), ('merge', '42501'), ('merge', '42501'), ('reset', '42501'), ('reset', '42501'), ('reset', '42501'), ('reset', '42501'),
		('superuser', '42501'), ('superuser', '42501'), ('superuser', '42501'), ('superuser', '42501')$$, 'with a fixed path each time, whatever the last one set, and none gets anywhere');
SELECT ok(NOT rolsuper, 'so that the owner is no superuser') FROM pg_roles WHERE rolname = 'dep_owner';
SELECT is(current_setting('search_path'), 'app, leerid, public', 'the caller''s settings are as they were');
SELECT is(current_user::text, session_user::text, 'and so is the role');
DROP TRIGGER attack ON app.equal;
CREATE CONSTRAINT TRIGGER attack AFTER UPDATE ON app.equal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION app.attack();
INSERT INTO app.equal (pupil, topic, text) VALUES (43, 'a', 'x');
SELECT is((failure_of('SELECT merged(43, 44)')).message, 'cannot fire deferred trigger within security-restricted operation', 'nothing is left to run later with the caller''s rights');
DROP TRIGGER attack ON app.equal;
CREATE FUNCTION app.keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$;
CREATE TRIGGER keep BEFORE UPDATE ON app.equal FOR EACH ROW EXECUTE FUNCTION app.keep();
SELECT is((failure_of('SELECT merged(43, 44)')).message, 'rows of table app.equal did not follow their pupil', 'a trigger that keeps rows back stops the merge');
DROP TRIGGER keep ON app.equal;

-- Whoever may create an index runs nothing as leerid's owner.
SET ROLE dep_owner;
CREATE FUNCTION app.constant(integer) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$
BEGIN
	IF current_user <> 'dep_owner' THEN
		INSERT INTO app.said VALUES (current_user, '', 'constant');
	END IF;
	RETURN true;
END
$$;
CREATE INDEX ON app.equal (pupil) WHERE app.constant(1);
CREATE UNIQUE INDEX ON app.equal (pupil, topic, (app.constant(2)));
RESET ROLE;
SELECT is((merged(43, 44)).verdict, 'merged', 'a merge reads the indexes of a table');
SELECT is_empty($$SELECT who FROM app.said WHERE what = 'constant'$$, 'and what they fold is run as its owner');

-- A table that is not registered loses no rows either.
SET ROLE dep_owner;
CREATE TABLE app.cascading (id bigint PRIMARY KEY, pupil bigint REFERENCES leerid.leerling ON DELETE CASCADE);
CREATE TABLE app.emptying (id bigint PRIMARY KEY, pupil bigint REFERENCES leerid.leerling ON DELETE SET NULL);
RESET ROLE;
INSERT INTO app.cascading VALUES (1, 51), (2, 52);
INSERT INTO app.emptying VALUES (1, 53);
SELECT is((merged(51, 52)).detail, '[{"rows": ["not registered"], "table": "app.cascading"}]', 'rows that a foreign key would take away are in the way');
SELECT is((merged(53, 52)).verdict, 'conflict_dependent', 'and those that would lose their pupil');
SELECT is((merged(54, 52)).verdict, 'merged', 'others merge as ever');
SELECT is(undone(54), 'unmerged', 'and part');
SELECT is((erase_identity(account(51), 'x')).verdict, 'dependents_remain', 'nor does erasing take rows away');

-- Settings by which a key would print otherwise.
SET ROLE dep_owner;
CREATE TABLE app.odd (pupil bigint REFERENCES leerid.leerling, relation regclass, PRIMARY KEY (pupil, relation));
SELECT register_dependent('app.odd', 'pupil');
RESET ROLE;
INSERT INTO app.odd VALUES (55, 'app.odd');
SELECT is((merged(55, 56)).verdict, 'merged', 'a key whose text depends on a setting');
SET LOCAL quote_all_identifiers = on;
SELECT is(undone(55), 'unmerged', 'is found again');
SELECT results_eq('SELECT pupil FROM app.odd', ARRAY[55::bigint], 'under another one');
RESET quote_all_identifiers;

SELECT * FROM finish();
ROLLBACK;
