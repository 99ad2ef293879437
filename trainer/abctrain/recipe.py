"""A recipe: every hyperparameter of a training, read from a small TOML file and checked
once.

The fields have the names of the file's entries, and so do checkpoints and model files.
"""

import copy
import math
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any, Self

from abcrun.errors import UsageError
from abcrun.inference.sampling import Sampling
from abcrun.inference.spec import (
    MOST_CHARACTERS,
    MOST_CHARS,
    MOST_HIDDEN,
    MOST_LAYERS,
    MOST_PROMPT,
    MOST_TEMPERATURE,
)

PRECISIONS = ("auto", "float32", "bfloat16")
KEYS = ("written", "canonical", "every")
BATCHES = ("streams", "tunes")
DECAYS = ("constant", "cosine")


# Of a fine-tuning: the least batches of an epoch, the epochs, the share of the learning
# rate, and that of the updates which are averaged.
_TUNING_BATCHES = 8
_TUNING_EPOCHS = 4
_TUNING_RATE = 0.25
_TUNING_AVERAGE = 0.1

_LEAST_RATE = 0.02  # of the learning rate, where a cosine ends


def _check(condition: bool, message: str) -> None:
    if not condition:
        raise UsageError(message)


@dataclass(frozen=True)
class CorpusRecipe:
    """The text that is learned.

    books: the names of books that can be fetched.
    held_out: a share of the tunes, above 0 to 0.5; without effect on clean tunes.
    clean: tunes are in the normal form of `abctrain.data.cleaning`, without duplicates,
        and split by groups of related tunes.
    keys: those of clean tunes. "written": as they are; "canonical": all on the tonic D;
        "every": on another one of the twelve tonics at each epoch, those held out as
        written.
    recall: clean tunes are learned with a sketch and signs of what returns
        (`abcrun.composition.recall`).
    """

    books: tuple[str, ...] = ("irish",)
    held_out: float = 0.05
    clean: bool = False
    keys: str = "written"
    recall: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "books", tuple(self.books))  # TOML and JSON give lists
        _check(
            0 < self.held_out <= 0.5,
            f"corpus.held_out is {self.held_out}; it must be above 0 and at most 0.5",
        )
        _check(self.keys in KEYS, f"corpus.keys is {self.keys!r}; choose {', '.join(KEYS)}")
        _check(
            self.clean or self.keys == "written",
            f"corpus.keys = {self.keys!r} needs corpus.clean = true",
        )
        _check(self.clean or not self.recall, "corpus.recall needs corpus.clean = true")


@dataclass(frozen=True)
class NetworkRecipe:
    """The network: stacked LSTM `layers` of `hidden` units.

    dropout: the probability, 0 to below 1, that a unit is dropped between two layers.
    output_dropout: that of a unit behind the last layer.
    """

    layers: int = 3
    hidden: int = 512
    dropout: float = 0.5
    output_dropout: float = 0.0

    def __post_init__(self) -> None:
        # No more than the program that runs the model takes.
        for name, most in (("layers", MOST_LAYERS), ("hidden", MOST_HIDDEN)):
            value = getattr(self, name)
            _check(1 <= value <= most, f"network.{name} is {value}; it must be from 1 to {most:,}")
        for name in ("dropout", "output_dropout"):
            value = getattr(self, name)
            _check(0 <= value < 1, f"network.{name} is {value}; it must be from 0 to below 1")


@dataclass(frozen=True)
class TrainingRecipe:
    """The way it is learned.

    epochs: the most that there are.
    patience: the training is over after this many epochs without a lower loss on
        held-out tunes; with 0 it never is before its last epoch.
    streams, window: a batch has `streams` sequences of `window` characters.
    batches: "streams" carry the state from window to window and from tune to tune
        (truncated back-propagation through time). "tunes" are whole tunes of about one
        length, each from the initial state; a batch has about `streams` x `window`
        characters.
    learning_rate: Adam's.
    warm_up: the share of the training, 0 to below 1, over which the rate rises.
    decay: behind the warm-up the rate is "constant", or falls as half a "cosine" to a
        fiftieth.
    weight_decay: that of AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101).
    average: the factor, 0 to below 1, of an exponential moving average of the weights
        a step. The average is evaluated and exported; with 0, the weights themselves.
    places: the weight in the loss, at the end of the training, of the questions of
        `abctrain.training.positions` beside the next character. With 0 they are not
        asked.
    clip_norm: the most that the gradient's norm may be.
    precision: "float32", "bfloat16" (autocast), or "auto", the faster one of them.
    """

    streams: int = 128
    window: int = 100
    epochs: int = 100
    patience: int = 0
    batches: str = "streams"
    learning_rate: float = 0.001
    warm_up: float = 0.0
    decay: str = "constant"
    weight_decay: float = 0.0
    average: float = 0.0
    places: float = 0.0
    clip_norm: float = 5.0
    precision: str = "auto"

    def __post_init__(self) -> None:
        for name in ("streams", "window", "epochs"):
            _check(
                getattr(self, name) >= 1,
                f"training.{name} is {getattr(self, name)}; it must be at least 1",
            )
        for name in ("learning_rate", "clip_norm"):
            value = getattr(self, name)
            _check(
                math.isfinite(value) and value > 0,
                f"training.{name} is {value}; it must be a number above 0",
            )
        for name in ("warm_up", "average"):
            _check(
                0 <= getattr(self, name) < 1,
                f"training.{name} is {getattr(self, name)}; it must be from 0 to below 1",
            )
        for name in ("weight_decay", "places", "patience"):
            _check(
                0 <= getattr(self, name) < math.inf,
                f"training.{name} is {getattr(self, name)}; it must be 0 or more",
            )
        for name, choices in (("precision", PRECISIONS), ("batches", BATCHES), ("decay", DECAYS)):
            value = getattr(self, name)
            _check(value in choices, f"training.{name} is {value!r}; choose {', '.join(choices)}")

    def tuned(self, characters: int) -> Self:
        """Return the settings to fine-tune a trained network on a book of so many
        characters.

        The book is small beside what the network has learned, and must not be learned
        by heart: it is read a few times, at a fraction of the rate that built the
        network, which rises slowly, as Adam begins anew without its averages. Batches
        are as large as before, but for a book that has too few of them. The average of
        the weights looks back over a share of the training, or it would still be the
        network of the beginning at its end.
        """
        streams = min(self.streams, max(1, characters // (self.window * _TUNING_BATCHES)))
        batches = max(1, round(characters / (streams * self.window)))
        return replace(
            self,
            streams=streams,
            epochs=_TUNING_EPOCHS,
            learning_rate=self.learning_rate * _TUNING_RATE,
            warm_up=0.1,
            decay="cosine",
            average=min(
                self.average, max(0.0, 1 - 1 / (_TUNING_AVERAGE * _TUNING_EPOCHS * batches))
            ),
        )

    def rate_at(self, progress: float) -> float:
        """Return the learning rate after this share of the training, 0 to 1."""
        # At least a hundredth: the first step, of rate 0, would be wasted.
        if progress < self.warm_up:
            return self.learning_rate * max(progress, 0.01 * self.warm_up) / self.warm_up
        if self.decay == "constant":
            return self.learning_rate
        angle = math.pi * (progress - self.warm_up) / (1 - self.warm_up)
        return self.learning_rate * (_LEAST_RATE + (1 - _LEAST_RATE) * (1 + math.cos(angle)) / 2)


@dataclass(frozen=True)
class GenerationRecipe:
    """What is exported with the network.

    prompt, top_k, temperature, max_chars: what the model proposes to those who run it.
    calibration: the logits are divided by it. A network that has gone over its tunes
        many times is too sure of itself (temperature scaling; Guo et al. 2017,
        arXiv:1706.04599).
    """

    prompt: str = "X:"
    top_k: int = 5
    temperature: float = 1.0
    max_chars: int = 2000
    calibration: float = 1.0

    def __post_init__(self) -> None:
        # Here, and not when the trained network is exported, hours later.
        try:
            Sampling(top_k=self.top_k, temperature=self.temperature)
        except UsageError as error:
            raise UsageError(f"generation.{error}") from None
        # No more than the program that runs the model takes.
        _check(
            1 <= len(self.prompt) <= MOST_PROMPT,
            f"generation.prompt has {len(self.prompt):,} characters; it must have from 1 to "
            f"{MOST_PROMPT:,}",
        )
        _check(
            1 <= self.max_chars <= MOST_CHARS,
            f"generation.max_chars is {self.max_chars}; it must be from 1 to {MOST_CHARS:,}",
        )
        for name, most in (("top_k", MOST_CHARACTERS), ("temperature", MOST_TEMPERATURE)):
            value = getattr(self, name)
            _check(value <= most, f"generation.{name} is {value}; it must be at most {most:,}")
        _check(
            math.isfinite(self.calibration) and self.calibration > 0,
            f"generation.calibration is {self.calibration}; it must be a number above 0",
        )


@dataclass(frozen=True)
class Recipe:
    """All of a training but its seed, its device and the user's own corpus."""

    name: str
    corpus: CorpusRecipe
    network: NetworkRecipe
    training: TrainingRecipe
    generation: GenerationRecipe

    def __post_init__(self) -> None:
        # A position is that of a tune in normal form; other tunes may not be readable.
        _check(
            self.corpus.clean or not self.training.places,
            "training.places above 0 needs corpus.clean = true",
        )
        prompt = self.generation.prompt
        _check(
            not self.corpus.recall or prompt.startswith("X:") or "X:".startswith(prompt),
            f"generation.prompt is {prompt!r}; with corpus.recall it must begin with X:",
        )

    @classmethod
    def load(cls, name: str, settings: Sequence[str] = ()) -> Self:
        """Read a recipe by its name ("irish") or by the path of a `.toml` file.

        Each of the `settings`, "section.key=value", replaces one entry, the last one of
        the same entry counts. Raises `UsageError` when there is no such recipe, or when
        it or a setting holds an unknown or ill-typed entry.
        """
        if name.endswith(".toml"):
            try:
                text = Path(name).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise UsageError(f"recipe {name}: cannot be read ({error})") from None
        else:
            folder = resources.files("abctrain").joinpath("recipes")
            known = sorted(
                entry.name.removesuffix(".toml")
                for entry in folder.iterdir()
                if entry.name.endswith(".toml")
            )
            if name not in known:
                raise UsageError(
                    f"no recipe {name!r}; there are {', '.join(known)}, "
                    "or give the path of a .toml file"
                )
            text = folder.joinpath(f"{name}.toml").read_text(encoding="utf-8")
        try:
            entries = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"recipe {name}: no valid TOML ({error})") from None
        return cls.from_dict({"name": Path(name).stem, **entries}, settings)

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any], settings: Sequence[str] = ()) -> Self:
        """Make a recipe of what `to_dict` gave, or of what a TOML file holds, with
        `settings` and errors as those of `load`."""
        changed = copy.deepcopy(dict(entries))
        for setting in settings:
            _apply(setting, changed)
        unknown = set(changed) - set(_SECTIONS) - {"name"}
        _check(
            not unknown,
            f"recipe: unknown section {', '.join(sorted(unknown))}; "
            f"there are {', '.join(_SECTIONS)}",
        )
        return cls(
            name=str(changed.get("name", "custom")),
            **{
                name: _section(kind, name, changed.get(name, {}))
                for name, kind in _SECTIONS.items()
            },
        )

    def differences(self, other: Self) -> dict[str, tuple[object, object]]:
        """Return the entries ("training.epochs") that `other` has otherwise, with both
        values, this recipe's first.

        Their names do not count.
        """
        mine, theirs = self.to_dict(), other.to_dict()
        return {
            f"{section}.{key}": (value, theirs[section][key])
            for section in _SECTIONS
            for key, value in mine[section].items()
            if value != theirs[section][key]
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain dictionaries, lists, strings and numbers, as JSON and
        checkpoints take them."""
        entries = asdict(self)
        entries["corpus"]["books"] = list(self.corpus.books)
        return entries


_SECTIONS: dict[str, Any] = {
    "corpus": CorpusRecipe,
    "network": NetworkRecipe,
    "training": TrainingRecipe,
    "generation": GenerationRecipe,
}

# To Python, True is an int: a recipe that says `layers = true` is wrong all the same.
_FITS: dict[Any, tuple[str, Callable[[object], bool]]] = {
    int: ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    float: (
        "a number",
        lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    ),
    bool: ("true or false", lambda value: isinstance(value, bool)),
    str: ("a string", lambda value: isinstance(value, str)),
    tuple[str, ...]: (
        "a list of strings",
        lambda value: (
            isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)
        ),
    ),
}


def _section(kind: type, name: str, entries: object) -> Any:
    if not isinstance(entries, Mapping):
        raise UsageError(f"recipe: [{name}] must be a table")
    types = {field.name: field.type for field in fields(kind)}
    for key, value in entries.items():
        _check(key in types, f"recipe: unknown entry {name}.{key}; there are {', '.join(types)}")
        expected, fits = _FITS[types[key]]
        _check(fits(value), f"recipe: {name}.{key} is {value!r}; it must be {expected}")
    return kind(**entries)


def _apply(setting: str, entries: dict[str, Any]) -> None:
    """Put "section.key=value" into what a TOML file holds.

    Section, key and type are checked where those of the file are.
    """
    name, is_given, text = setting.partition("=")
    section, has_key, key = name.strip().partition(".")
    _check(
        bool(is_given and has_key and section in _SECTIONS),
        f"setting {setting!r}: write section.key=value, as in training.epochs=50; "
        f"the sections are {', '.join(_SECTIONS)}",
    )
    types = {field.name: field.type for field in fields(_SECTIONS[section])}
    table = entries.setdefault(section, {})
    if isinstance(table, dict):  # a section that is no table is told with the rest
        table[key] = _value(text.strip(), types.get(key))


def _value(text: str, kind: object) -> object:
    """Return what `text` means for a field of this type, if it means anything.

    Strings and lists of strings need no quotation marks, which a shell would take off.
    """
    try:
        entries = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        entries = {}
    value = entries["value"] if len(entries) == 1 else text
    if kind is str and not isinstance(value, str):
        return text
    if kind == tuple[str, ...] and isinstance(value, str):
        return [item.strip() for item in value.split(",")]
    return value
