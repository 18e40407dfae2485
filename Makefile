# make demo    install what is missing and start the demo: everything simulated, nothing real
# make test    install what is missing, with the tests' services, and run all tests
# make check   format, lint, types, direction of imports
# make soak    long campaigns        make bench     measurements, as ratios
# make lock    remake locks/         make pictures  pictures of the screens, for docs/
# make format  put the code into shape    make clean  remove what was made

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test check soak bench lock pictures format clean runtime dev catalogues

BIN := .venv/bin
PO := $(wildcard counter_tui/locale/*/LC_MESSAGES/*.po)
MO := $(addsuffix counter_tui.mo,$(sort $(dir $(PO))))
ARGS ?=

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

demo: runtime catalogues
	@echo "== Starting the demo: simulated cards, reader, printer and library"
	@exec $(BIN)/counter-tui --demo

test:
	@sh tools/install.sh test
	@$(MAKE) --no-print-directory catalogues
	@echo "== Running all tests"
	@$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

check: dev catalogues
	@echo "== Format" && $(BIN)/ruff format --check .
	@echo "== Lint" && $(BIN)/ruff check .
	@echo "== Types" && $(BIN)/mypy
	@echo "== Direction of imports" && $(BIN)/lint-imports --no-logo

soak:
	@sh tools/install.sh test
	@$(MAKE) --no-print-directory catalogues
	@echo "== Running the long campaigns"
	@$(BIN)/python -m pytest -m soak --hypothesis-profile=soak $(ARGS)

bench:
	@sh tools/install.sh test
	@$(MAKE) --no-print-directory catalogues
	@echo "== Measuring; leave the machine alone meanwhile"
	@$(BIN)/python -m benchmarks.startup
	@$(BIN)/python -m benchmarks.scan_bytes
	@$(BIN)/python -m benchmarks.touch
	@$(BIN)/python -m benchmarks.revocation_lists
	@$(BIN)/python -m benchmarks.patron_search
	@$(BIN)/python -m benchmarks.renewal

pictures:
	@sh tools/install.sh pictures
	@$(MAKE) --no-print-directory catalogues
	@echo "== Taking pictures of the screens"
	@$(BIN)/python -m tools.pictures
	@$(BIN)/python -m tools.slip_pictures
	@$(BIN)/python -m tools.command_sheet

lock:
	@echo "== Resolving versions"
	@sh tools/lock.sh $(ARGS)

format: dev
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	rm -f counter_tui/locale/*/LC_MESSAGES/*.mo

runtime:
	@sh tools/install.sh runtime

dev:
	@sh tools/install.sh dev

catalogues: $(MO)
	@:

$(MO): $(PO) tools/catalogues.py
	@echo "== Compiling the language catalogues"
	@$(BIN)/python tools/catalogues.py
