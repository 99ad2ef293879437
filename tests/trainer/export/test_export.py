"""Exporting: a file is written when it does what the checkpoint does, and not else."""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray

from abcrun import Model
from abcrun.errors import OutputError
from abcrun.formats import PRECISIONS
from abcrun.inference.spec import ModelSpec
from abctrain.__main__ import main
from abctrain.export.check import ExportError, bits_of_file
from abctrain.export.export import export
from abctrain.export.graph import build
from abctrain.export.shipped import files_of
from abctrain.training import checkpoint as checkpoints
from tests.conftest import ROOT, run
from tests.full_disk import FullDisk


def test_a_file_that_differs_from_pytorch_is_refused_and_the_old_one_stays(
    workshop: Path, tmp_path: Path
) -> None:
    target = tmp_path / "model.onnx"
    target.write_bytes(b"the old one")

    def with_wrong_gates(
        weights: Mapping[str, NDArray[np.float32]], spec: ModelSpec
    ) -> onnx.ModelProto:
        """The LSTM's gates in another order than PyTorch's."""
        wrong = {
            name: np.roll(values, spec.hidden, axis=0) if name.startswith("lstm") else values
            for name, values in weights.items()
        }
        return build(wrong, spec)

    with pytest.raises(ExportError, match="differ from PyTorch's"):
        export(workshop / "runs" / "songs-1", target, build=with_wrong_gates)
    assert target.read_bytes() == b"the old one"
    assert list(tmp_path.iterdir()) == [target]


def test_int8_that_predicts_too_much_worse_is_left_out_and_an_older_one_goes(
    workshop: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    old = tmp_path / "model.int8.onnx"
    old.write_bytes(b"of an older model")
    export(workshop / "runs" / "songs-1", tmp_path / "model.onnx", int8_tolerance=-0.5)
    assert not old.exists()
    assert "model.int8.onnx is left out" in caplog.text
    assert "not exported" in (tmp_path / "model.md").read_text()


def test_a_calibrated_file_divides_the_logits_and_its_figures_are_its_own(
    calibrated: Path, tiny_path: Path, tmp_path: Path
) -> None:
    best = checkpoints.load(calibrated / "best.pt")
    metrics = export(calibrated, tmp_path / "model.onnx").metrics
    tokens = np.array([[1, 2, 3]])
    whole, softened = (
        Model.load(path, "cpu", "float32") for path in (tiny_path, tmp_path / "model.onnx")
    )
    expected, _ = whole.step(tokens, whole.initial_state())
    logits, _ = softened.step(tokens, softened.initial_state())
    np.testing.assert_allclose(logits, expected / 1.5, atol=0.01)
    told = bits_of_file(tmp_path / "model.onnx", best["corpus"]["held_out"], "float32")
    assert metrics.held_out_bits_per_character == pytest.approx(told, abs=1e-4)
    assert metrics.held_out_bits_per_character != pytest.approx(
        best["history"][-1]["held_out_bits_per_character"]
    )
    assert "divided by 1.5" in (tmp_path / "model.md").read_text()


def test_what_is_proposed_can_be_changed_without_training(
    workshop: Path, tiny_path: Path, tmp_path: Path
) -> None:
    target = tmp_path / "mine.onnx"
    settings = ("generation.temperature=0.9", "generation.top_k=7", 'generation.prompt="X:1\\n"')
    arguments = ["export", "--run", str(workshop / "runs" / "songs-1"), "--out", str(target)]
    command = [*arguments, *(part for one in settings for part in ("--set", one))]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.stderr
    spec, before = (Model.load(path, "cpu", "float32").spec for path in (target, tiny_path))
    assert (spec.sampling.temperature, spec.sampling.top_k, spec.prompt) == (0.9, 7, "X:1\n")
    assert spec.max_chars == before.max_chars, "the rest is as it was"
    changed = spec.provenance["recipe"]
    assert changed["generation"]["temperature"] == 0.9
    assert {**changed, "generation": 0} == {**before.provenance["recipe"], "generation": 0}
    assert "temperature 0.9" in target.with_suffix(".md").read_text()


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("training.epochs=9", "only [generation] can be changed at its export"),
        ("temperature=0.9", "only [generation] can be changed at its export"),
        ("generation.temperature", "write section.key=value"),
        ("generation.temperature=0", "temperature is 0; it must be a number above 0"),
        ("generation.temperature=hot", "generation.temperature is 'hot'; it must be a number"),
        ("generation.top_k=0", "top_k is 0; it must be a whole number from 1 on"),
        ("generation.topk=3", "unknown entry generation.topk; there are prompt"),
        ("generation.prompt=\N{SHAMROCK}", "the model does not know '\N{SHAMROCK}'"),
    ],
)
def test_a_wrong_setting_is_told_before_any_work(
    workshop: Path, tmp_path: Path, setting: str, message: str
) -> None:
    arguments = ["export", "--run", str(workshop / "runs" / "songs-1"), "--set", setting]
    result = CliRunner().invoke(main, [*arguments, "--out", str(tmp_path / "mine.onnx")])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_make_hands_an_export_what_is_set() -> None:
    def export_of(*goals: str) -> str:
        dry = ("make", "--no-print-directory", "-n", "-o", ".venv/.train", *goals)
        settings = "SET=training.epochs=2 generation.temperature=0.9"
        return run(*dry, settings, cwd=ROOT).stdout.decode().splitlines()[-1]

    assert "--set 'training.epochs=2'" in export_of("export")
    assert "--set 'training.epochs=2'" not in export_of("train", "export")
    assert "--set 'generation.temperature=0.9'" in export_of("train", "export")


@pytest.mark.parametrize("file", range(5))
def test_a_full_disk_is_one_line_and_the_older_export_stays_whole(
    workshop: Path, tiny_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: int
) -> None:
    target = tmp_path / "exported" / "mine.onnx"
    target.parent.mkdir()
    older = {path.name: f"the old {path.suffix}" for path in files_of(target)}
    for name, content in older.items():
        (target.parent / name).write_text(content)
    sizes = [path.stat().st_size for path in files_of(tiny_path)]
    FullDisk(target.parent, sum(sizes[:file]) + sizes[file] // 2, monkeypatch)
    arguments = ["export", "--run", str(workshop / "runs" / "songs-1"), "--out", str(target)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert result.stderr == (
        f"abctrain: cannot write {files_of(target)[file]}: No space left on device; "
        "all files are as they were\n"
    )
    found = {path.name: path.read_text() for path in target.parent.iterdir()}
    assert found == older


def test_a_full_disk_for_files_that_are_tried_is_one_line(
    workshop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    FullDisk(tmp_path / "tmp", 1000, monkeypatch)
    target = tmp_path / "mine.onnx"
    with pytest.raises(OutputError, match=r"mine\.onnx: No space left on device$"):
        export(workshop / "runs" / "songs-1", target)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "not there"))
    with pytest.raises(OutputError, match=r"No such file or directory.*; set TMPDIR"):
        export(workshop / "runs" / "songs-1", target)
    assert not target.exists()


def test_the_two_files_of_an_export_have_an_id_that_no_other_has(
    tiny_path: Path, workshop: Path, tmp_path: Path
) -> None:
    ids = {Model.load(tiny_path, "cpu", precision).spec.export_id for precision in PRECISIONS}
    assert len(ids) == 1
    # The name is all that differs.
    export(workshop / "runs" / "songs-1", tmp_path / "other.onnx", int8_tolerance=1)
    others = {
        Model.load(tmp_path / "other.onnx", "cpu", precision).spec.export_id
        for precision in PRECISIONS
    }
    assert len(others) == 1
    assert ids.isdisjoint(others)


def test_the_shipped_model_is_the_full_recipe(shipped: Model) -> None:
    assert (shipped.spec.layers, shipped.spec.hidden, len(shipped.spec.vocabulary)) == (3, 512, 83)
    metrics = shipped.spec.provenance["metrics"]
    assert metrics["epochs"] == 100
    # A compressor (PPMd of order 8, which reads the training tunes first) takes 1.651
    # for the same tunes.
    assert metrics["held_out_bits_per_character"] <= 1.60
    assert shipped.spec.provenance["corpora"][0]["sha256"].startswith("df3782d5f7b5")
