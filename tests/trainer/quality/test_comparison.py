"""The comparison: a table of real and composed tunes in the model card."""

import dataclasses
import json
import re
import shutil
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import CliRunner, Result

from abcrun import Model
from abcrun.composition.levels import LEVELS
from abcrun.errors import UsageError
from abcrun.inference.request import Generated
from abctrain.__main__ import main
from abctrain.data.corpus import melody_in
from abctrain.data.text import join_tunes
from abctrain.export.export import export
from abctrain.quality.comparison import CLOSING, OPENING, Composed, RealTunes, with_quality
from abctrain.quality.figures import SetFigures, TuneFigures, index_of
from abctrain.training import checkpoint as checkpoints
from tests.conftest import ROOT
from tests.traditional import KESH


class _Composer:
    """Stands for a model of which only `generate` is used."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def generate(self, count: int, **options: Any) -> list[Generated]:
        self.asked.append(options)
        return [Generated(KESH, complete=index > 0, seed=1, index=index) for index in range(count)]


def test_each_level_is_asked_for() -> None:
    composer = _Composer()
    for guide in LEVELS[::2]:
        composed = Composed.by(cast(Model, composer), guide, 3, seed=5)
        assert [figures.complete for figures in composed.figures] == [False, True, True]
    assert composer.asked == [{"seed": 5, "guide": "off"}, {"seed": 5, "guide": "full"}]


def test_evaluate_prints_the_figures_and_puts_them_in_the_card(
    tmp_path: Path, irish_tunes: list[str]
) -> None:
    model = ROOT / "exported" / "irish.onnx"
    card = tmp_path / "irish.md"
    shutil.copy(model.with_suffix(".md"), card)
    before = card.read_text(encoding="utf-8")
    command = ["evaluate", str(model), "--tunes", "6", "--guide", "off", "--out", str(card)]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    rows = [
        line.strip("| ").split(" | ") for line in result.stdout.splitlines() if line.startswith("|")
    ]
    assert rows[0] == ["figure (95 % interval)", "real, held out", "guide off"]
    assert rows[2] == ["tunes", "42", "6"]
    for _, *cells in rows[3:11]:
        for cell in cells:
            value, low, high = map(float, re.findall(r"[0-9.]+", cell))
            assert 0 <= low <= value <= high <= 1
    assert float(rows[-2][-1].replace(",", "")) > 100  # characters
    after = card.read_text(encoding="utf-8")
    assert result.stdout in after
    assert after.index(CLOSING) < after.index("## What it can't do")
    assert with_quality(before, result.stdout) == after
    assert with_quality(after, "new").count(OPENING) == 1
    assert re.sub(f"{OPENING}.*{CLOSING}\n\n", "", after, flags=re.DOTALL) == before
    assert [path.name for path in tmp_path.iterdir()] == ["irish.md"]


def test_a_card_without_the_heading_gets_the_table_at_its_end() -> None:
    assert with_quality("# name\n", "table\n") == f"# name\n\n{OPENING}\ntable\n{CLOSING}\n"
    assert (
        with_quality(f"a\n{OPENING}\nold\n{CLOSING}\nb\n", r"\1 new")
        == f"a\n{OPENING}\n\\1 new\n{CLOSING}\nb\n"
    )


def test_evaluate_names_what_is_missing(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["evaluate", "--out", str(tmp_path / "none.md")])
    assert result.exit_code == 2
    assert "no such model card" in result.stderr


def test_the_tunes_held_out_are_those_of_the_models_own_corpus(
    shipped: Model, tmp_path: Path, irish_tunes: list[str]
) -> None:
    (tmp_path / "mine.abc").write_text(join_tunes(irish_tunes[:160]), encoding="utf-8")
    recipe = shipped.spec.provenance["recipe"]
    clean = {**recipe, "corpus": {"clean": True, "keys": "canonical"}}
    own = {**shipped.spec.provenance, "recipe": clean, "corpora": [{"name": "mine.abc"}]}
    spec = dataclasses.replace(shipped.spec, provenance=own)
    with pytest.raises(UsageError, match="--corpus"):
        RealTunes.of(spec)
    real = RealTunes.of(spec, tmp_path / "mine.abc")
    assert real.are_parted
    assert len(real.training) > 100
    figures = [TuneFigures.of(text) for text in real.held_out]
    assert figures
    assert all(one.complete and one.bars_right for one in figures)
    assert SetFigures.of(real.held_out, figures, index_of(real.training)).short_copies.value == 0


# The corpus of a model of one's own


@pytest.fixture
def own(recalling_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The book of a model in exported/, beside the run that it comes from."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(recalling_run, "runs/first")
    export(Path("runs/first"), Path("exported/mine.onnx"))
    configuration = json.loads(Path("runs/first/config.json").read_text())
    book = tmp_path / "mine.abc"
    shutil.copy(configuration["corpus"]["path"], book)
    configuration["corpus"]["path"] = str(book)
    Path("runs/first/config.json").write_text(json.dumps(configuration))
    return book


def evaluated(*options: str) -> Result:
    command = ["evaluate", "exported/mine.onnx", "--tunes", "2", "--guide", "off", *options]
    return CliRunner().invoke(main, command, catch_exceptions=False)


def test_the_corpus_of_a_model_is_found_by_its_run(own: Path) -> None:
    result = evaluated()
    assert result.exit_code == 0, result.output
    assert result.stderr == "written into exported/mine.md\n"
    assert result.stdout in Path("exported/mine.md").read_text()
    tunes = next(line for line in result.stdout.splitlines() if line.startswith("| tunes |"))
    held_out = checkpoints.load(Path("runs/first/best.pt"))["corpus"]["test"]
    assert tunes == f"| tunes | {len(held_out)} | 2 |"


def test_no_model_file_tells_where_its_corpus_was(own: Path) -> None:
    told = Model.load("exported/mine.onnx", "cpu").spec.to_json()
    assert '"name": "mine.abc"' in told
    assert str(own.parent) not in told


def test_a_corpus_that_has_moved_is_told_and_its_new_place_serves(own: Path) -> None:
    own.rename("moved.abc")
    result = evaluated()
    assert result.exit_code == 2
    assert result.stderr == (
        f"abctrain: model mine was trained on {own}, which is not there any more; give --corpus "
        "with where it is now (make quality CORPUS=...)\n"
    )
    result = evaluated("--corpus", "moved.abc")
    assert result.exit_code == 0, result.output
    with Model.load("exported/mine.onnx", "cpu") as model:
        known = partial(model.melodies.has_run, length=16)
        real = RealTunes.of(model.spec, Path("moved.abc"), known)
    held_out = set(map(melody_in, real.held_out))
    trained = map(melody_in, checkpoints.load(Path("runs/first/best.pt"))["corpus"]["training"])
    assert held_out and held_out.isdisjoint(trained), "whatever its name's hash says"
    shutil.rmtree("runs")
    result = evaluated()
    assert result.exit_code == 2
    assert "no run here tells where that is; give --corpus" in result.stderr


def test_a_corpus_that_has_changed_is_evaluated_with_a_warning(
    own: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own.write_text(own.read_text() + "\n" + KESH)
    assert evaluated().exit_code == 0
    assert (
        "mine.abc: not quite what the model was trained on (its sha256 differs)" in caplog.messages
    )
