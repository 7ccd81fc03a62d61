-- Code lists: a taxonomy that changes, so rows, not constraints.  Rows that the
-- extension brings are marked, and only the others are dumped.
CREATE TABLE onderwijsniveau (
	code			text PRIMARY KEY CHECK (code OPERATOR(pg_catalog.<>) ''),
	standard_entry	boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE onderwijsniveau IS 'Levels of education. LARS protocol, article 2, 1 ("lager en secundair onderwijs"); class protocol, E ("kleuter, basis en secundair onderwijs").';
COMMENT ON COLUMN onderwijsniveau.code IS 'The level.';
COMMENT ON COLUMN onderwijsniveau.standard_entry IS 'Brought by the extension, so not dumped.';
INSERT INTO onderwijsniveau VALUES ('kleuter', true), ('lager', true), ('secundair', true), ('hoger', true), ('volwassenen', true);

CREATE TABLE financiering (
	code			text PRIMARY KEY CHECK (code OPERATOR(pg_catalog.<>) ''),
	eligible		boolean NOT NULL,
	standard_entry	boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE financiering IS 'How the Flemish government stands to a school. Class protocol, article 3: "erkende, gesubsidieerde en gefinancierde scholen".';
COMMENT ON COLUMN financiering.code IS 'The standing.';
COMMENT ON COLUMN financiering.eligible IS 'Whether such a school may share class information (class protocol, article 3).';
COMMENT ON COLUMN financiering.standard_entry IS 'Brought by the extension, so not dumped.';
INSERT INTO financiering VALUES ('erkend', true, true), ('gefinancierd', true, true), ('gesubsidieerd', true, true), ('geen', false, true);

CREATE TABLE administratieve_groep (
	code			integer PRIMARY KEY,
	naam			text NOT NULL,
	niveau			text REFERENCES onderwijsniveau ON UPDATE CASCADE
);
CREATE INDEX administratieve_groep_niveau ON administratieve_groep (niveau);
COMMENT ON TABLE administratieve_groep IS 'Administrative groups as DISCIMUS numbers them: what a pupil is enrolled in. Internal, in no view.';
COMMENT ON COLUMN administratieve_groep.code IS 'DISCIMUS''s number.';
COMMENT ON COLUMN administratieve_groep.naam IS 'DISCIMUS''s name for it.';
COMMENT ON COLUMN administratieve_groep.niveau IS 'Its level of education, where it has one.';

CREATE TABLE categorie (
	code			text PRIMARY KEY CHECK (code OPERATOR(pg_catalog.<>) ''),
	standard_entry	boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE categorie IS 'Categories of certificates in the LED. AGODI protocol, article 3, gegeven 2: "categorie".';
COMMENT ON COLUMN categorie.code IS 'The category.';
COMMENT ON COLUMN categorie.standard_entry IS 'Brought by the extension, so not dumped.';
INSERT INTO categorie VALUES ('Basisonderwijs', true), ('Secundair onderwijs', true), ('Hoger beroepsonderwijs', true), ('Hoger onderwijs', true),
	('Volwassenenonderwijs', true), ('Ondernemersopleidingen', true), ('Ervaringsbewijzen', true);

CREATE TABLE graad (
	code			text PRIMARY KEY CHECK (code OPERATOR(pg_catalog.<>) ''),
	standard_entry	boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE graad IS 'Grades of certificates in the LED. AGODI protocol, article 3, gegeven 2: "graad".';
COMMENT ON COLUMN graad.code IS 'The grade.';
COMMENT ON COLUMN graad.standard_entry IS 'Brought by the extension, so not dumped.';
INSERT INTO graad VALUES ('1ste graad', true), ('2de graad', true), ('3de graad', true), ('3de graad, 7de leerjaar', true), ('OV1', true), ('OV2', true),
	('OV3', true), ('OV4', true), ('Academische bachelor', true), ('Professionele bachelor', true), ('Master', true), ('Licentiaat', true), ('Niet van toepassing', true);

CREATE TABLE onderwijsvorm (
	code			text PRIMARY KEY CHECK (code OPERATOR(pg_catalog.<>) ''),
	standard_entry	boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE onderwijsvorm IS 'Forms of education of certificates in the LED. AGODI protocol, article 3, gegeven 2: "onderwijsvorm".';
COMMENT ON COLUMN onderwijsvorm.code IS 'The form.';
COMMENT ON COLUMN onderwijsvorm.standard_entry IS 'Brought by the extension, so not dumped.';
INSERT INTO onderwijsvorm VALUES ('A', true), ('B', true), ('ASO', true), ('BSO', true), ('KSO', true), ('TSO', true), ('Niet van toepassing', true);

CREATE TABLE type_bewijs (
	code			text PRIMARY KEY CHECK (code OPERATOR(pg_catalog.<>) ''),
	standard_entry	boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE type_bewijs IS 'Types of certificates in the LED. AGODI protocol, article 3, gegeven 2: "type bewijs".';
COMMENT ON COLUMN type_bewijs.code IS 'The type.';
COMMENT ON COLUMN type_bewijs.standard_entry IS 'Brought by the extension, so not dumped.';
INSERT INTO type_bewijs VALUES ('Attest', true), ('Certificaat', true), ('Deelcertificaat', true), ('Diploma', true), ('Gelijkwaardigheid', true),
	('Getuigschrift', true), ('Studiegetuigschrift', true), ('Wettelijk certificaat', true);

CREATE TABLE instantie (
	code			text PRIMARY KEY CHECK (code OPERATOR(pg_catalog.<>) ''),
	standard_entry	boolean NOT NULL DEFAULT false
);
COMMENT ON TABLE instantie IS 'Kinds of bodies that issue certificates, as the LED names them. AGODI protocol, A and article 3, gegeven 2: "instantie".';
COMMENT ON COLUMN instantie.code IS 'The body.';
COMMENT ON COLUMN instantie.standard_entry IS 'Brought by the extension, so not dumped.';
INSERT INTO instantie VALUES ('Basisschool', true), ('Secundaire school', true), ('Examencommissie', true), ('Centrum voor Volwassenenonderwijs (CVO)', true),
	('Hogeschool', true), ('Universiteit', true), ('SYNTRA Vlaanderen', true), ('VDAB', true),
	('Vlaams Subsidieagentschap Werk en Sociale Economie (VSAWSE)', true), ('Niet beschikbaar', true);

SELECT pg_catalog.pg_extension_config_dump('onderwijsniveau', 'WHERE NOT standard_entry');
SELECT pg_catalog.pg_extension_config_dump('financiering', 'WHERE NOT standard_entry');
SELECT pg_catalog.pg_extension_config_dump('administratieve_groep', '');
SELECT pg_catalog.pg_extension_config_dump('categorie', 'WHERE NOT standard_entry');
SELECT pg_catalog.pg_extension_config_dump('graad', 'WHERE NOT standard_entry');
SELECT pg_catalog.pg_extension_config_dump('onderwijsvorm', 'WHERE NOT standard_entry');
SELECT pg_catalog.pg_extension_config_dump('type_bewijs', 'WHERE NOT standard_entry');
SELECT pg_catalog.pg_extension_config_dump('instantie', 'WHERE NOT standard_entry');
