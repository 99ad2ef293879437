"""The plan of a folder: whose it is, which shards are there, and which miss."""

from abcrun.bulk.settings import Settings
from abcrun.bulk.store import Store
from abcrun.errors import UsageError

# Readers of whole folders pass over names that begin with an underscore.
MANIFEST = "_manifest.json"


def claim(store: Store, settings: Settings) -> None:
    """Make the folder one for these settings, unless it is.

    `UsageError` where it has the tunes of others, `OutputError` where it cannot be
    written.
    """
    store.make()
    if not store.has(MANIFEST):
        store.write(MANIFEST, settings.text.encode())
    # Read again: another command may have written at the same time.
    found = read_manifest(store)
    if differences := found.differences(settings):
        raise UsageError(
            f"{store} is of another command: there {differences}; "
            "give another --out, or the same options again"
        )


def read_manifest(store: Store) -> Settings:
    """Return the settings of a folder. `UsageError` where it has none."""
    if not store.has(MANIFEST):
        raise UsageError(f"{store} has no {MANIFEST}: no `abcrun bulk` has written there")
    return Settings.from_text(
        store.read(MANIFEST).decode("utf-8", "replace"), f"{store} {MANIFEST}"
    )


def missing(settings: Settings, names: set[str]) -> list[int]:
    """Return the shards of which a file is not among `names`."""
    return [
        number for number in range(settings.shards) if not names.issuperset(settings.files(number))
    ]


def check_shard(settings: Settings, number: int) -> None:
    """Raise a `UsageError` for a shard that there is not."""
    if not 0 <= number < settings.shards:
        raise UsageError(
            f"shard is {number}; {settings.count:,} tunes in shards of {settings.shard_size:,} "
            f"have 0 to {settings.shards - 1}"
        )


def spans(numbers: list[int]) -> str:
    """Write ascending numbers as Slurm's `--array` takes them: 3,7-9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ",".join("-".join(map(str, run)) for run in runs)
