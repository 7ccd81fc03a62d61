-- The data that merging is measured on: of two pupils in turn one has an INSZ
-- and three accounts, and the other, who proves the same child, has none and
-- two; each is enrolled.  Variable: pupils.  Test identities only.
\set QUIET on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION leerid CASCADE;
ALTER DATABASE identity SET search_path = leerid, public;
SET search_path = leerid, public;
SET maintenance_work_mem = '1GB';
\ir measure.sql
\i test/fixture/functions.psql
-- a protocol with a feed is in force, so that merges keep events for it
\i test/fixture/protocols.psql

INSERT INTO instelling SELECT s::integer::instellingsnummer, 'School ' || s, 'gesubsidieerd' FROM generate_series(1, 4000) s;
ALTER TABLE inschrijving DROP CONSTRAINT inschrijving_once;
SET session_replication_role = replica;
INSERT INTO leerling (id, leer_id_uuid, insz, naam, voornaam)
SELECT p, CASE WHEN p % 2 = 0 THEN gen_random_uuid() END, CASE WHEN p % 2 = 0 THEN fixture.insz(p) END, 'Naam' || p, 'Voornaam' || p % 1000
FROM generate_series(1, :pupils) p;
INSERT INTO account (account_uuid, leerling, principal, without_insz, historic)
SELECT md5(p || '.' || n)::uuid, p, n = 0, p % 2 = 1, false FROM generate_series(1, :pupils) p, generate_series(0, 2) n WHERE n < 2 OR p % 2 = 0;
INSERT INTO inschrijving (leerling, instellingsnummer, begindatum, schooljaar, niveau, bron_sleutel)
SELECT p, (1 + p / 30 % 4000)::integer::instellingsnummer, today() - 100, '2025-2026', 'lager', p FROM generate_series(1, :pupils) p;
SET session_replication_role = origin;
SELECT setval('leerling_id_seq', :pupils + 1) \g /dev/null
-- as the extension makes it; built at once, it takes a tenth of the time
ALTER TABLE inschrijving ADD CONSTRAINT inschrijving_once EXCLUDE USING gist (leerling WITH =, (instellingsnummer::integer) WITH =,
	(coalesce(bron_sleutel, '')) WITH =, daterange(begindatum, einddatum, '[]') WITH &&);

-- The pairs in an order of their own, so that rows of one page are not merged together.
CREATE TABLE pair AS SELECT row_number() OVER (ORDER BY md5(p::text)) AS n, md5((2 * p - 1) || '.0')::uuid AS from_account, md5(2 * p || '.0')::uuid AS into_account,
	2 * p - 1 AS from_leerling, 2 * p AS into_leerling FROM generate_series(2, :pupils / 2) p; -- the first is merged over and over
ALTER TABLE pair ADD PRIMARY KEY (n);
CREATE SEQUENCE next_pair;

-- What the same merges are in plain SQL, without log, history or conflict.
CREATE TABLE absorbed_by_hand (LIKE leerling INCLUDING INDEXES);
CREATE FUNCTION merge_by_hand(first bigint, size integer) RETURNS bigint LANGUAGE sql AS $$
	UPDATE account a SET leerling = p.into_leerling, principal = false, historic = true, changed_at = clock_timestamp()
	FROM pair p WHERE p.n BETWEEN first AND first + size - 1 AND a.leerling = p.from_leerling;
	UPDATE inschrijving i SET leerling = p.into_leerling FROM pair p WHERE p.n BETWEEN first AND first + size - 1 AND i.leerling = p.from_leerling;
	WITH gone AS (DELETE FROM leerling l USING pair p WHERE p.n BETWEEN first AND first + size - 1 AND l.id = p.from_leerling RETURNING l.*)
	INSERT INTO absorbed_by_hand SELECT * FROM gone;
	SELECT count(*) FROM pair p WHERE p.n BETWEEN first AND first + size - 1;
$$;
-- As many rows as one merge() writes, in one transaction.
CREATE TABLE log_by_hand (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, op uuid UNIQUE DEFAULT gen_random_uuid(), kind text, at timestamptz, key uuid, f bigint, t bigint);
CREATE INDEX ON log_by_hand (t);
VACUUM ANALYZE;
CHECKPOINT;
