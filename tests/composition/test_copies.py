"""The melodies that a model learned from: its own and nobody else's, and no long run of
them in its tunes."""

import hashlib
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from abcrun import Model, ModelError, Tune, UsageError
from abcrun.composition.levels import MAX_COPIED
from abcrun.originality import MelodyIndex, default_index
from abctrain.data.corpus import melody_in, origin
from abctrain.data.melody_index import build

JIG = "X:1\nM:6/8\nL:1/8\nK:D\nDFA dfa|gec A2G|FAd fed|cAG FED:|\n"


def index_of(texts: Sequence[str]) -> bytes:
    """The content of an index of tunes, of a book of the user's own."""
    origins = [origin("mine", number, f"Tune {number}") for number in range(1, len(texts) + 1)]
    return build(origins, list(map(melody_in, texts)), {"mine": "My book"})


def owning(folk: Model, folder: Path, content: bytes | None, sha256: str | None = None) -> Model:
    """The same network as if it stood in a file mine.onnx: `content` is the index
    beside it, `sha256` that of the index that it was exported with."""
    if content is not None:
        (folder / "mine.melodies").write_bytes(content)
    if sha256 is None:
        sha256 = hashlib.sha256(content or b"").hexdigest()
    model = Model(folk.network.session, replace(folk.spec, name="mine", melodies=sha256))
    model.network.file = folder / "mine.onnx"
    return model


def test_the_shipped_model_owns_the_shipped_index(folk: Model) -> None:
    assert folk.melodies.books == default_index().books
    assert len(folk.melodies) == len(default_index())
    assert folk.melodies is folk.melodies, "it is read once"


def test_a_network_in_a_session_of_the_callers_knows_what_is_shipped(folk: Model) -> None:
    assert Model(folk.network.session, folk.spec).melodies is folk.melodies


def test_tunes_keep_off_the_models_own_melodies(folk: Model, tmp_path: Path) -> None:
    free = [tune.text for tune in folk.generate(4, seed=3)]
    index = MelodyIndex.from_bytes(index_of(free), "a test")
    assert all(Tune.parse(text).originality(index).longest_run > 40 for text in free)
    model = owning(folk, tmp_path, index_of(free))
    assert model.melodies.books == {"mine": "My book"}
    for most in (None, 20):
        tunes = list(model.generate(4, seed=3, max_copied=most))
        assert all(tune.complete for tune in tunes)
        found = [Tune.parse(tune.text).originality(model.melodies) for tune in tunes]
        assert max(one.longest_run for one in found) <= (most or MAX_COPIED)
        assert {one.book for one in found} == {"mine"}


@pytest.mark.parametrize("is_other", [False, True], ids=["missing", "another's"])
def test_an_index_that_is_not_the_models_is_never_used_and_told_in_a_line(
    folk: Model, tmp_path: Path, caplog: pytest.LogCaptureFixture, *, is_other: bool
) -> None:
    said = "sha256 differs" if is_other else "cannot be read"
    model = owning(folk, tmp_path, index_of([JIG]) if is_other else None, "0" * 64)
    with pytest.raises(ModelError, match=rf"mine\.melodies: .*{said}"):
        _ = model.melodies
    with pytest.raises(UsageError, match=rf"max_copied: .*mine\.melodies: .*{said}"):
        model.generate(1, max_copied=20)
    with pytest.raises(UsageError, match="max_copied"):
        model.rewrite(JIG, [1], max_copied=20)
    with caplog.at_level(logging.WARNING):
        texts = [next(model.generate(1, seed=1)).text for _ in range(2)]
    assert len(texts[0]) > 100 and texts[0] == texts[1]
    assert len(caplog.messages) == 1, "once for all tunes"
    assert said in caplog.messages[0] and "\n" not in caplog.messages[0]


def test_a_model_without_an_index_has_no_limit_and_refuses_to_be_given_one(
    folk: Model, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    model = owning(folk, tmp_path, None, "")
    with pytest.raises(UsageError, match=r"max_copied: the model mine has no index.*make export"):
        model.generate(1, max_copied=20)
    with caplog.at_level(logging.WARNING):
        assert next(model.generate(1, seed=1)).complete
        assert model.vary(JIG, seed=1).text
    assert not caplog.messages


def test_an_older_model_does_not_take_the_index_of_other_books(folk: Model, tmp_path: Path) -> None:
    model = owning(folk, tmp_path, index_of([JIG]), "")
    with pytest.raises(ModelError, match="the model mine has no index"):
        _ = model.melodies
    spec = replace(folk.spec, provenance={"corpora": 3}, melodies="")
    of_nowhere = Model(folk.network.session, spec)
    with pytest.raises(ModelError, match="has no index"):
        _ = of_nowhere.melodies


def test_a_damaged_index_is_told_in_a_line(folk: Model, tmp_path: Path) -> None:
    model = owning(folk, tmp_path, index_of([JIG])[:-9], "")
    with pytest.raises(ModelError, match=r"mine\.melodies: damaged or cut off"):
        _ = model.melodies
