"""The tree of exceptions, as `abcrun.errors` draws it, is the tree that there is."""

import importlib
import inspect
import pkgutil
import re

import abcrun
import abctrain
from abcrun import AbcrunError

_LINE = re.compile(r"^(?P<branch>(?:│   |    )*)(?:├── |└── )(?P<name>\w+) {2,}(?P<said>\S.*)$")


def drawn() -> dict[str, str]:
    """The name of each class in the drawing, and that of the class it hangs from."""
    lines = inspect.getdoc(AbcrunError).splitlines()  # type: ignore[union-attr]
    start = lines.index("AbcrunError")
    path = ["AbcrunError"]
    parents: dict[str, str] = {}
    for line in lines[start + 1 :]:
        found = _LINE.fullmatch(line)
        assert found is not None, f"this line of the drawing is no branch: {line!r}"
        depth = len(found["branch"]) // 4
        assert found["name"] not in parents, f"{found['name']} is drawn twice"
        parents[found["name"]] = path[depth]
        path[depth + 1 :] = [found["name"]]
    return parents


def existing() -> dict[str, str]:
    """The name of each class under `AbcrunError` in the runtime and the trainer, and
    that of the class it derives from."""
    for package in (abcrun, abctrain):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):  # it would run
                importlib.import_module(module.name)
    parents: dict[str, str] = {}
    waiting = [AbcrunError]
    while waiting:
        parent = waiting.pop()
        for child in parent.__subclasses__():
            if child.__module__.partition(".")[0] in ("abcrun", "abctrain"):
                parents[child.__name__] = parent.__name__
                waiting.append(child)
    return parents


def test_all_errors_are_drawn_where_they_hang() -> None:
    assert drawn() == existing()
