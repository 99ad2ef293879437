# make demo: hear a tune.  make test: everything is checked.  make train export: a model of your own
# (CORPUS="my tunes.abc" for your own file or folder, FROM=exported/folk.onnx to fine-tune on it, RECIPE=my.toml, NAME=of-the-run, SET="training.epochs=50 ...", EPOCH=12 to export another epoch than the best, FORCE=1 to replace a model of ours, GPUS=4 for several processes, ARGS="more options").
.NOTPARALLEL:
.PHONY: demo test lint train export quality bench bench-train bench-gpu clean
BIN := .venv/bin
# Empty unless the command line names them: in the environment, WSL's name of the machine is called so.
NAME :=
FROM :=
GPUS :=
EPOCH :=
WHICH = $(if $(CORPUS),--corpus "$$CORPUS") $(if $(RECIPE),--recipe "$$RECIPE") $(if $(NAME),--name "$$NAME") \
  $(if $(filter --name%,$(ARGS)),$(error name the run by NAME=..., which export is told, too))
# What of SET an export takes: behind a training in the same call, that has taken the rest.
LATE = $(if $(filter train,$(MAKECMDGOALS)),$(filter generation.%,$(SET)),$(SET))
# Several processes, each with a card of its own where there are cards, or one without torchrun.
START = $(BIN)/$(if $(filter-out 0 1,$(GPUS)),torchrun --standalone --nproc-per-node $(GPUS),python)
# glibc gives every large tensor back to the kernel and faults it in again; keeping it saves those faults (the gain in speed is not measured alone).
train bench-train: export GLIBC_TUNABLES := glibc.malloc.hugetlb=1:glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=17179869184

demo: .venv/.runtime ; @$(BIN)/abcrun generate --valid --out out
# Hundreds of tests start a program of ours, which Python else compiles anew each time.
test: lint ; env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n auto --dist worksteal
lint: .venv/.develop ; $(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports
train: .venv/.train ; $(START) -m abctrain train $(WHICH) $(if $(FROM),--from "$$FROM") $(foreach setting,$(SET),--set '$(setting)') $(ARGS)
export: .venv/.train ; $(BIN)/python -m abctrain export $(if $(RUN),--run "$$RUN",$(WHICH)) $(if $(EPOCH),--epoch "$$EPOCH") $(foreach setting,$(LATE),--set '$(setting)') $(if $(FORCE),--force)
quality: .venv/.train ; $(BIN)/python -m abctrain evaluate $(if $(MODEL),"$$MODEL") $(if $(CORPUS),--corpus "$$CORPUS") $(ARGS)
bench: .venv/.develop ; $(BIN)/python -m tests.bench.peers
bench-train: .venv/.train ; $(BIN)/python -m abctrain bench
bench-gpu: .venv/.train ; $(BIN)/python -m tests.bench.gpu $(ARGS)
clean: ; rm -rf .venv out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
.venv/.%: pyproject.toml tools/environment ; @tools/environment $*
