"""What BENCHMARKS.md has to say of a GPU, measured in one go, as Markdown.

    make bench-gpu                                   # under 8 minutes on an H100
    python -m tests.bench.gpu --only steps --only graph

What begins after `MINUTES` is left out, and what fails says why: the rest is measured.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import click
import torch
from torch import Tensor, nn
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

from abcrun import Model
from abcrun.cli.bench import measure, table
from abcrun.errors import AbcrunError, DeviceError
from abctrain.data.corpus import Corpus
from abctrain.recipe import NetworkRecipe, Recipe
from abctrain.training.device import choose_device, device_name, enough_memory
from abctrain.training.precision import autocast, in_words
from abctrain.training.trainer import Trainer

MINUTES = 7.0
PRECISIONS = ("float32", "bfloat16")
ROUNDS = 5
WINDOWS = 60
"""The most windows of an epoch that one round trains."""
OPERATORS = 12
EXPORTED = Path(__file__).parents[2] / "exported"

Rows = Sequence[Sequence[object]]


def markdown(head: Sequence[str], rows: Rows) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


@dataclass(frozen=True)
class Task:
    """What is trained, and the exported model that the CPU has made of it."""

    recipe: Recipe
    model: Path
    corpus_path: Path | None = None

    @cached_property
    def corpus(self) -> Corpus:
        return Corpus.of_recipe(self.recipe.corpus, self.corpus_path)

    def trainer(self, bench: "Bench", run: Path) -> Trainer:
        return Trainer(self.recipe, self.corpus, run, bench.device, seed=0)


@dataclass(frozen=True)
class Bench:
    """A device, what is trained on it, and a clock in seconds."""

    device: torch.device
    tasks: Sequence[Task]
    clock: Callable[[], float] = field(default=time.perf_counter)

    def seconds(self, work: Callable[[], object]) -> float:
        """Measure `work` until the device is done: the median of `ROUNDS`, behind one
        that warms up."""
        taken = []
        for _ in range(ROUNDS + 1):
            begun = self.clock()
            work()
            self.wait()
            taken.append(self.clock() - begun)
        return statistics.median(taken[1:])

    def wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def head(bench: Bench) -> str:
    """Say what is measured on."""
    versions = f"PyTorch {torch.__version__}, CUDA {torch.version.cuda}"
    return f"{device_name(bench.device)}; {versions}, cuDNN {torch.backends.cudnn.version()}."


# Training


def steps(bench: Bench) -> str:
    """Measure characters a second inside an epoch, in both precisions."""
    rows = [row for task in bench.tasks for row in _steps(bench, task.trainer(bench, Path()))]
    return markdown(["inside an epoch", "precision", "a step", "characters/s"], rows)


def _steps(bench: Bench, trainer: Trainer) -> Rows:
    windows = list(trainer.batches.windows())[:WINDOWS]
    characters = sum(window.characters for window in windows)

    def epoch() -> None:
        for window in windows:
            trainer.step(window)

    rows = []
    for precision in PRECISIONS:
        trainer.learner.use(precision)
        taken = bench.seconds(epoch)
        step = f"{taken / len(windows) * 1e3:.2f} ms"
        words = in_words(bench.device, precision)
        rows.append((trainer.recipe.name, words, step, f"{characters / taken:,.0f}"))
    return rows


def whole(bench: Bench) -> str:
    """Train each recipe from its first to its last epoch, all that is written included,
    beside the figures of the exported model."""
    rows = []
    for task in bench.tasks:
        with tempfile.TemporaryDirectory() as folder:
            trainer = task.trainer(bench, Path(folder) / "run")
            begun = bench.clock()
            trainer.train()
            taken = bench.clock() - begun
        history = trainer.history
        inside = statistics.median(row["characters_per_second"] for row in history)
        best = min(history, key=lambda row: row["held_out_loss"])
        found = best["held_out_bits_per_character"]
        with Model.load(task.model, "cpu") as model:
            known = model.spec.provenance["metrics"]["held_out_bits_per_character"]
        rows.append(
            (
                task.recipe.name,
                f"{len(history)} in {taken:.1f} s",
                trainer.learner.precision,
                f"{inside:,.0f}",
                f"{len(history) * trainer.batches.characters / taken:,.0f}",
                f"{found:.4f} (epoch {best['epoch']})",
                f"{known:.4f}",
                f"{found - known:+.4f}",
            )
        )
    columns = "recipe|epochs|precision|characters/s inside|from end to end|held out|the CPU's|more"
    return markdown(columns.split("|"), rows)


# What might make a step faster


class OneByOne(nn.Module):
    """Stacked LSTM layers, each a module of its own.

    cuDNN's persistent kernels are for single layers in float16, with sizes that 128
    divides (PyTorch's aten/src/ATen/native/cudnn/RNN.cpp): so the input is padded.
    """

    def __init__(self, vocabulary: int, recipe: NetworkRecipe, device: torch.device) -> None:
        super().__init__()
        self.padding = -vocabulary % 128
        sizes = [vocabulary + self.padding, *[recipe.hidden] * (recipe.layers - 1)]
        self.layers = nn.ModuleList(
            nn.LSTM(size, recipe.hidden, batch_first=True, device=device) for size in sizes
        )
        self.dropout = nn.Dropout(recipe.dropout)

    def forward(self, one_hot: Tensor) -> tuple[Tensor, None]:
        output = nn.functional.pad(one_hot, (0, self.padding))
        for number, layer in enumerate(self.layers):
            output, _ = layer(self.dropout(output) if number else output)
        return output, None


def layers(bench: Bench) -> str:
    """Measure the LSTM alone, forward and backward: one module, and one for each
    layer."""
    rows = [row for task in bench.tasks for row in _layers(bench, task)]
    return markdown(["LSTM alone", "precision", "one module", "one by one", "times as fast"], rows)


def _layers(bench: Bench, task: Task) -> Rows:
    network, training = task.recipe.network, task.recipe.training
    size = len(task.trainer(bench, Path()).vocabulary)
    one_hot = torch.zeros(training.streams, training.window, size, device=bench.device)
    one_hot[:, :, 0] = 1.0
    stacked = nn.LSTM(
        size, network.hidden, network.layers, dropout=network.dropout, batch_first=True
    ).to(bench.device)
    ways = (stacked, OneByOne(size, network, bench.device))

    def both_ways(way: nn.Module, precision: str) -> None:
        way.zero_grad(set_to_none=True)
        with autocast(bench.device, precision):
            output, _ = way(one_hot)
        output.float().sum().backward()

    rows = []
    for precision in PRECISIONS:
        taken = [bench.seconds(partial(both_ways, way, precision)) * 1e3 for way in ways]
        kind = in_words(bench.device, precision)
        cells = [f"{milliseconds:.2f} ms" for milliseconds in taken]
        rows.append((task.recipe.name, kind, *cells, f"{taken[0] / taken[1]:.2f}"))
    return rows


def graph(bench: Bench) -> str:
    """Measure forward and backward of a window, launched kernel by kernel and as one
    CUDA graph."""
    rows = [_graph(bench, task.trainer(bench, Path())) for task in bench.tasks]
    return markdown(["forward and backward", "launched", "CUDA graph", "times as fast"], rows)


def _graph(bench: Bench, trainer: Trainer) -> Sequence[object]:
    window, state = next(trainer.batches.windows()), trainer.progress.state
    objective = trainer.learner.objective

    def both_ways() -> None:
        losses, _ = objective(window, state)
        losses.total(window, 0.1).backward()

    launched = bench.seconds(both_ways)
    # A graph is captured on a stream of its own, once all has run on one.
    beside = torch.cuda.Stream()
    beside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(beside):
        both_ways()
    torch.cuda.current_stream().wait_stream(beside)
    objective.zero_grad(set_to_none=True)
    captured = torch.cuda.CUDAGraph()
    with torch.cuda.graph(captured):
        both_ways()
    replayed = bench.seconds(captured.replay)
    cells = [f"{taken * 1e3:.2f} ms" for taken in (launched, replayed)]
    return trainer.recipe.name, *cells, f"{launched / replayed:.2f}"


# Where the time goes


def operators(bench: Bench) -> str:
    """Say which kernels (on the CPU: operators) take how much of a step's time."""
    return "\n\n".join(_operators(bench, task.trainer(bench, Path())) for task in bench.tasks)


def _operators(bench: Bench, trainer: Trainer) -> str:
    windows = list(trainer.batches.windows())[:10]
    trainer.learner.choose_precision(windows[0], trainer.progress.state)
    trainer.step(windows[0])
    bench.wait()
    on_gpu = bench.device.type == "cuda"
    begun = bench.clock()
    with profile(
        activities=[ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    ) as found:
        for window in windows:
            trainer.step(window)
        bench.wait()
    taken = bench.clock() - begun
    kind = DeviceType.CUDA if on_gpu else DeviceType.CPU
    seconds = {
        event.key: (event.self_device_time_total if on_gpu else event.self_cpu_time_total) / 1e6
        for event in found.key_averages()
        if event.device_type == kind and not event.is_user_annotation
    }
    busy = sum(seconds.values())
    rows = [
        (
            name.replace("|", "/")[:70],
            f"{seconds[name] / len(windows) * 1e3:.3f} ms",
            f"{seconds[name] / busy:.0%}",
        )
        for name in sorted(seconds, key=seconds.__getitem__, reverse=True)[:OPERATORS]
    ]
    name = f"{trainer.recipe.name}, {trainer.learner.precision}: busy {busy / taken:.0%}"
    return markdown([name, "a step", "share"], rows)


# Composing


def composing(bench: Bench) -> str:
    """Measure `abcrun bench`, and how far the GPU's bits of 20 tunes are from the
    CPU's."""
    parts = []
    for task in bench.tasks:
        figures = list(measure(task.model, seconds=1.0))
        parts.append(f"{task.model.stem}:\n\n{table(figures)}")
        tunes = [f"{tune}\n\n" for tune in task.corpus.held_out[:20]]
        try:
            with Model.load(task.model, "cuda") as ours, Model.load(task.model, "cpu") as theirs:
                apart = max(abs(ours.bits(tune) / theirs.bits(tune) - 1) for tune in tunes)
            parts.append(f"bits of {len(tunes)} tunes: at most {apart:.1e} from the CPU's")
        except DeviceError as error:
            parts.append(f"Not measured on the GPU: {error}")
    return "\n\n".join(parts)


SECTIONS: Mapping[str, Callable[[Bench], str]] = {
    "steps": steps,
    "layers": layers,
    "graph": graph,
    "operators": operators,
    "composing": composing,
    "whole": whole,
}
"""The longest comes last."""


def report(bench: Bench, names: Sequence[str]) -> Iterator[str]:
    """Measure; yield a part of the report after each section."""
    begun = bench.clock()
    yield head(bench)
    for name in names:
        minutes = (bench.clock() - begun) / 60
        if minutes > MINUTES:
            yield f"{name}: left out, as {minutes:.1f} minutes are over; --only {name} measures it"
            continue
        try:
            with enough_memory():
                yield SECTIONS[name](bench)
        except (AbcrunError, RuntimeError, AssertionError) as error:
            yield f"{name}: failed ({str(error).strip().splitlines()[0]})"
    yield f"{(bench.clock() - begun) / 60:.1f} minutes in all."


@click.command()
@click.option("--device", default="cuda", show_default=True, help="cuda, or cuda:N.")
@click.option("--only", "names", type=click.Choice(list(SECTIONS)), multiple=True)
def main(device: str, names: tuple[str, ...]) -> None:
    """Print the figures of a GPU that BENCHMARKS.md lacks."""
    try:
        chosen = choose_device(device)
    except AbcrunError as error:
        click.echo(f"bench-gpu needs a GPU ({str(error).partition(';')[0]})", err=True)
        sys.exit(1)
    tasks = [Task(Recipe.load(name), EXPORTED / f"{name}.onnx") for name in ("irish", "folk")]
    for part in report(Bench(chosen, tasks), names or list(SECTIONS)):
        click.echo(f"{part}\n")


if __name__ == "__main__":
    main()
