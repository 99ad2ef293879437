"""What a model file says of itself: written, read again, and refused where wrong."""

import json

import pytest

from abcrun import ModelError, Sampling
from abcrun.inference.spec import MOST_METADATA, ModelSpec
from abcrun.inference.vocabulary import Vocabulary

SPEC = ModelSpec(
    name="tiny",
    vocabulary=Vocabulary("\n|:ABCX♭"),
    layers=2,
    hidden=48,
    precision="int8",
    sampling=Sampling(top_k=3, top_p=0.9, temperature=0.8),
    max_chars=300,
    repertoire="plans",
    critic="critic",
    melodies="0" * 64,
    recall=True,
    provenance={"recipe": "folk", "metrics": {"epoch": 3}},
)


def test_reading_is_the_inverse_of_writing() -> None:
    assert ModelSpec.from_json(SPEC.to_json(), "file") == SPEC
    assert SPEC.to_json().isascii()


def test_an_older_file_is_read() -> None:
    """One from before int8, form plans, critics, recall and indexes."""
    entries = json.loads(SPEC.to_json())
    for name in ("precision", "repertoire", "critic", "melodies", "recall"):
        del entries[name]
    spec = ModelSpec.from_json(json.dumps(entries), "file")
    assert (spec.precision, spec.repertoire, spec.critic, spec.melodies) == ("float32", "", "", "")
    assert not spec.recall


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "file: its metadata has schema 2"),
        ({"vocabulary": "aa"}, "lists every character once"),
        ({"recall": False}, "file: it has form plans of an older abcrun; train and export it anew"),
        ({"layers": "many"}, "lacks or misstates an entry"),
        ({"sampling": {"top_k": 0}}, "top_k is 0"),
        ({"sampling": {"unheard": 1}}, "has an unknown entry 'unheard'"),
        ({"sampling": {"top_p": "0.5"}}, "top_p is '0.5'"),
        ({"name": "two\nlines"}, "must be a text that can be printed on one line"),
        ({"layers": True}, "layers is True; it must be a whole number from 1 to 256"),
        ({"max_chars": 10**9}, "max_chars is 1000000000; it must be"),
        ({"precision": "int4"}, "precision is 'int4'"),
        ({"prompt": "Y"}, "'Y' of its prompt is not in its vocabulary"),
        ({"recall": "no"}, "recall is 'no'; it must be true or false"),
        ({"provenance": {"corpora": [{"tunes": -1}]}}, "tunes is -1"),
        ({"provenance": {"metrics": []}}, "metrics is .., not an object"),
        ({"provenance": [[[]]]}, "provenance is .*, not an object"),
        ({"name": None}, "name is null"),
    ],
)
def test_a_wrong_entry_is_an_error_that_names_the_file(
    change: dict[str, object], message: str
) -> None:
    text = json.dumps({**json.loads(SPEC.to_json()), **change})
    with pytest.raises(ModelError, match=message):
        ModelSpec.from_json(text, "file")


@pytest.mark.parametrize("missing", ["name", "vocabulary", "layers", "separator", "max_chars"])
def test_a_missing_entry_is_an_error(missing: str) -> None:
    entries = json.loads(SPEC.to_json())
    del entries[missing]
    with pytest.raises(ModelError, match="lacks or misstates an entry"):
        ModelSpec.from_json(json.dumps(entries), "file")


@pytest.mark.parametrize(
    "text",
    [
        *("", "no JSON", "[]", "{}", "null", "[" * 100_000),
        '{"schema": 1, "deep": ' + "[" * 60 + "]" * 60 + "}",
        '{"schema": 1, "name": "\\ud800"}',
        '{"schema": 1, "sampling": NaN}',
    ],
)
def test_what_is_no_metadata_is_an_error(text: str) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        ModelSpec.from_json(text, "file")


def test_metadata_beyond_the_bound_are_not_parsed() -> None:
    with pytest.raises(ModelError, match="over 16,777,216"):
        ModelSpec.from_json("[" * (MOST_METADATA + 1), "file")


def test_a_character_of_two_halves_is_whole() -> None:
    entries = json.loads(SPEC.to_json())
    entries["provenance"] = {"title": "\N{MUSICAL SYMBOL G CLEF}"}
    text = json.dumps(entries)
    assert "\\ud834\\udd1e" in text
    assert ModelSpec.from_json(text, "file").provenance == entries["provenance"]
