# Every target is enough by itself on a fresh machine: it fetches, builds and then works; what is there already is kept.

.PHONY: demo build test soak bench format lint setup

demo: build
	@scripts/demo.sh

build: setup
	swift build -c release --product autolora

test: setup lint
	@scripts/test.sh

# make soak KILLS=200 SEED=1
soak: setup
	@scripts/soak.sh $(KILLS) $(SEED)

bench: build
	@scripts/bench.sh

format:
	swift format format --in-place --recursive Sources Tests Package.swift

lint:
	swift format lint --strict --recursive Sources Tests Package.swift

setup:
	@scripts/system-packages.sh
	@python3 scripts/fetch-model.py
	@python3 scripts/fetch-reviews.py
