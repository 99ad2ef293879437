"""The calls of the service that `docs/server.md` shows."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
import soundfile

from abcrun import Tune
from tests.conftest import ROOT, run
from tests.studio.server import Server, parse_events

ADDRESS = "http://127.0.0.1:8228/"  # in the examples
PAPER = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")


def test_the_example_in_python_runs(server: Server) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAPER, re.DOTALL)
    result = run(sys.executable, "-W", "error", "-c", example.replace(ADDRESS, server.url))
    assert result.returncode == 0, result.stderr.decode()
    tunes = list(Tune.find(result.stdout.decode()))
    assert len(tunes) > 1
    assert tunes[-1].key.text == "Ador"
    assert tunes[-1].is_valid


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_examples_with_curl_run(server: Server, tmp_path: Path) -> None:
    composed, streamed, rendered = re.findall(r"^curl .*", PAPER, re.MULTILINE)

    def output(command: str) -> str:
        result = run("sh", "-c", command.replace(ADDRESS, server.url), cwd=tmp_path)
        assert result.returncode == 0, result.stderr.decode()
        return result.stdout.decode()

    assert json.loads(output(composed))["tunes"][0]["key"] == "A dorian"
    assert [name for name, _ in parse_events(iter(output(streamed).splitlines()))][-2:] == [
        "tune",
        "end",
    ]
    assert output(rendered) == ""
    assert soundfile.info(tmp_path / "tune.mp3").duration > 1
