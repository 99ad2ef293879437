"""What may be asked of a tune is named once, for the type checker and at run time."""

import inspect
from dataclasses import fields
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from abcrun import Asked, Conditions, Model, PlainAsked
from tests.conftest import ROOT


def test_all_conditions_may_be_asked_for() -> None:
    asked = get_type_hints(Asked)
    assert {field.name: field.type for field in fields(Conditions)}.items() <= asked.items()
    assert get_type_hints(PlainAsked).items() < asked.items()


@pytest.mark.parametrize("name", [field.name for field in fields(Conditions)])
def test_open_is_what_asks_for_nothing_but_a_title(name: str) -> None:
    assert Conditions().is_open
    assert Conditions(**{name: 16 if name == "bars" else "x"}).is_open is (name == "title")


def test_conditions_are_taken_out_of_all_that_is_asked() -> None:
    asked: Asked = {"key": "Ador", "bars": 16, "seed": 7, "guide": "full", "title": None}
    assert Conditions.of(asked) == Conditions(key="Ador", bars=16)


def test_conditions_go_over_others_where_they_ask_for_something() -> None:
    mine, theirs = Conditions(key="G", bars=0), Conditions(key="D", bars=16, title="Ours")
    assert mine.over(theirs) == Conditions(key="G", bars=0, title="Ours")
    assert theirs.over(mine) == theirs


@pytest.mark.parametrize("method", ["generate", "requests", "request", "stream"])
@pytest.mark.parametrize("keyword", ["colour", "Meter", "rythm"])
def test_a_keyword_that_there_is_not_is_a_type_error_at_the_call(
    tiny: Model, method: str, keyword: str
) -> None:
    with pytest.raises(TypeError, match=f"unexpected keyword argument '{keyword}'"):
        getattr(tiny, method)(**{keyword: "6/8"})


@pytest.mark.parametrize("method", ["request", "stream"])
def test_plain_text_takes_no_conditions(tiny: Model, method: str) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'meter'; there are prompt,"):
        getattr(tiny, method)(meter="6/8")


def test_the_help_of_generate_tells_every_keyword() -> None:
    told = str(inspect.getdoc(Model.generate))
    missing = [name for name in get_type_hints(Asked) if f"{name} (" not in told]
    assert missing == ["title"], "which stands at the end of a list"
    assert 'form ("AABB"), title:' in told


def test_the_type_checker_names_a_wrong_keyword(tmp_path: Path) -> None:
    api: Any = pytest.importorskip("mypy.api")
    script = tmp_path / "script.py"
    script.write_text(
        "import abcrun\n"
        "def compose(model: abcrun.Model, level: abcrun.GuideLevel) -> None:\n"
        "    model.generate(2, slots=3, meter='6/8', bars=16, seed=1, guide=level)\n"
        "    model.generate(2, metre='6/8')\n"
        "    model.requests(2, bars='16')\n"
        "    model.stream(key='D')\n"
    )
    configuration = ("--config-file", str(ROOT / "pyproject.toml"))
    said, _, status = api.run(["--strict", *configuration, str(script)])
    assert status == 1
    errors = [line for line in said.splitlines() if ": error:" in line]
    assert [line.split(":")[1] for line in errors] == ["4", "5", "6"], said
    assert '"metre" for "generate"' in errors[0]
    assert '"bars"' in errors[1]
    assert '"key" for "stream"' in errors[2]
