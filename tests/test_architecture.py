"""`docs/architecture.md` is true: the path that it tells is the path that a trace
shows, and every module has its line."""

import re
import sys
from pathlib import Path
from types import FrameType

import pytest
from click.testing import CliRunner

import abcrun
from abcrun.cli import main
from tests.conftest import ROOT

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
RUNTIME, TRAINER = ROOT / "runtime" / "abcrun", ROOT / "trainer" / "abctrain"


def told_path() -> list[tuple[str, str]]:
    """Return file and function of each step of the told path, in order."""
    section = ARCHITECTURE.partition("## The path of one tune")[2].partition("\n## ")[0]
    return re.findall(r"^\d+\. `([\w/.]+)` `([\w.]+)`", section, re.MULTILINE)


def test_the_path_of_a_jig_is_the_path_that_a_trace_shows() -> None:
    first_calls: dict[tuple[str, str], int] = {}
    package = Path(abcrun.__file__).parent

    def note(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(str(package)):
            file = Path(code.co_filename).relative_to(package).as_posix()
            first_calls.setdefault((file, code.co_qualname), len(first_calls))

    sys.setprofile(note)
    try:
        result = CliRunner().invoke(main, ["generate", "--rhythm", "jig", "--seed", "1"])
    finally:
        sys.setprofile(None)
    assert result.exit_code == 0, result.output
    told = told_path()
    assert len(told) >= 12
    for step in told:
        assert step in first_calls, f"{step} is told, but never called"
    assert [first_calls[step] for step in told] == sorted(first_calls[step] for step in told)


def modules(root: Path) -> list[str]:
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*.py")
        if path.name not in ("__init__.py", "__main__.py")
    )


@pytest.mark.parametrize("root", [RUNTIME, TRAINER], ids=["runtime", "trainer"])
def test_every_module_has_its_line(root: Path) -> None:
    section = ARCHITECTURE.partition("## Where each thing lives")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([\w/-]+\.py)`", section))
    assert [name for name in modules(root) if name not in named] == []


def test_no_line_names_a_module_that_is_gone() -> None:
    known = {*modules(RUNTIME), *modules(TRAINER)}
    known |= {f"{path.parent.name}/{path.name}" for path in (ROOT / "tests").rglob("*.py")}
    known |= {"__init__.py", "__main__.py", "cli/__init__.py"}
    for name in re.findall(r"`([\w/]+\.py)`", ARCHITECTURE):
        assert name in known, name


def test_the_top_of_the_runtime_is_short() -> None:
    files = [path.name for path in RUNTIME.glob("*.py")]
    assert len(files) <= 12, files
