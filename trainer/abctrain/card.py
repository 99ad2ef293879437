"""The model card: what a model was trained on, how well it predicts, and what it can't do."""

import statistics
from collections.abc import Sequence
from typing import Any

from abcrun.spec import ModelSpec

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
    network, training = recipe["network"], recipe["training"]
    rows = [("Corpus", "Tunes", "Characters", "Licence", "sha256")]
    for source in provenance["corpora"]:
        title = source["title"] + (f" ({source['package']})" if "package" in source else "")
        rows.append(
            (title, f"{source['tunes']:,}", f"{source['characters']:,}", source["licence"], f"`{source['sha256']}`")
        )
    every = max(1, len(history) // CURVE_ROWS)
    best = checkpoint["epoch"]
    shown = [row for row in history if row["epoch"] % every == 0 or row["epoch"] in (1, best, len(history))]
    curve = [("Epoch", "Training (with dropout)", "Held out")]
    for row in shown:
        mark = " (exported)" if row["epoch"] == best else ""
        bits, held_out = row["bits_per_character"], row["held_out_bits_per_character"]
        curve.append((f"{row['epoch']:.0f}{mark}", f"{bits:.3f}", f"{held_out:.3f}"))
    speed = statistics.median(row["characters_per_second"] for row in history)
    return f"""# {spec.name}

A character model of ABC notation: {network["layers"]} stacked LSTM layers of {network["hidden"]} units over one-hot characters,
{metrics["parameters"]:,} parameters, vocabulary of {len(spec.vocabulary)} characters. Recipe `{recipe["name"]}`; runs with abcrun.

| | |
|---|---|
| Held-out bits per character | **{metrics["held_out_bits_per_character"]:.4f}** with the state reset at the start of each tune (checkpoint before float16 storage: {metrics["held_out_bits_per_character_checkpoint"]:.4f}) |
| `{spec.name}.onnx` | {metrics["file_bytes"] / 1e6:.1f} MB, weights stored as float16, computed in float32 |
| `{spec.name}.int8.onnx` | {metrics["file_bytes_int8"] / 1e6:.1f} MB, weights in int8, {metrics["held_out_bits_per_character_int8"]:.4f} held-out bits per character; {"for the CPU" if is_int8_good else "not exported: over 1 % worse"} |
| Largest difference from PyTorch | {metrics["largest_difference"]:.1e} over logits and states; {metrics["greedy_characters"]} greedy characters identical |
| Proposed sampling | prompt {spec.prompt!r}, top-k {spec.sampling.top_k}, temperature {spec.sampling.temperature:g} |
| Trained on | {provenance["device"]}, {provenance["precision"]}, {speed:,.0f} characters/s (median of the epochs), seed {provenance["seed"]} |
| Trainer | abcrun {trainer["abcrun"]}, torch {trainer["torch"]}, commit `{trainer["commit"]}` |

## Data

{_table(rows)}

{split["training_tunes"]:,} tunes to train on, {split["held_out_tunes"]:,} held out ({split["how"]}; sha256 of the split `{split["sha256"]}`).
The split is by tune text: a melody that stands in the corpus twice, written differently, may be on both sides.

## Training

Windows of {training["window"]} characters, {training["streams"]} contiguous streams, each from the start of a tune, the tunes in a new order at each
epoch, the state carried from window to window and reset at each epoch, cross entropy, Adam at a constant {training["learning_rate"]:g}, gradients
clipped at {training["clip_norm"]:g}, dropout {network["dropout"]:g} between the layers, {len(history)} epochs. The epoch with the lowest held-out loss is exported: its figure is
the best of {len(history)}, not an independent estimate; the last epoch's is {history[-1]["held_out_bits_per_character"]:.3f}. Bits per character:

{_table(curve)}

## What it can't do

- It continues text; it does not know what a bar is. Many of its tunes have bars of a wrong length or sections of odd length:
  `abcrun check` names them, `abcrun generate --valid` draws until a tune passes.
- It hardly ever brings a phrase back later in the tune, as real tunes do.
- It writes the tune types, meters and keys of its corpus, in that corpus' spelling, and nothing else; no lyrics, no harmony.
- It may repeat a phrase from its corpus. Whoever publishes a tune should look whether it is an old one.
"""


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
