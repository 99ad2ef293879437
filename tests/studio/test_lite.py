"""The page without a server: what `abcrun lite` writes composes in a browser, and has
the numbers of Node and of our own runtime."""

import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe

from abcrun import Model
from abcrun.inference.sampling import Sampling
from tests.conftest import ROOT, run
from tests.conftest import abcrun as command
from tests.test_examples import NODE_MODULES, node

IRISH = ROOT / "exported" / "irish.onnx"
PACKAGE = NODE_MODULES / "onnxruntime-web"

PROBE = """
const composer = new Composer(ort, session, spec);
const logits = [...await composer.read("X:1\\nT: The Trip\\nM: 6/8\\n")];
composer.reset();
let greedy = spec.prompt;
let next = await composer.read(greedy);
while (greedy.length < 300) {
  const character = composer.characters[draw(next, { top_k: 1, temperature: 1 }, () => 0)];
  greedy += character;
  next = await composer.read(character);
}
"""
"""Reads a header and writes the 300 most probable characters, wherever it runs."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not PACKAGE.is_dir():
        pytest.skip("onnxruntime-web is not installed: tools/environment develop brings it")
    out = tmp_path_factory.mktemp("lite") / "page"
    result = command("lite", out, "--model", IRISH, "--onnxruntime-web", PACKAGE)
    assert result.returncode == 0, result.stderr.decode()
    assert result.stderr.decode().startswith(f"abcrun: 9 files in {out}, ")
    return out


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def served(folder: Path) -> Iterator[ThreadingHTTPServer]:
    """Any web server: the one of Python's library."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def opened(browser: Any, server: ThreadingHTTPServer, **options: Any) -> Any:
    page = browser.new_context(**options).new_page()
    page.goto(f"http://127.0.0.1:{server.server_port}/")
    page.wait_for_selector("#compose:enabled", timeout=60_000)
    return page


def test_a_tune_is_composed_when_the_server_is_gone(
    browser: Any, served: ThreadingHTTPServer
) -> None:
    page = opened(browser, served, locale="en-US")
    served.shutdown()
    page.context.set_offline(True)
    page.fill("#seed", "3")
    page.click("#compose")
    page.wait_for_selector("#compose:enabled", timeout=60_000)
    text = page.text_content("#tune")
    assert text.startswith("X:") and text.count("|") > 8
    assert set(text) <= set(json.loads(IRISH.with_suffix(".json").read_text("utf-8"))["vocabulary"])
    assert page.text_content("#status").startswith("Done: ")
    # The next press is another tune; the seed brings this one back.
    assert page.input_value("#seed") == "4"
    page.fill("#seed", "3")
    page.click("#compose")
    page.wait_for_selector("#compose:enabled", timeout=60_000)
    assert page.text_content("#tune") == text
    assert not Axe().run(page).response["violations"]
    page.context.close()


def test_it_speaks_spanish_on_a_phone(browser: Any, served: ThreadingHTTPServer) -> None:
    page = opened(browser, served, locale="es-ES", viewport={"width": 320, "height": 640})
    assert page.text_content("#compose") == "Componer"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.context.close()


def test_chromium_node_and_python_have_the_same_numbers(
    browser: Any, served: ThreadingHTTPServer, tmp_path: Path
) -> None:
    page = opened(browser, served)
    logits, greedy = page.evaluate(
        """async () => {
          const ort = await import("/onnxruntime/ort.wasm.min.mjs");
          const { Composer, draw } = await import("/composer.mjs");
          const spec = await (await fetch("/model.json")).json();
          const session = await ort.InferenceSession.create("/model.onnx");
          PROBE
          return [logits, greedy];
        }""".replace("PROBE", PROBE)
    )
    page.context.close()
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    composer = (ROOT / "runtime/abcrun/lite/page/composer.mjs").as_uri()
    (tmp_path / "probe.mjs").write_text(
        f"""import {{ readFileSync }} from "node:fs";
        import ort from "onnxruntime-node";
        import {{ Composer, draw }} from "{composer}";
        const spec = JSON.parse(readFileSync("{IRISH.with_suffix(".json")}", "utf8"));
        const session = await ort.InferenceSession.create("{IRISH}");
        {PROBE}
        console.log(JSON.stringify([logits, greedy]));""",
        "utf-8",
    )
    result = run(node() or "node", "probe.mjs", cwd=tmp_path)
    assert result.returncode == 0, result.stderr.decode()
    node_logits, node_greedy = json.loads(result.stdout)
    assert np.abs(np.subtract(logits, node_logits)).max() < 1e-5
    assert greedy == node_greedy and len(greedy) == 300
    with Model.load(IRISH, "cpu", "float32") as model:
        ours = next(iter(model.generate(1, sampling=Sampling(top_k=1), guide="off"))).text
    assert greedy.startswith(ours.rstrip())


def test_a_model_with_signs_of_recall_is_refused(folder: Path, tmp_path: Path) -> None:
    model = ROOT / "exported" / "folk.onnx"
    result = command("lite", tmp_path / "out", "--model", model, "--onnxruntime-web", PACKAGE)
    assert result.returncode == 1
    assert result.stderr.decode() == (
        f"abcrun: {model}: it writes signs of recall, which only abcrun turns into ABC; take a "
        "model that writes plain ABC, such as exported/irish.onnx\n"
    )
    assert not (tmp_path / "out").exists()


def test_a_missing_package_is_one_line_and_nothing_is_written(tmp_path: Path) -> None:
    result = command("lite", "out", "--model", IRISH, cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr.decode().startswith(
        "abcrun: node_modules/onnxruntime-web/dist/ort.wasm.min.mjs: cannot be read "
    )
    assert "npm install onnxruntime-web@1.30.0" in result.stderr.decode()
    assert list((tmp_path / "out").rglob("*.*")) == []
