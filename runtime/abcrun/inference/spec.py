"""What a model file says of itself: JSON in the ONNX metadata, which the trainer writes
and the runtime reads."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from abcrun.errors import AbcrunError, ModelError
from abcrun.inference.sampling import Sampling
from abcrun.inference.vocabulary import Vocabulary

METADATA_KEY = "abcrun"
SCHEMA = 1


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
        """Read what `to_json` wrote. `ModelError`, naming `source`, for another schema
        or a missing or wrong entry."""
        try:
            entries = json.loads(text)
            schema = entries["schema"]
        except (ValueError, TypeError, KeyError):
            raise ModelError(
                f"{source}: its abcrun metadata cannot be read; export the model again"
            ) from None
        if schema != SCHEMA:
            raise ModelError(
                f"{source}: its metadata has schema {schema!r}, this abcrun reads {SCHEMA}; "
                "update abcrun, or export the model again"
            )
        if entries.get("repertoire") and not entries.get("recall"):
            raise ModelError(
                f"{source}: it has form plans of an older abcrun; train and export it anew"
            )
        try:
            return cls(
                name=str(entries["name"]),
                vocabulary=Vocabulary(entries["vocabulary"]),
                layers=int(entries["layers"]),
                hidden=int(entries["hidden"]),
                # Older files of this schema lack some of these.
                precision=str(entries.get("precision", "float32")),
                separator=str(entries["separator"]),
                prompt=str(entries["prompt"]),
                sampling=Sampling(**entries["sampling"]),
                max_chars=int(entries["max_chars"]),
                repertoire=str(entries.get("repertoire", "")),
                leading=str(entries.get("leading", "")),
                critic=str(entries.get("critic", "")),
                melodies=str(entries.get("melodies", "")),
                recall=bool(entries.get("recall", False)),
                export_id=str(entries.get("export_id", "")),
                provenance=dict(entries["provenance"]),
            )
        except (KeyError, TypeError, ValueError, AbcrunError) as error:
            raise ModelError(
                f"{source}: its abcrun metadata lacks or misstates an entry ({error}); "
                "export the model again"
            ) from None
