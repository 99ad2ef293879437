"""The melodies that a model learned from, and how much of one of them its tunes may
have.

They stand in a file of their own, NAME.melodies beside NAME.onnx, and the model's
metadata holds that file's sha256. So another model's index is never taken for its own.
"""

import hashlib
import logging
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from abcrun.composition.levels import FEWEST_COPIED, MAX_COPIED
from abcrun.composition.strategies import CopyLimit
from abcrun.errors import ModelError, UsageError
from abcrun.files import default_index_path, index_path
from abcrun.inference.network import Network
from abcrun.inference.spec import ModelSpec
from abcrun.originality import MelodyIndex

log = logging.getLogger(__name__)


def check_max_copied(max_copied: int | None) -> None:
    """Refuse a limit that no tune keeps. `UsageError`."""
    if max_copied is not None and max_copied < FEWEST_COPIED:
        raise UsageError(
            f"max_copied is {max_copied}; it must be at least {FEWEST_COPIED}: "
            "shorter runs are in all tunes"
        )


def copy_limit(network: Network, max_copied: int | None, given: Sequence[int]) -> CopyLimit | None:
    """Limit what a tune may share with one that the model learned from to `max_copied`
    notes in a row, by default `MAX_COPIED`.

    `given` is a musician's own melody. Where the model's index is not at hand, a limit
    that is asked for is a `UsageError`; by default there is none then, with a warning
    if the model had one when it was exported.
    """
    try:
        known = melodies_of(network)
    except ModelError as error:
        if max_copied is not None:
            raise UsageError(f"max_copied: {error}") from None
        if network.spec.melodies:
            _warn(f"tunes are not checked for copies: {error}")
        return None
    # The musician's notes may quote a known tune: then what is drawn may not go on with
    # it, but the quotation itself stays.
    most = MAX_COPIED if max_copied is None else max_copied
    return CopyLimit(known, max(most, known.longest_run(given)))


def melodies_of(network: Network) -> MelodyIndex:
    """Return the index of the melodies that a model learned from; it is read once.

    `ModelError` where it has none, or where its file is missing, damaged or another
    model's.
    """
    # A network around a caller's session has no file: it may be the one that comes with
    # abcrun, which its own metadata tell.
    path = default_index_path() if network.file is None else index_path(network.file)
    spec = network.spec
    return _read(path, spec.name, spec.melodies, _titles(spec))


def index_content(path: Path, spec: ModelSpec) -> bytes:
    """Return the content of the index at `path`, which is that of the model `spec`.

    `ModelError` where it is not.
    """
    return _checked(path, spec.name, spec.melodies, _titles(spec))[0]


# A program works with few models at a time; the index of `folk` takes 2.3 MB, and its
# filter 4 MB.
@lru_cache(maxsize=4)
def _read(path: Path, name: str, sha256: str, titles: frozenset[str]) -> MelodyIndex:
    return _checked(path, name, sha256, titles)[1]


def _checked(
    path: Path, name: str, sha256: str, titles: frozenset[str]
) -> tuple[bytes, MelodyIndex]:
    """Read an index and check whose it is; return its content, too."""
    none = (
        f"the model {name} has no index of the melodies that it learned from; "
        "export it again (`make export`)"
    )
    try:
        content = path.read_bytes()
    except OSError as error:
        if not sha256:
            raise ModelError(none) from None
        raise ModelError(
            f"{path}: cannot be read ({error.strerror or error}); it holds the melodies of the "
            f"model {name}: put it beside the model's file, or export that again"
        ) from None
    if sha256 and hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(
            f"{path}: not the index of melodies that the model {name} was exported with "
            "(its sha256 differs); get that one, or export the model again"
        )
    index = MelodyIndex.from_bytes(content, str(path))
    # Models of before the index had a place in the metadata own the one beside them if
    # it is of the same books.
    if not sha256 and set(index.books.values()) != titles:
        raise ModelError(none)
    return content, index


def _titles(spec: ModelSpec) -> frozenset[str]:
    """Return the titles of the books that a model learned from, as far as its metadata
    tell."""
    corpora = spec.provenance.get("corpora")
    if not isinstance(corpora, list):
        return frozenset()
    return frozenset(str(one.get("title")) for one in corpora if isinstance(one, dict))


@lru_cache(maxsize=64)
def _warn(message: str) -> None:
    """Log a warning, once for all tunes."""
    log.warning(message)
