"""The corpus: tunes to train on and tunes held out, or one clear line that says why
not."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from abcrun.composition.repertoire import Repertoire
from abcrun.errors import CorpusError
from abcrun.notation import Tune
from abcrun.notation.melody import melody_of
from abctrain.data import corpus as corpora
from abctrain.data.corpus import Corpus
from abctrain.data.sources import Source, SourceFile, SourceText
from abctrain.recipe import CorpusRecipe
from tests.trainer.data.conftest import random_book

TUNE = "X:{}\nT:Tune {}\nK:D\nDEFG ABcd|\n"


def tunes(count: int) -> str:
    return "\n".join(TUNE.format(i, i) for i in range(count))


def text(count: int) -> SourceText:
    return SourceText(Source("c", "c", "none", "", 0, count), (SourceFile(tunes(count)),))


def test_a_name_with_spaces_and_parentheses_works(tmp_path: Path) -> None:
    path = tmp_path / "songs (1).txt"
    path.write_text(tunes(40))
    corpus = Corpus.of_path(path, 0.1)
    assert len(corpus.training) + len(corpus.held_out) == 40
    assert corpus.sources[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: path.write_text(""), "it is empty"),
        (lambda path: path.write_text("X:1\nK:D\nABc|\n"), "at least two"),
        (lambda path: None, "no such file or folder"),
        (lambda path: path.mkdir(), "holds no .abc or .txt file"),
    ],
    ids=["empty", "one tune", "missing", "empty folder"],
)
def test_what_is_no_corpus_is_a_clear_error(tmp_path: Path, make: object, message: str) -> None:
    path = tmp_path / "corpus.abc"
    make(path)  # type: ignore[operator]
    with pytest.raises(CorpusError, match=message):
        Corpus.of_path(path, 0.05)


def test_the_split_is_by_tune_and_stays_when_tunes_are_added() -> None:
    few, many = (Corpus.of_texts("c", [text(n)], 0.2) for n in (100, 200))
    assert set(few.training) <= set(many.training)
    assert set(few.held_out) <= set(many.held_out)
    assert not set(many.training) & set(many.held_out)
    assert 20 < len(many.held_out) < 60


def test_the_same_tune_twice_stays_on_one_side() -> None:
    corpus = Corpus.of_texts("c", [text(50), text(50)], 0.2)
    assert not set(corpus.training) & set(corpus.held_out)


def test_a_clean_corpus_is_on_one_tonic_with_the_form_plans_of_its_tunes(tmp_path: Path) -> None:
    path = tmp_path / "mine.abc"
    path.write_text(random_book(100))
    corpus = Corpus.of_recipe(CorpusRecipe(clean=True, keys="canonical", recall=True), path)
    parts = (corpus.training, corpus.held_out, corpus.test)
    assert sum(map(len, parts)) == 100
    assert all(parts)
    assert all("\nK:Dmaj\n" in tune for part in parts for tune in part)
    assert corpus.name == "mine"
    assert [source.name for source in corpus.sources] == ["mine.abc"]
    repertoire = Repertoire.from_text(corpus.repertoire)
    assert repertoire.canonical == "D"
    assert repertoire.tonics == {"maj": {"C": 100}}
    written = Corpus.of_recipe(CorpusRecipe(clean=True), path)
    assert all("\nK:Cmaj\n" in tune for tune in written.training)
    assert len(written.training) == len(corpus.training)
    assert written.repertoire == "", "only a network with recall is guided by plans"


def test_a_large_corpus_gives_the_plans_of_tunes_all_over_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.abc"
    path.write_text(random_book(100))
    recipe = CorpusRecipe(clean=True, keys="canonical", recall=True)
    plans = Repertoire.from_text(Corpus.of_recipe(recipe, path).repertoire).plans
    monkeypatch.setattr(corpora, "MOST_PLANS", 30)
    fewer = Repertoire.from_text(Corpus.of_recipe(recipe, path).repertoire).plans
    assert fewer == plans[::3]
    assert 20 < len(fewer) <= 30


def test_a_clean_corpus_may_have_no_tune_with_a_form_plan(tmp_path: Path) -> None:
    path = tmp_path / "mine.abc"
    # The key changes behind the first bar line of each tune.
    path.write_text(re.sub(r"(\nK:.*\n\|?:?[^|\n]+\|)", r"\1[K:G]", random_book(60)))
    corpus = Corpus.of_recipe(CorpusRecipe(clean=True, keys="canonical", recall=True), path)
    assert all("[K:" in tune for tune in corpus.training)
    assert corpus.repertoire == "", "and not one that cannot be read"


def test_a_clean_corpus_of_too_few_tunes_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "mine.abc"
    path.write_text(random_book(2))
    with pytest.raises(CorpusError, match="too few to hold some out; 0 are left out"):
        Corpus.of_recipe(CorpusRecipe(clean=True), path)


def test_a_clean_corpus_counts_the_tunes_that_it_leaves_out(tmp_path: Path) -> None:
    path = tmp_path / "mine.abc"
    wrong = random_book(63).split("\n\n")[60:]
    path.write_text(
        "\n\n".join([random_book(60), *(tune.replace("|", "C|", 2) for tune in wrong), wrong[0]])
    )
    recipe = CorpusRecipe(clean=True)
    corpus = Corpus.of_recipe(recipe, path)
    assert len(corpus.training) + len(corpus.held_out) + len(corpus.test) == 61
    assert corpus.left_out == {"bar-length": 3}
    path.write_text("\n\n".join(tune.replace("|", "C|", 2) for tune in wrong))
    message = "no tune of the corpus can be used; 3 are left out: 3 bar-length"
    with pytest.raises(CorpusError, match=message):
        Corpus.of_recipe(recipe, path)


@pytest.mark.parametrize("clean", [False, True])
def test_tunes_that_a_network_knows_are_trained_on_and_counted(tmp_path: Path, clean: bool) -> None:
    path = tmp_path / "mine.abc"
    path.write_text(random_book(100))
    recipe = CorpusRecipe(clean=clean)
    plain = Corpus.of_recipe(recipe, path)
    known_melodies = {bytes(melody_of(Tune.parse(tune))) for tune in plain.held_out[:2]}

    def known(melody: Sequence[int]) -> bool:
        return bytes(melody) in known_melodies

    corpus = Corpus.of_recipe(recipe, path, known)
    assert corpus.known == 2
    assert set(plain.held_out[:2]) <= set(corpus.training)
    assert corpus.held_out == plain.held_out[2:]
    assert corpus.test == plain.test
    assert corpus.known_held_out == 0
    corpus = Corpus.of_recipe(recipe, path, lambda melody: True)
    assert (corpus.held_out, corpus.test) == (plain.held_out, plain.test), "as best as possible"
    assert corpus.known == 100
    assert corpus.known_held_out == len((*plain.held_out, *plain.test)) >= 2
