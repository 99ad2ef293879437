"""What of a folder is there, missing or damaged."""

import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.parquet as pq

from abcrun.bulk.media import COMMENT, member_name
from abcrun.bulk.plan import missing
from abcrun.bulk.settings import Settings, media_file, tunes_file
from abcrun.bulk.shard import schema_of
from abcrun.bulk.store import Store
from abcrun.errors import OutputError


@dataclass
class Findings:
    """What was found: numbers of shards, and what is wrong with files by their
    names."""

    there: list[int] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    damaged: dict[str, str] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Whether all tunes are there."""
        return not self.missing and not self.damaged


def check_folder(store: Store, settings: Settings, advance: Callable[[], None]) -> Findings:
    """Read all files of a folder, one after the other.

    advance: is called after each shard. Raises `OutputError` where the folder cannot be
    listed.
    """
    names = store.names()
    found = Findings(missing=missing(settings, names))
    absent = set(found.missing)
    for number in range(settings.shards):
        faults = {name: fault for name, fault in _faults(store, settings, number, names) if fault}
        found.damaged |= faults
        if not faults and number not in absent:
            found.there.append(number)
        advance()
    return found


def _faults(
    store: Store, settings: Settings, number: int, names: set[str]
) -> Iterator[tuple[str, str]]:
    """Yield the files of a shard that are there, and what is wrong with each."""
    for name, fault_of in ((tunes_file(number), _tunes_fault), (media_file(number), _media_fault)):
        if name in settings.files(number) and name in names:
            yield name, fault_of(store, settings, number)


def _tunes_fault(store: Store, settings: Settings, number: int) -> str:
    """Say what is wrong with a Parquet file; empty where nothing is."""
    span, schema = settings.span(number), schema_of(settings)
    try:
        with store.reading(tunes_file(number)) as file:
            read = pq.ParquetFile(file, page_checksum_verification=True)
            if not read.schema_arrow.equals(schema, check_metadata=True):
                return "it is of other settings, or has other columns"
            if read.metadata.num_rows != len(span):
                return f"it has {read.metadata.num_rows:,} rows, not {len(span):,}"
            table = read.read()
    # What is damaged may look like anything to a reader.
    except (OutputError, pa.ArrowException, OSError, ValueError, MemoryError) as error:
        return f"it cannot be read ({' '.join(str(error).split())[:200]})"
    if table["index"].to_pylist() != list(span):
        return f"it has other tunes than {span.start:,} to {span.stop - 1:,}"
    return ""


def _media_fault(store: Store, settings: Settings, number: int) -> str:
    """Say what is wrong with a tar file; empty where nothing is."""
    span = settings.span(number)
    expected = {member_name(one, name): one for one in span for name in settings.formats}
    found: list[int] = []
    try:
        with (
            store.reading(media_file(number)) as file,
            tarfile.open(fileobj=file, mode="r|") as archive,
        ):
            for member in archive:
                if member.name not in expected:
                    return f"it has a file {member.name!r} that is none of its tunes"
                found.append(expected[member.name])
            if found and archive.pax_headers.get(COMMENT) != settings.text:
                return "it is of other settings"
    except (OutputError, tarfile.TarError, OSError, ValueError, EOFError) as error:
        return f"it cannot be read ({' '.join(str(error).split())[:200]})"
    if any(count != len(settings.formats) for count in Counter(found).values()):
        return "it lacks files of some tunes"
    return ""
