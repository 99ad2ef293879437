"""The tunes that a tune is compared with: those that the served model learned from."""

import logging
import shutil
from pathlib import Path

import pytest

from tests.studio.server import running


def test_a_served_model_compares_with_the_tunes_of_its_own_book(
    tiny_path: Path, irish_tunes: list[str]
) -> None:
    with running(model=str(tiny_path)) as server:
        (tune,) = server.post("/v1/check", {"abc": irish_tunes[0]}).json()["tunes"]
        assert tune["originality"]["book"] == "songs (1).txt"
        assert tune["originality"]["share"] == 1
        tunes = server.post("/v1/tunes", {"count": 3, "seed": 1}).json()["tunes"]
        books = {one["originality"]["book"] for one in tunes if one["originality"]}
        assert books <= {"songs (1).txt"}


def test_a_served_model_without_an_index_is_compared_with_no_other_models_book(
    tiny_path: Path, irish_tunes: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    alone = shutil.copy(tiny_path, tmp_path / "alone.onnx")
    with caplog.at_level(logging.WARNING), running(model=str(alone)) as server:
        (tune,) = server.post("/v1/check", {"abc": irish_tunes[0]}).json()["tunes"]
        (composed,) = server.post("/v1/tunes", {"seed": 1}).json()["tunes"]
        about = server.client.get("/v1/model").json()
    assert tune["originality"] is None
    assert composed["originality"] is None
    assert about["originality"] is False
    assert "tunes are not compared with known ones" in caplog.text
    assert "alone.melodies: cannot be read" in caplog.text
