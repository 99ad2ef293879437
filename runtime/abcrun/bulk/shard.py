"""One shard: some tunes of the seed that follow each other, composed into one Parquet
file."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from abcrun.bulk.columns import told
from abcrun.bulk.media import write_media
from abcrun.bulk.settings import Settings, digest, has_melodies, media_file, tunes_file
from abcrun.bulk.store import Store
from abcrun.errors import AbcrunError, ModelError
from abcrun.inference.request import Generated
from abcrun.model import Model
from abcrun.originality import MelodyIndex

METADATA_KEY = b"abcrun"
"""Of the schema's metadata: the settings, as the manifest has them."""

COLUMNS = pa.schema(
    [
        ("index", pa.int64()),
        ("seed", pa.uint64()),
        ("text", pa.string()),
        ("key", pa.string()),
        ("meter", pa.string()),
        ("rhythm", pa.string()),
        ("form", pa.string()),
        ("complete", pa.bool_()),
        ("bars_redrawn", pa.int32()),
        (
            "originality",
            pa.struct(
                [
                    ("longest_run", pa.int32()),
                    ("copied_share", pa.float64()),
                    ("title", pa.string()),
                    ("book", pa.string()),
                    ("number", pa.int32()),
                ]
            ),
        ),
    ]
)


def schema_of(settings: Settings) -> Any:
    """Return the schema of the files of a folder."""
    return COLUMNS.with_metadata({METADATA_KEY: settings.text.encode()})


@dataclass(frozen=True, slots=True)
class Job:
    """What a process needs to make any shard; it can be pickled.

    out: the folder or address. model: the path of the model file; None is the one that
    comes with abcrun. settings: the text of the manifest.
    """

    out: str
    model: str | None
    settings: str


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a shard: how many tunes were composed, and how many of its tunes
    could not be rendered; or the error that kept it from being made."""

    number: int
    tunes: int = 0
    unrendered: int = 0
    error: AbcrunError | None = None


def make_shard(job: Job, number: int) -> Done:
    """Make the files of a shard that are missing, in a process that does nothing else.

    The model stays loaded for the next one. Errors are in the answer, as not every
    engine can raise them elsewhere.
    """
    try:
        return _worker(job).make(number)
    except AbcrunError as error:
        return Done(number, error=error)


@lru_cache(maxsize=1)
def _worker(job: Job) -> "Worker":
    return Worker(job)


class Worker:
    """Makes shards, one after the other, with one thread."""

    def __init__(self, job: Job) -> None:
        """Load the model. `ModelError` where it is another one than the job's."""
        self.settings = settings = Settings.from_text(job.settings, job.out)
        self._store = Store(job.out)
        # Processes that each have one thread do more than threads of one process.
        self._model = Model.load(job.model, settings.device, settings.precision, threads=1)
        file = self._model.network.file
        if digest(self._model) != settings.sha256:
            raise ModelError(
                f"{file}: another file than the {settings.model} of {job.out} (its sha256 "
                "differs); every machine needs the same one"
            )
        if has_melodies(self._model) != settings.melodies:
            raise ModelError(f"{file}: the .melodies beside it is not on every machine")

    def make(self, number: int) -> Done:
        """Make the files of a shard that are missing.

        Raises the errors of `Model.generate`, `RenderError` and `OutputError`.
        """
        store, settings = self._store, self.settings
        composed = unrendered = 0
        if store.has(tunes_file(number)):
            store.clear(tunes_file(number))
        else:
            composed = len(settings.span(number))
            table = pa.Table.from_pylist(self._rows(number), schema=schema_of(settings))
            with store.writing(tunes_file(number)) as file:
                # The same table gives the same bytes: Parquet has no times in it.
                pq.write_table(
                    table,
                    file,
                    compression="zstd",
                    write_page_checksum=True,
                    # Of texts they serve nobody, and no checksum covers them.
                    write_statistics=["index"],
                )
        if settings.formats and not store.has(media_file(number)):
            with store.reading(tunes_file(number)) as file:
                texts = pq.read_table(file, columns=["text"])["text"].to_pylist()
            with store.writing(media_file(number)) as file:
                tunes = zip(settings.span(number), texts, strict=True)
                unrendered = write_media(file, tunes, settings)
        return Done(number, composed, unrendered)

    def _rows(self, number: int) -> list[dict[str, Any]]:
        span = self.settings.span(number)
        composed = self._model.generate(
            len(span),
            first=span.start,
            best_of=self.settings.best_of,
            in_order=False,
            **self.settings.wishes,
        )
        index = self._model.melodies if self.settings.melodies else None
        # Of each tune that has ended the columns alone are kept.
        return sorted((_row(tune, index) for tune in composed), key=lambda row: row["index"])


def _row(generated: Generated, index: MelodyIndex | None) -> dict[str, Any]:
    """Return the columns of a tune. What cannot be told of a text that is no tune, or
    of an unfinished one, is null."""
    row: dict[str, Any] = {
        "index": generated.index,
        "seed": generated.seed,
        "text": generated.text,
        "complete": generated.complete,
        "bars_redrawn": generated.redrawn,
    }
    tune = told(generated.text)
    if tune is None:
        return row
    row |= {name: getattr(tune, name) for name in ("key", "meter", "rhythm", "form")}
    if index is not None:
        found = index.compare(tune.melody)
        row["originality"] = {
            field.name: getattr(found, field.name) for field in COLUMNS.field("originality").type
        }
    return row
