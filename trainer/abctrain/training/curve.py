"""The figures of a training as a table and as a picture."""

import csv
import io
from collections.abc import Sequence

from matplotlib.figure import Figure

from abctrain.training.checkpoint import EpochRow
from abctrain.training.stopping import epochs_since_best


def metrics_table(history: Sequence[EpochRow]) -> str:
    """Return metrics.csv: a row for each epoch, with how many epochs have followed the
    best one so far."""
    # The last row has all columns: an older trainer has written less.
    rows = [
        {**row, "epochs_since_best": count}
        for row, count in zip(history, epochs_since_best(history), strict=True)
    ]
    table = io.StringIO()
    writer = csv.DictWriter(table, list(rows[-1]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: f"{value:.6g}" for name, value in row.items()} for row in rows)
    return table.getvalue()


def loss_curve(history: Sequence[EpochRow], title: str) -> bytes:
    """Draw bits per character by epoch, training and held out, as a PNG."""
    # Figure itself, not pyplot, which would keep every figure and look for a display.
    figure = Figure(figsize=(8, 4.5), dpi=110, layout="constrained")
    axes = figure.add_subplot()
    epochs = [row["epoch"] for row in history]
    axes.plot(
        epochs,
        [row["bits_per_character"] for row in history],
        label="training (with dropout)",
        color="#8a8f98",
    )
    axes.plot(
        epochs,
        [row["held_out_bits_per_character"] for row in history],
        label="held-out tunes",
        color="#1f5fbf",
    )
    best = min(history, key=lambda row: row["held_out_loss"])
    axes.plot(best["epoch"], best["held_out_bits_per_character"], "o", color="#1f5fbf")
    axes.annotate(
        f"{best['held_out_bits_per_character']:.3f}",
        (best["epoch"], best["held_out_bits_per_character"]),
        textcoords="offset points",
        xytext=(0, 10),
        ha="center",
    )
    axes.set(xlabel="epoch", ylabel="bits per character", title=title, ylim=(0, None))
    axes.grid(alpha=0.25)
    axes.legend(frameon=False)
    picture = io.BytesIO()
    # Without the version of matplotlib in the file, equal curves are equal bytes.
    figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()
