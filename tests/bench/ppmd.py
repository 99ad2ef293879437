"""Bits per character of the clean corpus by PPMd, a compressor that has read the
training part.

    python -m tests.bench.ppmd         # prints Markdown; some five minutes of one core

What a network must beat. Counted as `abctrain.training.evaluation` counts: a tune with
its blank line, the first character given. PPMd (Shkarin 2002) as in 7-Zip (variant H)
and ZIP (I), with memory that it never fills. Two ways:

- all tunes of a part one after the other: quick, so for every order; but PPMd learns
  from each tune for those behind it, some of them related to it, and a network starts
  every tune anew;
- each tune right after the training part: what compares with the network.
"""

import random
from collections.abc import Callable, Sequence

from pyppmd import Ppmd7Encoder, Ppmd8Encoder

from abctrain.data.collection import Collection
from abctrain.data.keys import CANONICAL, in_key
from abctrain.data.text import join_tunes
from abctrain.recipe import Recipe

ORDERS = range(2, 17)
MEMORY = 256 << 20  # the model of the training part takes a tenth of it
HEADER = "X:1\n"

Texts = dict[str, tuple[str, ...]]
Encoder = Ppmd7Encoder | Ppmd8Encoder

VARIANTS: dict[str, Callable[[int], Encoder]] = {
    "H": lambda order: Ppmd7Encoder(order, MEMORY),
    "I": lambda order: Ppmd8Encoder(order, MEMORY, 0),
}


def corpora() -> dict[str, Texts]:
    """Return the parts of the recipe's books by their keys, as
    `abctrain.data.corpus.Corpus.cleaned` makes them."""
    collection = Collection.of_sources(Recipe.load("folk").corpus.books)
    written = {part: collection.part(part) for part in ("train", "valid", "test")}
    canonical = {
        part: tuple(in_key(text, CANONICAL) for text in texts) for part, texts in written.items()
    }
    return {"canonical": canonical, "written": written}


def characters(tunes: Sequence[str], header: bool = True) -> int:
    """How many are predicted. The first of a tune is given; without `header`, its first
    four are."""
    return sum(len(tune) + 2 - (1 if header else len(HEADER)) for tune in tunes)


def bits(encoder: Encoder, training: Sequence[str], tunes: Sequence[str], seed: int) -> int:
    """Code length of `tunes` after `training`, both in an order drawn from `seed`.

    Bytes leave the range coder whole; each `seed` cuts elsewhere in a byte, so a mean
    over many has no bias.
    """
    draw = random.Random(seed)
    context, rest = (
        join_tunes(draw.sample(texts, len(texts))).encode() for texts in (training, tunes)
    )
    encoder.encode(context)
    return 8 * len(encoder.encode(rest))


def together(texts: Texts, part: str, variant: str, order: int) -> float:
    """Bits per character of a part whose tunes follow one another."""
    return bits(VARIANTS[variant](order), texts["train"], texts[part], 0) / characters(texts[part])


def alone(texts: Texts, part: str, variant: str, order: int) -> int:
    """Bits of a part, each tune right after the training part, which is in another
    order every time."""
    encoded = enumerate(texts[part])
    return sum(
        bits(VARIANTS[variant](order), texts["train"], [tune], seed) for seed, tune in encoded
    )


def main() -> None:
    known = corpora()
    print("| keys | part | tunes | characters | of them `X:1` and its line break |")
    print("|---|---|---:|---:|---:|")
    for keys, texts in known.items():
        for part, tunes in texts.items():
            constant = len(HEADER) * sum(tune.startswith(HEADER) for tune in tunes)
            print(
                f"| {keys} | {part} | {len(tunes):,} | {len(join_tunes(tunes)):,} | {constant:,} |"
            )

    columns = [
        (keys, part, variant)
        for keys in known
        for part in ("valid", "test")
        for variant in VARIANTS
    ]
    heads = " | ".join(f"{keys} {part}, {variant}" for keys, part, variant in columns)
    print(f"\n| together, order | {heads} |")
    print("|---:|" + "---:|" * len(columns))
    table = {}
    for order in ORDERS:
        table[order] = [
            together(known[keys], part, variant, order) for keys, part, variant in columns
        ]
        print(f"| {order} | {' | '.join(f'{value:.3f}' for value in table[order])} |", flush=True)

    print(
        "\n| each tune alone | best order for valid | part | bits per character "
        "| `X:1` and its line break free |"
    )
    print("|---|---:|---|---:|---:|")
    for keys, texts in known.items():
        column = columns.index((keys, "valid", "H"))
        order = min(ORDERS, key=lambda order, column=column: table[order][column])
        for part in ("valid", "test"):
            total = alone(texts, part, "H", order)
            every, body = (total / characters(texts[part], header) for header in (True, False))
            print(f"| {keys}, H | {order} | {part} | {every:.3f} | {body:.3f} |", flush=True)


if __name__ == "__main__":
    main()
