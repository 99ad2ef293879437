"""What the tunes of a folder are: all that decides over the rows of its files.

A folder's settings stand in its manifest, and in the metadata of every file. Equal
settings give equal files, whoever makes them and wherever.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self, cast

import abcrun
from abcrun.composition.conditions import Asked
from abcrun.errors import ModelError, OutputError, UsageError
from abcrun.formats import Device, Precision
from abcrun.inference.sampling import Sampling
from abcrun.model import Model
from abcrun.rendering import RenderSettings

SCHEMA = 1
LARGEST_SHARD = 100_000
"""Tunes. A worker holds one shard in memory: some 200 MB for this one."""
MOST_SHARDS = 1_000_000
"""Files in one folder."""
MOST_TUNES = 2**63 - 1
"""What the column of indices can count."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that decides which tunes stand in which file, and how.

    model, sha256: name and digest of the model file, as `sha256sum` gives it. device,
    precision: where the network runs, which were `auto` perhaps. melodies: whether the
    index of known melodies is at hand. asked: what else the tunes are to be, by the
    names of `Asked`. sound: how media are made, by the names of `RenderSettings`.
    """

    seed: int
    count: int
    shard_size: int
    model: str
    sha256: str
    device: Device
    precision: Precision
    melodies: bool
    sampling: dict[str, Any]
    asked: dict[str, Any] = field(default_factory=dict)
    best_of: int = 1
    formats: list[str] = field(default_factory=list)
    sound: dict[str, Any] = field(default_factory=dict)
    abcrun: str = ""
    schema: int = SCHEMA

    @classmethod
    def of(
        cls,
        model: Model,
        asked: Asked,
        *,
        count: int,
        shard_size: int,
        best_of: int = 1,
        formats: list[str],
        sound: RenderSettings,
    ) -> Self:
        """Check what is asked of a model, and return the settings.

        Raises the errors of `Model.generate`, and `UsageError` for sizes out of range.
        """
        if not 1 <= shard_size <= LARGEST_SHARD:
            raise UsageError(f"shard-size is {shard_size}; give 1 to {LARGEST_SHARD:,}")
        if not 1 <= count <= MOST_TUNES:
            raise UsageError(f"count is {count}; give 1 to 2**63 - 1")
        if (shards := -(-count // shard_size)) > MOST_SHARDS:
            raise UsageError(
                f"{shards:,} shards are more than {MOST_SHARDS:,}; give a larger --shard-size"
            )
        seed = asked.get("seed")
        if seed is None:
            raise UsageError("bulk needs --seed: the same command again is to go on")
        # Nothing is composed yet: the errors come now, and not from a worker.
        model.generate(1, first=count - 1, best_of=best_of, **asked)
        named = {"seed", "sampling"}
        others = {name: value for name, value in asked.items() if name not in named}
        return cls(
            seed=seed,
            count=count,
            shard_size=shard_size,
            model=_file(model).name,
            sha256=digest(model),
            device="cuda" if model.device == "cuda" else "cpu",
            precision="int8" if model.spec.precision == "int8" else "float32",
            melodies=has_melodies(model),
            sampling=asdict(asked.get("sampling") or model.spec.sampling),
            asked={name: value for name, value in others.items() if value is not None},
            best_of=best_of,
            formats=formats,
            # A path is text in JSON.
            sound=json.loads(json.dumps(asdict(sound), default=str)) if formats else {},
            abcrun=abcrun.__version__,
        )

    @classmethod
    def from_text(cls, text: str, source: str) -> Self:
        """Read what `text` wrote. `OutputError`, naming `source`, for anything else."""
        try:
            found = json.loads(text)
            if (schema := found["schema"]) != SCHEMA:
                raise OutputError(
                    f"{source}: its schema is {schema!r}, this abcrun writes {SCHEMA}; "
                    "use the abcrun that made it"
                )
            settings = cls(**found)
            if settings.count < 1 or not 1 <= settings.shard_size <= LARGEST_SHARD:
                raise ValueError("sizes out of range")
        except (ValueError, TypeError, KeyError, RecursionError):
            raise OutputError(
                f"{source}: no manifest of `abcrun bulk`; take another folder"
            ) from None
        return settings

    @property
    def text(self) -> str:
        """The settings as JSON, in one spelling."""
        return json.dumps(asdict(self), indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    @property
    def wishes(self) -> Asked:
        """What is asked of each tune."""
        return cast(
            "Asked", {"seed": self.seed, "sampling": Sampling(**self.sampling), **self.asked}
        )

    @property
    def shards(self) -> int:
        """How many shards there are."""
        return -(-self.count // self.shard_size)

    def span(self, number: int) -> range:
        """Return the indices of the tunes of a shard."""
        first = number * self.shard_size
        return range(first, min(first + self.shard_size, self.count))

    def files(self, number: int) -> list[str]:
        """Return the names of the files of a shard: its tunes, and its media."""
        return [tunes_file(number)] + [media_file(number)] * bool(self.formats)

    def differences(self, other: Self) -> str:
        """Say in a few words where other settings differ; empty where they do not."""
        mine, others = _flat(asdict(self)), _flat(asdict(other))
        names = [name for name in mine | others if mine.get(name) != others.get(name)]
        told = [f"{name} is {mine.get(name)}, not {others.get(name)}" for name in names[:3]]
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        return ", ".join(told) + more


def tunes_file(number: int) -> str:
    """Return the name of the Parquet file of a shard."""
    return f"tunes-{number:06}.parquet"


def media_file(number: int) -> str:
    """Return the name of the tar file with the media of a shard."""
    # Readers of a whole folder of Parquet files pass over an underscore.
    return f"_media-{number:06}.tar"


def _flat(settings: dict[str, Any]) -> dict[str, Any]:
    """Return settings with those inside of others beside them."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat.update(value if isinstance(value, dict) else {name: value})
    return flat


def _file(model: Model) -> Path:
    """Return the file that a model was loaded from."""
    if model.network.file is None:
        raise UsageError("bulk needs a model that was loaded from a file")
    return model.network.file


def digest(model: Model) -> str:
    """Return the SHA-256 of the file that a model was loaded from."""
    path = _file(model)
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"{path}: it cannot be read ({error.strerror})") from None


def has_melodies(model: Model) -> bool:
    """Return whether a model's index of known melodies is at hand."""
    try:
        return len(model.melodies) > 0
    except ModelError:
        return False
