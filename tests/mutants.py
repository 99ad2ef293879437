"""A small model file with all that a model file may hold, and mutants of it.

The network has not learned anything; what it writes is as good as any for a comparison.
"""

import base64
import json
import random
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import onnx

from abcrun.composition.leading import WIDEST, Leading
from abcrun.composition.plans import form_of
from abcrun.composition.repertoire import Repertoire
from abcrun.composition.signs import SIGNS
from abcrun.inference.spec import METADATA_KEY, ModelSpec
from abcrun.inference.vocabulary import Vocabulary
from abctrain.export import graph
from tests.composition.critics import critic_of
from tests.composition.tunes import JIG, PLAIN, REEL_WITH_ENDINGS

Entries = dict[str, Any]

_LAYERS, _HIDDEN = 2, 6
_PLAIN = "".join(map(chr, range(32, 127)))


@cache
def model_file() -> bytes:
    """The model file, without a checksum."""
    chance = np.random.default_rng(1)
    spec = _spec()
    size = len(spec.vocabulary)
    shapes = {"linear.weight": (size, _HIDDEN), "linear.bias": (size,)}
    for layer in range(_LAYERS):
        shapes[f"lstm.weight_ih_l{layer}"] = (4 * _HIDDEN, _HIDDEN if layer else size)
        shapes[f"lstm.weight_hh_l{layer}"] = (4 * _HIDDEN, _HIDDEN)
        shapes[f"lstm.bias_ih_l{layer}"] = shapes[f"lstm.bias_hh_l{layer}"] = (4 * _HIDDEN,)
    weights = {
        name: chance.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()
    }
    return graph.build(weights, spec).SerializeToString()


def _spec() -> ModelSpec:
    forms = [form for form in map(form_of, (JIG, REEL_WITH_ENDINGS, PLAIN)) if form is not None]
    repertoire = Repertoire(
        tuple(form.to_record() for form in forms),
        {"maj": {"G": 6, "D": 3}, "dor": {"A": 2, "E": 1}},
        "D",
    )
    return ModelSpec(
        name="small",
        vocabulary=Vocabulary.of(f"\n{_PLAIN}{SIGNS}"),
        layers=_LAYERS,
        hidden=_HIDDEN,
        prompt="X:1\nM:",
        max_chars=300,
        repertoire=repertoire.to_text(),
        leading=Leading({"same": [0.5] * (WIDEST + 1)}).to_text(),
        critic=critic_of("runs", 0.1).to_text(),
        recall=True,
        provenance={
            "recipe": {"name": "folk", "network": {"layers": _LAYERS}},
            "seed": 0,
            "device": "cpu",
            "corpora": [
                {"name": "mine", "title": "Mine", "licence": "CC0", "tunes": 3, "characters": 500}
            ],
            "split": {"how": "by title", "training_tunes": 2, "held_out_tunes": 1},
            "metrics": {"epoch": 3, "epochs": 5, "held_out_bits_per_character": 1.5},
        },
    )


def entries_of(content: bytes) -> Entries:
    """What a model file says of itself."""
    model = onnx.load_from_string(content)
    found: Entries = json.loads(model.metadata_props[0].value)
    return found


@cache
def _without_metadata(content: bytes) -> bytes:
    model = onnx.load_from_string(content)
    del model.metadata_props[:]
    return model.SerializeToString()


def with_metadata(content: bytes, text: str) -> bytes:
    """The same file with other metadata."""
    metadata = onnx.ModelProto()
    onnx.helper.set_model_props(metadata, {METADATA_KEY: text})
    # Protocol buffers one after the other are one message.
    return _without_metadata(content) + metadata.SerializeToString()


PACKED = ("repertoire", "critic")
"""Entries that are JSON, compressed, in base64."""

_DEEP = "[" * 100_000 + "]" * 100_000
_WRONG: tuple[Any, ...] = (
    *(None, True, False, -1, 0, 1, 1.5, 1e-320, float("nan"), float("inf"), -(10**30), 10**400),
    *("", "x", "x" * 100_000, "\ud800", "\n\x1b[31m\x00", "é", "NaN", "10"),
    *([], {}, [[]], [None], {"": None}, [0] * 100_000, {str(key): key for key in range(1000)}),
)


def unpacked(text: str) -> Any:
    return json.loads(zlib.decompress(base64.b64decode(text)))


def packed(content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    return base64.b64encode(zlib.compress(data)).decode()


def metadata_mutant(entries: Entries, chance: random.Random) -> str:
    """The metadata with one fault."""
    return chance.choice(_KINDS)(json.loads(json.dumps(entries)), chance)


def byte_mutant(content: bytes, chance: random.Random) -> bytes:
    """A file that is cut, or with some of its bytes changed, left out or added."""
    changed = bytearray(content)
    # Half of the faults are at the ends, where the file's structure and metadata are.
    span = chance.choice([(0, 4000), (len(content) - 12_000, len(content)), (0, len(content))])
    at = chance.randrange(*span)
    kind = chance.choice(["cut", "flip", "flip", "random", "left out", "added"])
    if kind == "cut":
        del changed[at:]
    elif kind == "flip":
        changed[at] ^= 1 << chance.randrange(8)
    elif kind == "random":
        changed[at : at + 8] = chance.randbytes(8)
    elif kind == "left out":
        del changed[at : at + chance.randint(1, 100)]
    else:
        changed[at:at] = chance.randbytes(chance.randint(1, 100))
    return bytes(changed)


def _changed_within(value: Any, chance: random.Random) -> None:
    """Change one entry of a tree: drop it, or put something wrong in its place."""
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = chance.choice(keys)
        inner = value[key]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.7:
            value = inner
            continue
        if chance.random() < 0.2:
            del value[key]
        elif isinstance(inner, str) and inner and chance.random() < 0.3:
            value[key] = _text_changed(inner, chance)
        else:
            value[key] = chance.choice(_WRONG)
        return


def _text_changed(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text))
    new = chance.choice(["", "%", "A", "é", "\ue000", text, "9999999999"])
    return text[:at] + new + text[at + chance.choice([0, 1, len(text)]) :]


def _an_entry(entries: Entries, chance: random.Random) -> str:
    name = chance.choice(list(entries))
    if chance.random() < 0.2:
        del entries[name]
    else:
        entries[name] = chance.choice(_WRONG)
    return json.dumps(entries)


def _an_inner_entry(entries: Entries, chance: random.Random) -> str:
    _changed_within(entries, chance)
    return json.dumps(entries)


def _a_packed_entry(entries: Entries, chance: random.Random) -> str:
    name = chance.choice(PACKED)
    content = unpacked(entries[name])
    for _ in range(chance.randint(1, 2)):
        _changed_within(content, chance)
    entries[name] = packed(json.dumps(content))
    return json.dumps(entries)


def _damaged_packing(entries: Entries, chance: random.Random) -> str:
    name = chance.choice([*PACKED, "leading"])
    for _ in range(chance.randint(1, 3)):
        entries[name] = _text_changed(entries[name], chance)
    return json.dumps(entries)


def _leading(entries: Entries, chance: random.Random) -> str:
    content = json.loads(entries["leading"])
    _changed_within(content, chance)
    entries["leading"] = json.dumps(content)
    return json.dumps(entries)


def _too_much(entries: Entries, chance: random.Random) -> str:
    name = chance.choice(PACKED)
    entries[name] = _packed_too_much(chance.randrange(5))
    return json.dumps(entries)


@cache
def _packed_too_much(kind: int) -> str:
    if kind == 0:
        return packed(json.dumps({"forms": [["6/8"] * 7] * 300_000, "tonics": {}}))
    if kind == 1:
        return packed(json.dumps({"names": ["runs"] * 300_000}))
    return packed((_DEEP, b" " * 100_000_000, "[" + "0," * 1_000_000)[kind - 2])


def _sizes(entries: Entries, chance: random.Random) -> str:
    name = chance.choice(["layers", "hidden"])
    entries[name] = chance.choice([entries[name] + 1, entries[name] - 1, 10**6, 10**12])
    return json.dumps(entries)


def _characters(entries: Entries, chance: random.Random) -> str:
    known = entries["vocabulary"]
    at = chance.randrange(len(known))
    entries["vocabulary"] = chance.choice(
        [known[:at], known[:at] + "♭" + known[at + 1 :], known + "♭", known[:at] + known[at:] * 2]
    )
    return json.dumps(entries)


def _the_text(entries: Entries, chance: random.Random) -> str:
    text = json.dumps(entries)
    at = chance.randrange(len(text))
    return chance.choice(
        [
            *("", "null", "[]", "{}", "7", '"text"', _DEEP, '{"schema": 1}', text + text),
            *(text[:at], text[:at] + chance.choice('{}[]",:0\\') + text[at + 1 :]),
            '{"schema": ' * 50_000 + "1" + "}" * 50_000,
            text[:-1] + ', "more": ' + _DEEP + "}",
            text[:-1] + ', "provenance": ' + "[" * 400 + "]" * 400 + "}",
        ]
    )


_KINDS: tuple[Callable[[Entries, random.Random], str], ...] = (
    *(_an_entry, _an_inner_entry, _an_inner_entry, _a_packed_entry, _a_packed_entry),
    *(_damaged_packing, _leading, _too_much, _sizes, _characters, _the_text),
)
