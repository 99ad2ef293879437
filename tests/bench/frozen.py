"""An app of ten lines, frozen into one file by PyInstaller in a clean environment.

    python -m tests.bench.frozen

It composes, makes WAV and PDF where there is no Python and no package. Printed are its
size, how long it takes to its first output, and how long to the end.
"""

import os
import subprocess
import tempfile
import time
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
PYINSTALLER = "pyinstaller==6.22.3"
APP = """\
import sys
import abcrun

print("started", flush=True)
model = abcrun.Model.load(device="cpu")
text = next(model.generate(1, seed=7, rhythm="jig")).text
tune = abcrun.Tune.parse(text)
print(text)
for suffix in ("wav", "pdf"):
    with open(f"{sys.argv[1]}/tune.{suffix}", "wb") as file:
        file.write(abcrun.render(tune, suffix))
"""


def main() -> None:
    """Build the app, run it, and tell what it takes."""
    with tempfile.TemporaryDirectory() as folder:
        _measure(Path(folder))


def _measure(folder: Path) -> None:
    venv.create(folder / "env", with_pip=True)
    python = folder / "env" / "bin" / "python"
    _run(python, "-m", "pip", "install", "-q", f"{ROOT}[cpu,score]", PYINSTALLER, cwd=folder)
    (folder / "app.py").write_text(APP)
    started = time.monotonic()
    _run(python, "-m", "PyInstaller", "--onefile", "--log-level=ERROR", "app.py", cwd=folder)
    print(f"built in {time.monotonic() - started:.0f} s")
    app = (folder / "dist" / "app").rename(folder / "app")
    print(f"{app.stat().st_size / 1e6:.0f} MB")
    # Nothing of the environment that it was built in may help it.
    (folder / "env").rename(folder / "gone")
    for _ in range(2):
        out = Path(tempfile.mkdtemp(dir=folder))
        _start(app, out)


def _start(app: Path, out: Path) -> None:
    started = time.monotonic()
    environment = {"PATH": "/nowhere", "TMPDIR": os.environ.get("TMPDIR", "/tmp")}
    with subprocess.Popen([app, out], stdout=subprocess.PIPE, cwd=out, env=environment) as running:
        assert running.stdout is not None
        first = running.stdout.readline()
        to_first = time.monotonic() - started
        rest = running.stdout.read()
    to_end = time.monotonic() - started
    assert (running.returncode, first) == (0, b"started\n"), running.returncode
    assert rest.startswith(b"X:1\n"), rest
    assert (out / "tune.wav").read_bytes()[:4] == b"RIFF"
    assert (out / "tune.pdf").read_bytes()[:5] == b"%PDF-"
    left = [path.name for path in Path(environment["TMPDIR"]).glob("_MEI*")]
    print(f"first output after {to_first:.1f} s, all after {to_end:.1f} s, left behind: {left}")


def _run(*command: str | Path, cwd: Path) -> None:
    # The packages of the environment that runs this are not those that are frozen.
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([str(one) for one in command], cwd=cwd, check=True, env=environment)


if __name__ == "__main__":
    main()
