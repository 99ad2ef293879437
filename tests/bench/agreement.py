"""Our reader beside abc2midi on whole collections: `tests.abc2midi` says what is
compared.

    python -m tests.bench.agreement                  # the four books, 600 made tunes
    python -m tests.bench.agreement made --tunes 5000
    python -m tests.bench.agreement irish FILE.abc
"""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from abcrun.files import decode_text
from abcrun.notation.blocks import blocks
from tests import books
from tests.abc2midi import Comparison, compare
from tests.notation.made_tunes import made_tunes


@click.command()
@click.argument("sources", nargs=-1)
@click.option("--tunes", default=600, show_default=True, help="Made by chance.")
@click.option("--seed", default=0, show_default=True, help="Of the made ones.")
@click.option("--show", default=20, show_default=True, help="Texts of tunes that differ.")
def main(sources: tuple[str, ...], tunes: int, seed: int, show: int) -> None:
    """Print how many tunes agree, why the others don't, and those that nothing
    explains; exit with an error where there are any."""
    unexplained: list[tuple[Comparison, str]] = []
    rules: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    print("| | tunes | abc2midi: Error | agree | the standard sides with us | unexplained | % |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for source in sources or (*books.NAMES, "made"):
            verdicts: Counter[str] = Counter()
            for tune_id, text in _texts(source, tunes, seed):
                found = compare(tune_id, text, Path(folder))
                verdicts[found.verdict] += 1
                if found.verdict == "rule":
                    rules[found.detail] += 1
                elif found.verdict == "error":
                    errors[found.detail.partition(" : ")[2]] += 1
                elif found.verdict != "agrees":
                    unexplained.append((found, text))
            compared = verdicts.total() - verdicts["error"]
            wrong = verdicts["differs"] + verdicts["unread"]
            print(
                f"| {source} | {verdicts.total()} | {verdicts['error']} | {verdicts['agrees']} "
                f"| {verdicts['rule']} | {wrong} | {1 - wrong / max(compared, 1):.2%} |",
                flush=True,
            )
    for title, counts in (("Rules", rules), ("Errors of abc2midi", errors)):
        print(f"\n{title}:")
        for name, count in counts.most_common():
            print(f"- {count}: {name}")
    print("\nUnexplained:")
    for found, _ in unexplained:
        print(f"- {found.tune_id}: {found.verdict}: {found.detail}")
    for _, text in unexplained[:show]:
        print(f"\n{text}")
    sys.exit(bool(unexplained))


def _texts(source: str, tunes: int, seed: int) -> Iterator[tuple[str, str]]:
    if source == "made":
        yield from ((f"made:{tune.seed}", tune.text) for tune in made_tunes(tunes, seed))
    elif source in books.NAMES:
        yield from books.book_texts(source)
    else:
        text, _ = decode_text(Path(source).read_bytes())
        for number, block in enumerate(blocks(text), start=1):
            yield f"{source}:{number}", block.text


if __name__ == "__main__":
    main()
