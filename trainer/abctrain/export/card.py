"""The model card: what a model was trained on, how well it predicts, and what it can't
do."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from abcrun.inference.spec import ModelSpec
from abctrain.data.collection import left_out_in_words, named_in_words
from abctrain.data.teaching import Teaching
from abctrain.export.provenance import Metrics, Provenance, SplitEntry
from abctrain.recipe import Recipe
from abctrain.training.base import known_in_words, teaching
from abctrain.training.checkpoint import EpochRow

CURVE_ROWS = 10


@dataclass(frozen=True)
class Exported:
    """What an export has made: its figures, and the sizes of its files in bytes.

    `int8_tolerance` is the share of the held-out bits per character that the int8 file
    may cost; one that costs more is not written.
    """

    metrics: Metrics
    file_bytes: int
    file_bytes_int8: int
    int8_tolerance: float

    @property
    def is_int8_good(self) -> bool:
        """Whether the int8 file is written."""
        most = (1 + self.int8_tolerance) * self.metrics.held_out_bits_per_character
        found = self.metrics.held_out_bits_per_character_int8
        return found is not None and found <= most


def model_card(
    spec: ModelSpec,
    recipe: Recipe,
    provenance: Provenance,
    exported: Exported,
    history: Sequence[EpochRow],
) -> str:
    """Return the card as Markdown."""
    split, metrics = provenance["split"], exported.metrics
    taught = teaching(spec.repertoire, provenance.get("base"))
    calibration = recipe.generation.calibration
    return f"""# {spec.name}

A character model of ABC notation: {recipe.network.layers} stacked LSTM layers of \
{recipe.network.hidden} units over one-hot characters,
{metrics.parameters:,} parameters, vocabulary of {len(spec.vocabulary)} characters. \
Recipe `{recipe.name}`; runs with abcrun.

{_facts(spec, provenance, exported, history)}

## Data

{_table(_sources(provenance))}

{split["training_tunes"]:,} tunes to train on, {split["held_out_tunes"]:,} held out \
({split["how"]}; sha256 of the split `{split["sha256"]}`).
{_split(split)}
{_offers(taught)}
## Training

{_base(provenance)}{_procedure(recipe)}, {len(history)} epochs\
{_STOPPED_EARLY if metrics.stopped_early else ""}. \
{_chosen(metrics, history)}\
{_CALIBRATED.format(calibration) if calibration != 1 else ""}Bits per character\
{_WITH_SIGNS if spec.recall else ""}:

{_table(_curve(history, metrics.epoch))}

## What it can't do

{_LIMITS_OF_RECALL if spec.recall else _LIMITS}
{_not_taught(taught)}- It writes the tune types, meters and keys that it has learned, as they \
were spelled, and nothing else; no lyrics, no harmony.
- It may repeat a phrase from its corpus: `abcrun check --originality` says what a tune shares \
with known ones.
"""


def _offers(taught: Teaching) -> str:
    """Return the table of what can be asked of a model with form plans."""
    if not taught.book:
        return ""
    lacking = (
        f"\nWhat the book lacks is composed as `{taught.base}` had learned it: "
        f"{taught.from_base_alone}.\n"
        if taught.from_base_alone
        else ""
    )
    return f"""
What can be asked for is what the regular tunes are, those with sections of 4, 8 or 16 bars; a \
key is learned as its mode, on any tonic:

{_table(list(taught.rows()))}
{lacking}"""


def _not_taught(taught: Teaching) -> str:
    """Return what the book was too small for, as items of a list."""
    return "".join(f"- It has {remark}.\n" for remark in taught.remarks)


_STOPPED_EARLY = """ (stopped early: \
the held-out loss no longer fell)"""

_CALIBRATED = """The logits of
the exported network are divided by {:g}, as a long training makes it too sure of itself; \
the curve is before that. """

_LIMITS = """\
- It continues text; it does not know what a bar is. Many of its tunes have bars of a wrong \
length or sections of odd length:
  `abcrun check` names them, `abcrun generate --valid` draws until a tune passes.
- It hardly ever brings a phrase back later in the tune, as real tunes do."""

_LIMITS_OF_RECALL = """\
- It decides before the first bar which bars return and where sections end; what happens between \
is decided bar by bar.
- It recalls bars of up to 32 bars ago, as they were, group by group, or moved by steps of the \
scale, and nothing else."""

_WITH_SIGNS = ", signs of recall counted, told by the characters without them"


def _facts(
    spec: ModelSpec, provenance: Provenance, exported: Exported, history: Sequence[EpochRow]
) -> str:
    """Return the first table, which has no head."""
    metrics, sampling, trainer = exported.metrics, spec.sampling, provenance["trainer"]
    int8 = "for the CPU" if exported.is_int8_good else "not exported: over 1 % worse"
    # The median: the first epoch warms up, and other programs slow down some.
    speed = statistics.median(row["characters_per_second"] for row in history)
    facts = (
        (
            "Held-out bits per character",
            f"**{metrics.held_out_bits_per_character:.4f}** {_on_test(metrics)}"
            "with the state reset at the start of each tune (checkpoint before float16 storage: "
            f"{metrics.held_out_bits_per_character_checkpoint:.4f})",
        ),
        (
            f"`{spec.name}.onnx`",
            f"{exported.file_bytes / 1e6:.1f} MB, weights stored as float16, computed in float32",
        ),
        (
            f"`{spec.name}.int8.onnx`",
            f"{exported.file_bytes_int8 / 1e6:.1f} MB, weights in int8, "
            f"{metrics.held_out_bits_per_character_int8:.4f} held-out bits per character; {int8}",
        ),
        (
            "Largest difference from PyTorch",
            f"{metrics.largest_difference:.1e} over logits and states; "
            f"{metrics.greedy_characters} greedy characters identical",
        ),
        (
            "Proposed sampling",
            f"prompt {spec.prompt!r}, top-k {sampling.top_k}, temperature {sampling.temperature:g}",
        ),
        *_critic(metrics, len(spec.critic)),
        (
            "Trained on",
            f"{provenance['device']}, {provenance['precision']}, {speed:,.0f} characters/s "
            f"(median of the epochs), seed {provenance['seed']}",
        ),
        (
            "Trainer",
            f"abcrun {trainer['abcrun']}, torch {trainer['torch']}, commit `{trainer['commit']}`",
        ),
    )
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {fact} |" for name, fact in facts)])


def _critic(metrics: Metrics, size: int) -> list[tuple[str, str]]:
    if metrics.critic_area is None:
        return []
    return [
        (
            "Critic, for `--best-of`",
            f"tells {metrics.critic_tunes:,} tunes of its own from as many that were trained on "
            f"with an area under the ROC curve of {metrics.critic_area:.3f} (cross-validated; "
            f"0.5 is guessing); {size / 1e3:.0f} KB of each file",
        )
    ]


def _on_test(metrics: Metrics) -> str:
    found = metrics.test_bits_per_character
    return "" if found is None else f"({found:.4f} on the test tunes, which no choice was made by) "


def _sources(provenance: Provenance) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("Corpus", "Tunes", "Characters", "Licence", "sha256")]
    for source in provenance["corpora"]:
        package = f" ({source['package']})" if "package" in source else ""
        rows.append(
            (
                f"{source['title']}{package}",
                f"{source['tunes']:,}",
                f"{source['characters']:,}",
                str(source["licence"]),
                f"`{source['sha256']}`",
            )
        )
    return rows


def _base(provenance: Provenance) -> str:
    """Return what a fine-tuned network began with."""
    if "base" not in provenance:
        return ""
    base = provenance["base"]
    trained = ", ".join(
        f"{one.get('title', '?')} ({one.get('licence', '?')})" for one in base["corpora"]
    )
    known, held_out = base["known_tunes"], base.get("known_held_out", 0)
    return (
        f"Fine-tuned from `{base['name']}` (sha256 `{base['sha256']}`), which was trained on "
        f"{trained or 'it does not say what'}\nand has "
        f"{base['held_out_bits_per_character']:.4f} bits per character on the tunes held out "
        "here. "
        + (
            "Whether it was trained on some of these is not known"
            if known is None
            else f"{known:,} tunes share 16 notes in a row with those, and "
            + (known_in_words(held_out) if held_out else "are trained on")
        )
        + ".\n\n"
    )


def _chosen(metrics: Metrics, history: Sequence[EpochRow]) -> str:
    """Return which epoch is exported, and what its figure is worth."""
    if metrics.best_epoch is not None:
        best = history[metrics.best_epoch - 1]["held_out_bits_per_character"]
        return (
            f"Epoch {metrics.epoch} is exported, as was asked for, and all figures of the model "
            f"are of it;\nthe lowest held-out loss is that of epoch {metrics.best_epoch}, "
            f"{best:.3f}. "
        )
    return (
        "The epoch with the lowest held-out loss is exported: its figure is\n"
        f"the best of {len(history)}, not an independent estimate; the last epoch's is "
        f"{history[-1]['held_out_bits_per_character']:.3f}. "
    )


def _curve(history: Sequence[EpochRow], best: int) -> list[tuple[str, ...]]:
    """Return some `CURVE_ROWS` epochs, with the first, the best and the last one."""
    every = max(1, len(history) // CURVE_ROWS)
    rows: list[tuple[str, ...]] = [("Epoch", "Training (with dropout)", "Held out")]
    for row in history:
        epoch = row["epoch"]
        if epoch % every == 0 or epoch in (1, best, len(history)):
            mark = " (exported)" if epoch == best else ""
            bits, held_out = row["bits_per_character"], row["held_out_bits_per_character"]
            rows.append((f"{epoch:.0f}{mark}", f"{bits:.3f}", f"{held_out:.3f}"))
    return rows


def _split(split: SplitEntry) -> str:
    if not split["test_tunes"]:
        return (
            "The split is by tune text: a melody that stands in the corpus twice, "
            "written differently, may be on both sides."
        )
    left_out, named = split["left_out"], split["rhythms_by_name"]
    return (
        f"{split['test_tunes']:,} further tunes are for tests only. No tune of these sides shares "
        "16 notes in a row, in any key, with one to train on."
        f"{f' Of all tunes {left_out_in_words(left_out)}.' if left_out else ''}"
        f"{f' Of those used {named_in_words(named)}.' if named else ''}"
    )


def _procedure(recipe: Recipe) -> str:
    """Return how the network was trained, in words."""
    network, training = recipe.network, recipe.training
    if training.batches == "tunes":
        batches = (
            f"Whole tunes of about one length, {training.streams * training.window:,} characters "
            "a batch, each from the initial state, in a new order at each epoch"
        )
    else:
        batches = (
            f"Windows of {training.window} characters, {training.streams} contiguous streams, "
            "each from the start of a tune, the tunes in a new order at each\nepoch, the state "
            "carried from window to window and reset at each epoch"
        )
    rate = f"at a constant {training.learning_rate:g}"
    if training.decay == "cosine":
        rate = f"with a peak rate of {training.learning_rate:g}, warm-up and cosine decay"
    extras = (
        (training.weight_decay, f"weight decay {training.weight_decay:g}"),
        (training.average, f"weights averaged by {training.average:g} a step"),
        (network.output_dropout, f"dropout {network.output_dropout:g} behind the last layer"),
        (
            training.places,
            "asked for its place in bar and section too, at the end with weight "
            f"{training.places:g}",
        ),
        (recipe.corpus.keys == "canonical", "all tunes on the tonic D"),
        (recipe.corpus.recall, "with signs of recall, of which nothing that is fed is predicted"),
    )
    return (
        f"{batches}, cross entropy, Adam {rate}, gradients\nclipped at {training.clip_norm:g}, "
        f"dropout {network.dropout:g} between the layers"
        f"{''.join(f', {text}' for is_used, text in extras if is_used)}"
    )


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
