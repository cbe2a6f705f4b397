# Every target is enough by itself on a fresh machine: it fetches, builds and then works; what is there already is kept.

.PHONY: demo demo-llm build models test test-trainers test-dashboard test-slurm soak soak-serving bench memory compare-decoder compare-methods first-spaces compare-exports test-exports fuzz sanitize format lint setup

demo: build
	@scripts/demo.sh

# LoRA on SmolLM2-135M-Instruct: some trials, and what the best answers.
demo-llm: build models
	@scripts/demo-llm.sh

build: setup
	swift build -c release --product autolora

# Both models: all-MiniLM-L6-v2 (90 MB), which `make setup` fetches too, and SmolLM2-135M-Instruct (98 MB).
models:
	@python3 scripts/fetch-model.py all-MiniLM-L6-v2 smollm2

test: setup lint
	@scripts/test.sh

# The real trainers (peft, trl, llama-factory, axolotl, mlx-lm), and wandb with Hydra and Optuna, in environments of their own: some GB, and half an hour. Some of them, say:
# make test-trainers TRAINERS="peft trl"
test-trainers: setup
	@scripts/test-trainers.sh $(TRAINERS)

# The dashboard in a real Chromium, which it installs. What it saw is kept with: make test-dashboard PICTURES=folder
test-dashboard: setup
	@PICTURES=$(PICTURES) scripts/test-dashboard.sh

# Studies on a throw-away Slurm cluster of this machine, which it installs and starts (as root). Some, say: make test-slurm TESTS="studies.Refusals"
test-slurm: setup
	@scripts/test-slurm.sh $(TESTS)

# make soak KILLS=200 SEED=1
soak: setup
	@scripts/soak.sh $(KILLS) $(SEED)

# Eight clients on four adapters of SmolLM2: every answer held against the one given alone, throughput, memory. make soak-serving MINUTES=10
soak-serving: build models
	@scripts/soak-serving.sh $(MINUTES)

bench: build
	@scripts/bench.sh

# SmolLM2 beside peft, trl and transformers: losses, adapters both ways, greedy texts; a quarter of an hour. Some of it, say:
# make compare-decoder ONLY="packed texts"
compare-decoder: build models
	@scripts/compare-decoder.sh $(ONLY)

# Every way of tuning beside peft, the newest and 0.11, and AdapterHub: losses, and adapters both ways; an hour. Some ways, say:
# make compare-methods ONLY="dora pissa". One peer: make compare-methods PEERS=peft-0.11
compare-methods: build models
	@PEERS="$(PEERS)" scripts/compare-methods.sh $(ONLY)

# `autolora init` on data files of five forms: what it writes is checked and run as it is.
first-spaces: build models
	@python3 scripts/make-instructions.py
	@python3 scripts/fetch-reviews.py
	@python3 Benchmarks/first_spaces.py

# A study's exports in Optuna, optuna-dashboard, TensorBoard and pandas: a minute.
compare-exports: build
	@scripts/compare-exports.sh

# Exported models in transformers with PEFT, llama.cpp and mlx-lm.
test-exports: build models
	@scripts/test-exports.sh

# The memory that is planned for a trial beside the peak that it has, for configurations of both models.
memory: build models
	@python3 scripts/make-instructions.py
	@python3 Benchmarks/memory.py

# Mutated inputs, 100,000 of each format; one format, say: make fuzz FUZZ="--format space --count 5000 --seed 3".
fuzz: setup
	@scripts/fuzz.sh $(FUZZ)

# The tests under the address and the thread sanitizer, in builds of their own.
sanitize: setup
	@scripts/sanitize.sh

format:
	swift format format --in-place --recursive Sources Tests Benchmarks Package.swift

lint:
	swift format lint --strict --recursive Sources Tests Benchmarks Package.swift

setup:
	@scripts/system-packages.sh
	@python3 scripts/fetch-model.py
	@python3 scripts/fetch-reviews.py
	@python3 scripts/fetch-plotly.py
