-- The map that resolve() is measured on: two pupils in ten have no INSZ, and each
-- pupil two or three accounts, random ones, as they are in life.  One in ten went
-- through a merge.  Variables: pupils, accounts.  Test identities only.
\set QUIET on
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION leerid CASCADE;
SET search_path = leerid, public;
SET maintenance_work_mem = '1GB';
SET max_parallel_maintenance_workers = 0;
\ir measure.sql
\i test/fixture/functions.psql

SET session_replication_role = replica;
INSERT INTO leerling (id, leer_id_uuid, insz, naam, voornaam, made_at)
SELECT p, CASE WHEN p % 10 >= 2 THEN gen_random_uuid() END, CASE WHEN p % 10 >= 2 THEN fixture.insz(p) END, 'Naam' || p, 'Voornaam' || p % 1000, '2025-01-01'
FROM generate_series(1, :pupils) p;
-- the account's key follows from its number, so that a client can make it: see resolve.sh
INSERT INTO account (account_uuid, leerling, principal, without_insz, made_at)
SELECT rpad((1000000000 + a * 48271::bigint % 2147483647)::text, 32, '0')::uuid, 1 + a % :pupils, a < :pupils, (1 + a % :pupils) % 10 < 2, '2025-01-01' FROM generate_series(0, :accounts - 1) a;
INSERT INTO identity_history (key, operation, at, account, from_leerling, to_leerling)
SELECT rpad((1000000000 + a * 48271::bigint % 2147483647)::text, 32, '0')::uuid, a, '2025-06-01', true, 2000000000 + a, 1 + a % :pupils FROM generate_series(0, :accounts - 1, 10) a;
INSERT INTO absorbed_leerling (id, into_leerling, operation, naam, voornaam, made_at)
SELECT from_leerling, to_leerling, operation, 'Naam', 'Voornaam', '2025-01-01' FROM identity_history;
SET session_replication_role = origin;

-- Others in each round, so that no round finds warm what the one before asked.
CREATE TABLE public.asked (list integer PRIMARY KEY, keys uuid[]);
INSERT INTO public.asked SELECT list, ARRAY(SELECT rpad((1000000000 + (hashint8(list * 1000000 + n) & 2147483647) % :accounts::bigint * 48271 % 2147483647)::text, 32, '0')::uuid
	FROM generate_series(1, least(100000, :accounts)) n)
FROM generate_series(0, 40) list;
CREATE SEQUENCE public.list MINVALUE 0 MAXVALUE 40 START 0 CYCLE;
VACUUM ANALYZE;
