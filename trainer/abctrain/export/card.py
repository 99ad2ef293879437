"""The model card: what a model was trained on, how well it predicts, and what it can't
do."""

import statistics
from collections.abc import Sequence
from typing import Any

from abcrun.inference.spec import ModelSpec

CURVE_ROWS = 10


def model_card(
    spec: ModelSpec,
    metrics: dict[str, Any],
    history: Sequence[dict[str, float]],
    checkpoint: dict[str, Any],
    *,
    is_int8_good: bool,
) -> str:
    """Markdown from the figures of the export and of the training."""
    provenance = spec.provenance
    recipe, split, trainer = provenance["recipe"], provenance["split"], provenance["trainer"]
    network = recipe["network"]
    rows = [("Corpus", "Tunes", "Characters", "Licence", "sha256")]
    for source in provenance["corpora"]:
        title = source["title"] + (f" ({source['package']})" if "package" in source else "")
        rows.append(
            (
                title,
                f"{source['tunes']:,}",
                f"{source['characters']:,}",
                source["licence"],
                f"`{source['sha256']}`",
            )
        )
    every = max(1, len(history) // CURVE_ROWS)
    best = checkpoint["epoch"]
    shown = [
        row
        for row in history
        if row["epoch"] % every == 0 or row["epoch"] in (1, best, len(history))
    ]
    curve = [("Epoch", "Training (with dropout)", "Held out")]
    for row in shown:
        mark = " (exported)" if row["epoch"] == best else ""
        bits, held_out = row["bits_per_character"], row["held_out_bits_per_character"]
        curve.append((f"{row['epoch']:.0f}{mark}", f"{bits:.3f}", f"{held_out:.3f}"))
    calibration = recipe["generation"]["calibration"]
    speed = statistics.median(row["characters_per_second"] for row in history)
    return f"""# {spec.name}

A character model of ABC notation: {network["layers"]} stacked LSTM layers of {network["hidden"]} units over one-hot characters,
{metrics["parameters"]:,} parameters, vocabulary of {len(spec.vocabulary)} characters. Recipe `{recipe["name"]}`; runs with abcrun.

| | |
|---|---|
| Held-out bits per character | **{metrics["held_out_bits_per_character"]:.4f}** {_on_test(metrics)}with the state reset at the start of each tune (checkpoint before float16 storage: {metrics["held_out_bits_per_character_checkpoint"]:.4f}) |
| `{spec.name}.onnx` | {metrics["file_bytes"] / 1e6:.1f} MB, weights stored as float16, computed in float32 |
| `{spec.name}.int8.onnx` | {metrics["file_bytes_int8"] / 1e6:.1f} MB, weights in int8, {metrics["held_out_bits_per_character_int8"]:.4f} held-out bits per character; {"for the CPU" if is_int8_good else "not exported: over 1 % worse"} |
| Largest difference from PyTorch | {metrics["largest_difference"]:.1e} over logits and states; {metrics["greedy_characters"]} greedy characters identical |
| Proposed sampling | prompt {spec.prompt!r}, top-k {spec.sampling.top_k}, temperature {spec.sampling.temperature:g} |
| Trained on | {provenance["device"]}, {provenance["precision"]}, {speed:,.0f} characters/s (median of the epochs), seed {provenance["seed"]} |
| Trainer | abcrun {trainer["abcrun"]}, torch {trainer["torch"]}, commit `{trainer["commit"]}` |

## Data

{_table(rows)}

{split["training_tunes"]:,} tunes to train on, {split["held_out_tunes"]:,} held out ({split["how"]}; sha256 of the split `{split["sha256"]}`).
{_split(split)}

## Training

{_procedure(recipe)}, {len(history)} epochs. The epoch with the lowest held-out loss is exported: its figure is
the best of {len(history)}, not an independent estimate; the last epoch's is {history[-1]["held_out_bits_per_character"]:.3f}. {_CALIBRATED.format(calibration) if calibration != 1 else ""}Bits per character:

{_table(curve)}

## What it can't do

{_LIMITS_OF_PLANS if spec.repertoire else _LIMITS}
- It writes the tune types, meters and keys of its corpus, in that corpus' spelling, and nothing else; no lyrics, no harmony.
- It may repeat a phrase from its corpus: `abcrun check --originality` says what a tune shares with known ones.
"""


_CALIBRATED = """The logits of
the exported network are divided by {:g}, as a long training makes it too sure of itself; the curve is before that. """

_LIMITS = """- It continues text; it does not know what a bar is. Many of its tunes have bars of a wrong length or sections of odd length:
  `abcrun check` names them, `abcrun generate --valid` draws until a tune passes.
- It hardly ever brings a phrase back later in the tune, as real tunes do."""

_LIMITS_OF_PLANS = """- Unguided (`--guide off`) it hardly ever brings a phrase back later in the tune, as real tunes do. Guided, it follows the form of a real
  tune; what happens between its phrases is still decided bar by bar."""


def _on_test(metrics: dict[str, Any]) -> str:
    found = metrics.get("test_bits_per_character")
    return "" if found is None else f"({found:.4f} on the test tunes, which no choice was made by) "


def _split(split: dict[str, Any]) -> str:
    if not split["test_tunes"]:
        return "The split is by tune text: a melody that stands in the corpus twice, written differently, may be on both sides."
    return (
        f"{split['test_tunes']:,} further tunes are for tests only. No tune of these sides shares 16 notes in a row, in any key, "
        "with one to train on."
    )


def _procedure(recipe: dict[str, Any]) -> str:
    """How it was trained, from the recipe."""
    network, training = recipe["network"], recipe["training"]
    if training["batches"] == "tunes":
        batches = (
            f"Whole tunes of about one length, {training['streams'] * training['window']:,} characters a batch, each from the initial "
            "state, in a new order at each epoch"
        )
    else:
        batches = (
            f"Windows of {training['window']} characters, {training['streams']} contiguous streams, each from the start of a tune, the "
            "tunes in a new order at each\nepoch, the state carried from window to window and reset at each epoch"
        )
    rate = f"at a constant {training['learning_rate']:g}"
    if training["decay"] == "cosine":
        rate = f"with a peak rate of {training['learning_rate']:g}, warm-up and cosine decay"
    extras = [
        f", {text}"
        for value, text in (
            (training["weight_decay"], f"weight decay {training['weight_decay']:g}"),
            (training["average"], f"weights averaged by {training['average']:g} a step"),
            (
                network["output_dropout"],
                f"dropout {network['output_dropout']:g} behind the last layer",
            ),
            (
                training["places"],
                f"asked for its place in bar and section too, at the end with weight {training['places']:g}",
            ),
            (recipe["corpus"]["keys"] == "canonical", "all tunes on the tonic D"),
        )
        if value
    ]
    return (
        f"{batches}, cross entropy, Adam {rate}, gradients\nclipped at {training['clip_norm']:g}, dropout {network['dropout']:g} "
        f"between the layers{''.join(extras)}"
    )


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
