# What people type. The build itself is CMake's (CMakePresets.json); this file is thin.
#
#   make run      installs what is missing, builds, and shows a primary and its replicas: written to, killed, compared (DEMO=--keep)
#   make run-mariadb  shows a live MariaDB server followed into SQLite
#   make test     installs what is missing, builds, and runs every test and check there is
#   make soak     the long form of the fault tests, for SOAK_MINUTES (120): every point, many kills and power cuts, a long run
#   make bugs     builds in each seeded bug of src/base/bug.def, and wants a test to catch it
#   make bench    the same for the benchmarks: binlogd beside its peers, in one run
#   make install  builds, and installs the program, its manual page and a service file (PREFIX, DESTDIR)
#   make deps     installs what a build needs, nothing else
#   make clean    removes build/
PREFIX ?= /usr/local
DESTDIR ?=
DEMO ?=
JOBS ?= $(shell nproc)
B := build

CMAKE := cmake -G Ninja -S .
BUILD := cmake --build
RELEASE := -DCMAKE_BUILD_TYPE=Release
ACROSS_FILES := -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON
DEBUG := -DCMAKE_BUILD_TYPE=Debug

.PHONY: all run run-mariadb test soak bugs bench install clean deps release

all: release

deps:
	@tools/deps.sh build

release:
	@$(CMAKE) -B $(B)/release $(RELEASE) $(ACROSS_FILES) -DBINLOGD_TESTS=none >/dev/null
	@$(BUILD) $(B)/release --target binlogd -j $(JOBS)

run:
	@tools/deps.sh build demo
	@$(MAKE) --no-print-directory release
	@$(B)/release/src/binlogd demo $(DEMO)

run-mariadb:
	@tools/deps.sh build demo
	@$(MAKE) --no-print-directory release
	@BINLOGD=$(B)/release/src/binlogd python3 tools/demo.py

# Unit, property, crash and fuzz-replay tests run under the address and undefined-behaviour sanitizers,
# those of layers with threads under the thread sanitizer too; each fuzz target runs for a minute
# (FUZZ_SECONDS); end-to-end tests run the release build.
# One CTest run holds them all.
test:
	@tools/deps.sh build demo test
	@tools/test-servers.sh
	@tools/test-clients.sh
	@$(CMAKE) -B $(B)/asan $(DEBUG) -DBINLOGD_ASAN=ON -DBINLOGD_TEST_PREFIX=asan. >/dev/null
	@$(BUILD) $(B)/asan -j $(JOBS)
	@$(CMAKE) -B $(B)/tsan $(DEBUG) -DBINLOGD_TSAN=ON -DBINLOGD_TEST_PREFIX=tsan. -DBINLOGD_TESTS=threaded >/dev/null
	@$(BUILD) $(B)/tsan -j $(JOBS)
	@$(CMAKE) -B $(B)/live $(DEBUG) -DCMAKE_C_COMPILER=clang -DBINLOGD_FUZZ=ON -DBINLOGD_TEST_PREFIX=clang. -DBINLOGD_TESTS=fuzz >/dev/null
	@$(BUILD) $(B)/live -j $(JOBS)
	@$(CMAKE) -B $(B)/test $(RELEASE) -DBINLOGD_TESTS=none -DBINLOGD_E2E=ON -DBINLOGD_CHECKS=ON \
		"-DBINLOGD_OTHER_BUILDS=$(CURDIR)/$(B)/asan;$(CURDIR)/$(B)/tsan;$(CURDIR)/$(B)/live" >/dev/null
	@$(BUILD) $(B)/test -j $(JOBS)
	@python3 test/lib/e2e.py --missing
	@ctest --test-dir $(B)/test -j $(JOBS) --output-on-failure

# Half of the time goes to the sweep over all points, a quarter to a run that must not grow, the rest to kills under load and
# power cuts, at some 2 and 4 seconds each.
SOAK_MINUTES ?= 120
soak:
	@tools/deps.sh build demo test
	@tools/test-servers.sh
	@$(CMAKE) -B $(B)/test $(RELEASE) -DBINLOGD_TESTS=none -DBINLOGD_E2E=ON >/dev/null
	@$(BUILD) $(B)/test -j $(JOBS)
	@BINLOGD_SWEEP=all BINLOGD_SWEEP_MINUTES=$$(($(SOAK_MINUTES) / 2)) BINLOGD_LONG_MINUTES=$$(($(SOAK_MINUTES) / 4)) BINLOGD_TEST_KILLS=$$(($(SOAK_MINUTES) * 3)) \
		BINLOGD_POWER_CUTS=$(SOAK_MINUTES) BINLOGD_REPLICA_KILLS=$$(($(SOAK_MINUTES) * 2)) \
		ctest --test-dir $(B)/test -R '^e2e\.(points|kill|power|replica_kills|large_file|long_run)$$' --timeout $$(($(SOAK_MINUTES) * 120)) -V | grep -v '^UpdateCTest'

bugs:
	@tools/deps.sh build test
	@python3 test/bugs.py $(B)/bugs

bench:
	@tools/deps.sh build demo test bench
	@tools/test-servers.sh
	@$(CMAKE) -B $(B)/release $(RELEASE) $(ACROSS_FILES) -DBINLOGD_TESTS=none >/dev/null
	@$(BUILD) $(B)/release --target binlogd bench_programs -j $(JOBS)
	@python3 bench/run.py --build $(B)/release $(BENCH)

install: release
	install -D -m 755 $(B)/release/src/binlogd $(DESTDIR)$(PREFIX)/bin/binlogd
	$(B)/release/src/binlogd help man | install -D -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/share/man/man1/binlogd.1
	sed 's#/usr/local/#$(PREFIX)/#' packaging/binlogd.service | install -D -m 644 /dev/stdin $(DESTDIR)$(PREFIX)/lib/systemd/system/binlogd.service
	install -D -m 644 packaging/binlogd.cnf $(DESTDIR)$(PREFIX)/share/doc/binlogd/binlogd.cnf

clean:
	rm -rf $(B)
