"""The page's modules: what imports what, read from the files without a browser."""

import gzip
import re
from graphlib import TopologicalSorter

import pytest

from abcrun.studio.document import CLASSIC, PAGE, document

MODULES = sorted(path.name for path in PAGE.glob("*.js") if path.name not in CLASSIC)


def imported(module: str) -> set[str]:
    """Return the modules that a module imports."""
    text = (PAGE / module).read_text(encoding="utf-8")
    return set(re.findall(r'^(?:import|\}) (?:.*from )?"\./([^"]+)";$', text, re.MULTILINE))


def test_no_module_imports_itself_by_way_of_others() -> None:
    order = list(TopologicalSorter({name: imported(name) for name in MODULES}).static_order())
    assert sorted(order) == MODULES, "a module that is imported is missing"
    assert order[-1] == "app.js"


def exported(module: str) -> set[str]:
    """Return the names that a module exports."""
    text = (PAGE / module).read_text(encoding="utf-8")
    kinds = r"^export (?:async )?(?:function\*?|const|class) (\w+)"
    return set(re.findall(kinds, text, re.MULTILINE))


@pytest.mark.parametrize("module", MODULES)
def test_what_a_module_imports_is_exported(module: str) -> None:
    text = (PAGE / module).read_text(encoding="utf-8")
    for names, other in re.findall(r'^import \{([^}]*)\} from "\./([^"]+)"', text, re.MULTILINE):
        assert {name.strip() for name in names.split(",") if name.strip()} <= exported(other)


def test_every_module_is_used_and_loaded_at_once() -> None:
    html = document()
    loaded = set(re.findall(r'<link rel="modulepreload" href="static/\w+/([^"]+)"', html))
    assert loaded == set(MODULES) - {"app.js"}
    assert set().union(*map(imported, MODULES)) == loaded
    assert re.search(r'<script type="module" src="static/\w+/app.js">', html)


def test_no_file_is_longer_than_one_reads() -> None:
    for path in PAGE.iterdir():
        if path.suffix in (".js", ".css", ".html"):
            assert len(path.read_text(encoding="utf-8").splitlines()) <= 500, path.name


def test_scripts_come_in_under_200_kilobytes() -> None:
    sent = [gzip.compress(path.read_bytes()) for path in PAGE.glob("*.js")]
    assert sum(map(len, sent)) < 200_000


@pytest.mark.parametrize("module", [*MODULES, *sorted(CLASSIC)])
def test_a_module_opens_with_what_it_is_for(module: str) -> None:
    first = (PAGE / module).read_text(encoding="utf-8").partition("\n")[0]
    assert re.fullmatch(r"// [A-Z].{20,}", first)


def test_app_only_wires() -> None:
    text = (PAGE / "app.js").read_text(encoding="utf-8")
    assert not re.search(r"^(export|class) ", text, re.MULTILINE)
    assert len(text.splitlines()) < 200
