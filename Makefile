# leerid: see README.md.  Everyday words: make, make install, make demo, make test.

PG_CONFIG ?= pg_config

EXTENSION = leerid
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" leerid.control)

MODULE_big = leerid
OBJS = $(patsubst %.c,%.o,$(sort $(wildcard src/*.c)))

# The install script is joined from its parts, in this order.
SQL_PARTS = \
	sql/00-schema.sql \
	sql/05-roles.sql \
	sql/10-partial_date.sql \
	sql/20-insz.sql \
	sql/30-instellingsnummer.sql \
	sql/40-kbo_number.sql \
	sql/50-schooljaar.sql \
	sql/60-leerplicht.sql \
	sql/70-calendar.sql \
	sql/80-code_lists.sql \
	sql/81-party.sql \
	sql/82-protocol.sql \
	sql/83-registry.sql \
	sql/84-protocol_functions.sql \
	sql/85-gate.sql \
	sql/86-school.sql \
	sql/87-dossier.sql \
	sql/88-data_subject.sql \
	sql/89-force.sql \
	sql/90-login.sql \
	sql/91-identity.sql \
	sql/92-dependent.sql \
	sql/93-resolve.sql \
	sql/94-check_identity.sql \
	sql/95-identity_feed.sql
DATA_built = sql/leerid--$(EXTVERSION).sql
DATA = $(filter-out $(DATA_built),$(wildcard sql/leerid--*.sql))
EXTRA_CLEAN = $(DATA_built) results output_iso tmp_check regression.diffs regression.out leerid-*.zip

REGRESS = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS_OPTS = --inputdir=test --load-extension=btree_gist --load-extension=leerid
ISOLATION = $(patsubst test/specs/%.spec,%,$(sort $(wildcard test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test --outputdir=. --load-extension=btree_gist --load-extension=leerid

# pg_regress would run sql/NAME.sql in the place of test/sql/NAME.sql.
ifneq (,$(filter $(notdir $(wildcard sql/*.sql)),$(notdir $(wildcard test/sql/*.sql))))
$(error a part in sql/ has the name of a test in test/sql/)
endif

.DEFAULT_GOAL := all

# PostgreSQL's build rules, where its server headers are installed.
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifneq (,$(wildcard $(PGXS)))
include $(PGXS)

# PostgreSQL's own headers are not ours to warn about.
override CPPFLAGS := -isystem $(includedir_server) $(CPPFLAGS) -DLEERID_VERSION='"$(EXTVERSION)"'
override CFLAGS += -Wall -Wextra -std=gnu11

$(OBJS): $(wildcard src/*.h) leerid.control

$(DATA_built): $(SQL_PARTS) sql/scalar.sql.in sql/join.awk leerid.control
	awk -v template=sql/scalar.sql.in -f sql/join.awk $(SQL_PARTS) > $@.tmp && mv $@.tmp $@

else
all install installcheck clean:
	@echo "leerid: no PostgreSQL server headers found by PG_CONFIG=$(PG_CONFIG); install them, or let make test do it" >&2; exit 1
endif

# These install what is missing, PostgreSQL too.
.PHONY: demo test test-harness test-matrix fuzz bench lint reference dist dist-check
demo test test-harness test-matrix bench reference dist-check: export PG_CONFIG := $(PG_CONFIG)
demo:        ; @test/demo.sh
test:        ; @test/run.sh
test-harness: ; @test/harness.sh
test-matrix: ; @test/matrix.sh
fuzz:        ; @test/fuzz/run.sh
bench:       ; @bench/run.sh
lint:        ; @test/lint.sh
reference:   ; @test/reference.sh
dist-check:  ; @test/dist.sh
dist:
	git archive --format=zip --prefix=leerid-$(EXTVERSION)/ -o leerid-$(EXTVERSION).zip HEAD
