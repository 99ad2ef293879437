"""The steps of deploy/Dockerfile in a clean environment, where no daemon builds images.

    sudo python -m tests.bench.image

What the file copies is copied, what it runs is run, and the server is started as its
user, on a disk where that user may write to /tmp alone. It has to be ready, compose and
render.
"""

import json
import os
import re
import subprocess
import tempfile
import time
import venv
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import click

ROOT = Path(__file__).parents[2]
URL = "http://127.0.0.1:8228"


@click.command()
@click.option("--device", default="cpu", show_default=True, help="The build argument DEVICE.")
def main(device: str) -> None:
    """Follow the Dockerfile, and try what it makes."""
    if os.getuid() != 0:
        raise click.ClickException("only root can be another user: sudo")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        root.chmod(0o755)
        user, settings = _built(root, device)
        _tried(root, user, settings)


def _steps() -> Iterator[tuple[str, str]]:
    text = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(None, text.splitlines()):
        word, _, rest = line.partition(" ")
        yield word, " ".join(rest.split())


def _built(root: Path, device: str) -> tuple[int, dict[str, str]]:
    """Do each step below `root`; return the user and the environment of the image."""
    venv.create(root / "python", with_pip=True)
    environment = {"PATH": f"{root}/python/bin:/usr/bin:/bin", "DEVICE": device}
    user, settings = 0, {}
    for word, rest in _steps():
        if word == "COPY" and "--from" not in rest:
            *sources, target = rest.split()
            place = root / target.strip("/")
            place.mkdir(parents=True, exist_ok=True)
            for source in sources:
                # A folder's contents are copied, not the folder.
                path = f"{ROOT / source}/." if (ROOT / source).is_dir() else str(ROOT / source)
                subprocess.run(["cp", "-r", path, place], check=True)
        elif word == "RUN":
            command = re.sub(r"(?<![\w./])/(src|wheel)", rf"{root}/\1", rest)
            print(f"RUN {rest}")
            subprocess.run(["sh", "-ec", command], check=True, env=environment, cwd=root)
        elif word == "USER":
            user = int(rest)
        elif word == "ENV":
            settings = dict(one.split("=", 1) for one in rest.split())
    size = sum(path.stat().st_size for path in (root / "python").rglob("*") if path.is_file())
    print(f"{size / 1e6:.0f} MB of packages")
    return user, environment | settings


def _tried(root: Path, user: int, environment: dict[str, str]) -> None:
    environment |= {"ABCRUN_TOKEN": "secret", "TMPDIR": "/tmp"}
    started = time.monotonic()
    command = [str(root / "python" / "bin" / "abcrun"), "serve"]
    with subprocess.Popen(
        command, user=user, group=user, extra_groups=[], env=environment
    ) as served:
        try:
            while not _is_ready():
                assert served.poll() is None and time.monotonic() - started < 120
                time.sleep(0.2)
            print(f"ready after {time.monotonic() - started:.1f} s, as user {user}")
            tune = json.loads(_ask("/v1/tunes", {"rhythm": "jig", "seed": 7}))["tunes"][0]["abc"]
            for kind, first in (("mp3", b"\xff"), ("pdf", b"%PDF-"), ("png", b"\x89PNG")):
                assert _ask("/v1/render", {"abc": tune, "format": kind}).startswith(first), kind
            print(tune)
        finally:
            served.terminate()
    written = [
        path for path in root.rglob("*") if not path.is_symlink() and path.stat().st_uid == user
    ]
    assert not written, written


def _is_ready() -> bool:
    try:
        with urlopen(f"{URL}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except URLError:
        return False


def _ask(path: str, asked: dict[str, object]) -> bytes:
    headers = {"Content-Type": "application/json", "Authorization": "Bearer secret"}
    with urlopen(Request(URL + path, json.dumps(asked).encode(), headers), timeout=120) as answer:
        content: bytes = answer.read()
        return content


if __name__ == "__main__":
    main()
