"""What a model file says of itself: JSON in the ONNX metadata, which the trainer writes
and the runtime reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from abcrun.errors import AbcrunError, ModelError
from abcrun.inference.entries import Entries, depth, shown
from abcrun.inference.sampling import Sampling
from abcrun.inference.vocabulary import Vocabulary

METADATA_KEY = "abcrun"
SCHEMA = 1

MOST_METADATA = 2**24
"""Characters: 70 times those of the model that comes with abcrun. A list of that length
is read within a second."""

MOST_CHARACTERS, MOST_LAYERS, MOST_HIDDEN = 2**16, 256, 2**20
MOST_PROMPT = 10_000
"""Characters of a prompt, and of a separator."""

MOST_CHARS = 10**6
"""What `max_chars` may propose: a tune that does not end would keep a machine busy."""

MOST_TEMPERATURE = 1000
"""What `temperature` may propose: all characters are equally probable long before."""

MOST_LEVELS = 50
"""Objects and lists within each other: Python's own limit is near 1,000."""

_STORED = ("float32", "int8")
_MOST_COUNTED = 10**15  # tunes, characters, epochs


@dataclass(frozen=True)
class ModelSpec:
    """Everything that is needed to run a model, and where it comes from.

    precision: of the weights in the file, "float32" or "int8".
    separator: the text that ends a tune.
    prompt, sampling, max_chars: what the trainer proposes.
    repertoire: the form plans of the training tunes, as
        `abcrun.composition.repertoire.Repertoire` reads them; empty where there are
        none.
    leading: how bars lead into what returns, as
        `abcrun.composition.leading.Leading` reads it; empty where that is left to the
        network.
    critic: what chooses among candidates, as `abcrun.composition.critic.Critic` reads
        it; empty where there is none.
    melodies: sha256 of the index of the melodies that it learned from, NAME.melodies
        beside the model's file (`abcrun.composition.copies`); empty where there is
        none.
    recall: its text has a sketch and signs of recall (`abcrun.composition.recall`).
    export_id: the same in the float32 and the int8 file of one export, and in no
        others; empty in files of an older abcrun.
    provenance: recipe, corpora with licence and sha256, split, metrics and version of
        the trainer, as plain JSON.
    """

    name: str
    vocabulary: Vocabulary
    layers: int
    hidden: int
    precision: str = "float32"
    separator: str = "\n\n"
    prompt: str = "X:"
    sampling: Sampling = field(default_factory=Sampling)
    max_chars: int = 2000
    repertoire: str = ""
    leading: str = ""
    critic: str = ""
    melodies: str = ""
    recall: bool = False
    export_id: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the value of the metadata entry `abcrun`."""
        return json.dumps(
            {
                "schema": SCHEMA,
                "name": self.name,
                "vocabulary": self.vocabulary.characters,
                "layers": self.layers,
                "hidden": self.hidden,
                "precision": self.precision,
                "separator": self.separator,
                "prompt": self.prompt,
                "sampling": {
                    "top_k": self.sampling.top_k,
                    "top_p": self.sampling.top_p,
                    "temperature": self.sampling.temperature,
                },
                "max_chars": self.max_chars,
                "repertoire": self.repertoire,
                "leading": self.leading,
                "critic": self.critic,
                "melodies": self.melodies,
                "recall": self.recall,
                "export_id": self.export_id,
                "provenance": self.provenance,
            },
            ensure_ascii=True,
        )

    @classmethod
    def from_json(cls, text: str, source: str) -> Self:
        """Read what `to_json` wrote, every entry within its bounds.

        `ModelError`, naming `source`, for another schema or a missing or wrong entry.
        """
        entries = _entries(text, source)
        try:
            return cls._of(entries)
        except (ValueError, AbcrunError) as error:
            raise ModelError(
                f"{source}: its abcrun metadata lacks or misstates an entry ({error}); "
                "export the model again"
            ) from None

    @classmethod
    def _of(cls, entries: Entries) -> Self:
        """Check all entries; the sizes are compared with the graph elsewhere."""
        # Older files of this schema lack the entries that have a default.
        vocabulary = Vocabulary(entries.text("vocabulary", 1, MOST_CHARACTERS))
        texts = {
            "separator": entries.text("separator", 1, MOST_PROMPT),
            "prompt": entries.text("prompt", 1, MOST_PROMPT),
        }
        for name, text in texts.items():
            if unknown := next((one for one in text if one not in vocabulary), None):
                raise ValueError(f"{unknown!r} of its {name} is not in its vocabulary")
        precision = entries.line("precision", 20, "float32")
        if precision not in _STORED:
            raise ValueError(f"precision is {precision!r}; it must be {' or '.join(_STORED)}")
        usual = Sampling()
        sampling = entries.inner("sampling").only("top_k", "top_p", "temperature")
        _check_provenance(entries.inner("provenance"))
        return cls(
            name=entries.line("name", 200),
            vocabulary=vocabulary,
            layers=entries.whole("layers", 1, MOST_LAYERS),
            hidden=entries.whole("hidden", 1, MOST_HIDDEN),
            precision=precision,
            **texts,
            sampling=Sampling(
                top_k=sampling.whole("top_k", 1, MOST_CHARACTERS, usual.top_k),
                top_p=sampling.number("top_p", 1, usual.top_p),
                temperature=sampling.number("temperature", MOST_TEMPERATURE, usual.temperature),
            ),
            max_chars=entries.whole("max_chars", 1, MOST_CHARS),
            repertoire=entries.text("repertoire", 0, MOST_METADATA, ""),
            leading=entries.text("leading", 0, MOST_METADATA, ""),
            critic=entries.text("critic", 0, MOST_METADATA, ""),
            melodies=entries.line("melodies", 200, ""),
            recall=entries.flag("recall", False),
            export_id=entries.line("export_id", 200, ""),
            provenance=entries.inner("provenance").plain(),
        )


def _entries(text: str, source: str) -> Entries:
    """Parse metadata, within bounds. `ModelError` for what is none."""
    unreadable = f"{source}: its abcrun metadata cannot be read; export the model again"
    if len(text) > MOST_METADATA:
        raise ModelError(
            f"{source}: its abcrun metadata has {len(text):,} characters, "
            f"over {MOST_METADATA:,}; export the model again"
        )
    try:
        found = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise ModelError(unreadable) from None
    if not isinstance(found, dict) or "schema" not in found:
        raise ModelError(unreadable)
    if depth(found) > MOST_LEVELS or not _is_unicode(text, found):
        raise ModelError(unreadable)
    if (schema := found["schema"]) != SCHEMA:
        raise ModelError(
            f"{source}: its metadata has schema {shown(schema)}, this abcrun reads {SCHEMA}; "
            "update abcrun, or export the model again"
        )
    if found.get("repertoire") and found.get("recall", False) is False:
        raise ModelError(
            f"{source}: it has form plans of an older abcrun; train and export it anew"
        )
    return Entries(found, "the metadata")


def _is_unicode(text: str, found: object) -> bool:
    """Return whether files and terminals take what was parsed: JSON can spell half a
    character, a surrogate without its other half."""
    if "\\ud" not in text.lower():
        return True
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _check_provenance(provenance: Entries) -> None:
    """Raise a `ValueError` where what `abcrun info` prints is not what it should be.

    A model of another trainer may lack any part of it.
    """
    provenance.line("device", 1000, "")
    for corpus in (
        *provenance.objects("corpora", 1000),
        *provenance.inner("base", {}).objects("corpora", 1000),
    ):
        for name in ("title", "licence"):
            corpus.line(name, 2000, "")
        for name in ("tunes", "characters"):
            corpus.whole(name, 0, _MOST_COUNTED, 0)
    for group, names in (
        ("split", ("training_tunes", "held_out_tunes")),
        ("metrics", ("epoch", "epochs")),
    ):
        for name in names:
            provenance.inner(group, {}).whole(name, 0, _MOST_COUNTED, 0)
    provenance.inner("metrics", {}).number("held_out_bits_per_character", 100, 0.0)
