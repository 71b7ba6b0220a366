# The front desk over Meson: `make help`. Each target builds in its own directory under build/.

SETUP := meson setup
DEBUG_OPTIONS := --buildtype=debug -Db_sanitize=address,undefined
FUZZ_SECONDS ?= 60
LISTEN ?= 127.0.0.1:8080

.PHONY: debug help check release api fuzz bench trial nightly format lint run tsan clean

## debug      (default) build with ASan and UBSan in build/debug, run the unit tests
debug: build/debug/build.ninja
	ninja -C build/debug
	meson test -C build/debug --no-rebuild --print-errorlogs

## help       this list
help:
	@sed -n 's/^## /  make /p' Makefile

## check      all that script/test runs
check:
	script/test

## release    the program for use: build/release/pimento
release: build/release/build.ninja
	ninja -C build/release pimento

## api        only the API scenarios, on the debug build (one file: make api FILES=tests/api/x.http)
api: build/debug/build.ninja
	ninja -C build/debug
	python3 tests/api/run.py --binary build/debug/pimento $(FILES)
	python3 tests/api/run.py --binary build/debug/pimento --engine server $(FILES)

## fuzz       every fuzz target for FUZZ_SECONDS (60), with clang
fuzz: build/fuzz/build.ninja
	ninja -C build/fuzz fuzzers
	tools/run_fuzzers build/fuzz $(FUZZ_SECONDS)

## bench      product against floor, growth, connections: prints the table of ratios
bench: release
	bench/run --binary build/release/pimento

## trial      what needs real catalogues, root or a long time: crash rounds, bulk loads
trial: release debug
	tests/trial/run --binary build/release/pimento

## tsan       unit tests and API scenarios under ThreadSanitizer
tsan: build/tsan/build.ninja
	ninja -C build/tsan
	meson test -C build/tsan --no-rebuild --print-errorlogs
	python3 tests/api/run.py --binary build/tsan/pimento

## nightly    gcc -fanalyzer, clang-tidy, TSan, ten minutes of each fuzz target
nightly: lint tsan
	[ -e build/analyzer/build.ninja ] || meson setup build/analyzer -Danalyzer=true -Dwerror=true
	ninja -C build/analyzer
	$(MAKE) fuzz FUZZ_SECONDS=600

## format     clang-format over all C and C++ files
format:
	git ls-files -co --exclude-standard '*.c' '*.h' '*.cpp' | xargs clang-format -i

## lint       clang-tidy and the two checks of tools/
lint: build/lint/build.ninja
	tools/check_layers
	tools/check_style
	ninja -C build/lint
	run-clang-tidy -quiet -p build/lint "$(CURDIR)/src/.*\.c$$"

## run        release build on LISTEN (127.0.0.1:8080) with demo data in var/data
run: release
	build/release/pimento serve --data var/data --listen $(LISTEN) --demo

## clean      away with build/; data in var/ stays
clean:
	rm -rf build

build/debug/build.ninja:
	$(SETUP) build/debug $(DEBUG_OPTIONS)

build/release/build.ninja:
	$(SETUP) build/release --buildtype=release

build/tsan/build.ninja:
	$(SETUP) build/tsan --buildtype=debugoptimized -Db_sanitize=thread

build/lint/build.ninja:
	CC=clang CXX=clang++ $(SETUP) build/lint --buildtype=debug

build/fuzz/build.ninja:
	CC=clang CXX=clang++ $(SETUP) build/fuzz --buildtype=debugoptimized -Dfuzzers=true \
	    -Db_sanitize=address,undefined -Db_lundef=false
