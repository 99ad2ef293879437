"""Schemas of requests and answers, as /openapi.json tells them.

The bounds are the widest that a server can have; its own are in /v1/model. Docstrings
and descriptions here are part of /openapi.json. Further answers, which the rendering
processes make, are in `results`.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from abcrun.composition.levels import FEWEST_COPIED, GuideLevel
from abcrun.formats import Chords, Grace, Paper
from abcrun.notation.moving import Move
from abcrun.notation.note_editing import Change
from abcrun.studio.jobs import FileFormat, Sound
from abcrun.studio.results import Originality, Problem
from abcrun.studio.settings import MOST_ABC, MOST_CHARS, MOST_COUNT, MOST_FILE

Seed = Annotated[
    int,
    Field(ge=0, le=2**64 - 1, description="Repeats a tune; a fresh one by default.", examples=[7]),
]
Temperature = Annotated[
    float, Field(gt=0, le=10, allow_inf_nan=False, description="Below 1 safer, above 1 bolder.")
]
TopK = Annotated[
    int, Field(ge=1, le=1000, description="Draw among the k most probable characters.")
]
MaxCopied = Annotated[
    int,
    Field(ge=FEWEST_COPIED, le=10_000, description="Notes in a row shared with a known tune."),
]
MaxChars = Annotated[int, Field(ge=1, le=MOST_CHARS, description="A longer tune is cut.")]
Abc = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MOST_ABC,
        description="Tunes in ABC notation.",
        examples=["X:1\nT:Scale\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|\n"],
    ),
]
# Shorter than other ABC: while the network reads it, its engine's other tunes wait.
Opening = Annotated[
    str,
    Field(min_length=1, max_length=4000, examples=["X:1\nM:6/8\nL:1/8\nK:G\n|:G2B d2B|c2A F2D|"]),
]
Instrument = Annotated[
    str, Field(max_length=20, description="harp, fiddle …, or 0 to 127.", examples=["fiddle"])
]
Tempo = Annotated[
    float,
    Field(
        ge=5, le=600, allow_inf_nan=False, description="Crotchets a minute where the tune begins."
    ),
]


class _Strict(BaseModel):
    # Strict: a misspelt field, or "2" for 2, is refused rather than misread.
    model_config = ConfigDict(extra="forbid", strict=True)


class TuneRequest(_Strict):
    """What tunes are to be; what is left out, the model chooses."""

    count: int = Field(1, ge=1, le=MOST_COUNT, description="How many tunes.")
    first: int = Field(
        0, ge=0, le=100_000, description="Number of the first of them, among all tunes of the seed."
    )
    meter: str | None = Field(None, max_length=20, examples=["6/8"])
    key: str | None = Field(None, max_length=40, examples=["Ador"])
    rhythm: str | None = Field(None, max_length=40, examples=["jig"])
    unit: str | None = Field(None, max_length=10, examples=["1/8"])
    bars: int | None = Field(
        None, ge=1, le=1000, description="Of the sections, each counted once.", examples=[16]
    )
    form: str | None = Field(
        None, max_length=40, description="Sections as played.", examples=["AABB"]
    )
    instrument: str | None = Field(
        None, max_length=20, description="All notes lie in its compass.", examples=["flute"]
    )
    range: str | None = Field(
        None, max_length=20, description="Lowest and highest note.", examples=["D4-B5"]
    )
    title: str | None = Field(None, max_length=200)
    prompt: Opening | None = Field(None, description="Opening bars, to be continued.")
    seed: Seed | None = None
    guide: GuideLevel | None = None
    temperature: Temperature | None = None
    top_k: TopK | None = None
    best_of: int = Field(1, ge=1, le=MOST_COUNT, description="Keep the best of so many.")
    max_copied: MaxCopied | None = None
    max_chars: MaxChars | None = None


class EditRequest(_Strict):
    """What changes of a tune have in common."""

    abc: Opening = Field(description="The tune, in ABC notation.")
    seed: Seed | None = None
    temperature: Temperature | None = None
    top_k: TopK | None = None
    max_copied: MaxCopied | None = None
    candidates: int | None = Field(
        None, ge=1, le=MOST_COUNT, description="Drawn; the best of them is taken. 8 by default."
    )


class RewriteRequest(EditRequest):
    """Bars of a tune to be drawn anew; the others stay as they are."""

    bars: list[Annotated[int, Field(ge=0, le=10_000)]] = Field(
        min_length=2,
        max_length=2,
        description="The first bar, and the one behind the last, numbered from 0 as written.",
        examples=[[4, 8]],
    )


class AnswerRequest(RewriteRequest):
    """Bars of a tune to be answered, by as many bars behind them."""


class VaryRequest(EditRequest):
    """A tune of which a share of the different bars is varied."""

    amount: float = Field(0.5, gt=0, le=1, allow_inf_nan=False)


class ContinueRequest(EditRequest):
    """A tune that gets a further section."""


class TextRequest(_Strict):
    """A request about a text."""

    abc: Abc


class CheckRequest(TextRequest):
    """ABC to be checked."""


class NoteRequest(TextRequest):
    """A note, chord or rest of a tune to be changed."""

    line: int = Field(ge=1, le=MOST_ABC, description="Of the text, as /v1/score tells it.")
    column: int = Field(ge=1, le=MOST_ABC)
    change: Change


class _MovedRequest(TextRequest):
    """A tune that is moved first: `transpose`, then `fit`, then `part`."""

    transpose: str | None = Field(
        None,
        max_length=40,
        description="To the nearest such key of its mode, or by semitones: +2, -5.",
        examples=["Ador", "+2"],
    )
    fit: str | None = Field(
        None,
        max_length=40,
        description="To where this instrument lacks the fewest notes.",
        examples=["whistle in Bb"],
    )
    part: str | None = Field(
        None,
        max_length=40,
        description="Written for Bb, Eb, F, capo 1 to 11, or an instrument; it sounds as before.",
        examples=["Bb"],
    )

    @property
    def move(self) -> Move:
        """Where the tune is to go."""
        return Move(self.transpose, self.fit, self.part)


class TransposeRequest(_MovedRequest):
    """A tune to be moved."""


class _SoundRequest(_MovedRequest):
    """A tune to be played."""

    instrument: Instrument | None = None
    tempo: Tempo | None = None
    chords: Chords = Field("on", description="Whether chord symbols are played, or they alone.")
    grace: Grace = Field(
        "auto",
        description="How grace notes are played: before the beat, on it, not at all, or as "
        "their kind asks.",
    )
    swing: bool = Field(
        False, description="Whether pairs of quavers are played 2:1, in hornpipes and hop jigs."
    )

    @property
    def sound(self) -> Sound:
        """How the tune is to sound."""
        return Sound(self.instrument, self.tempo, self.chords, self.grace, self.swing)


class RenderRequest(_SoundRequest):
    """A tune to be made a file of."""

    format: FileFormat
    paper: Paper = Field("a4", description="Of a PDF.")


class PrintRequest(_Strict):
    """Tunes to be printed as a book."""

    abc: str = Field(min_length=1, max_length=MOST_FILE, description="Any number of tunes.")
    title: str = Field("", max_length=200, description="Of the book.")
    paper: Paper = "a4"


class ScoreRequest(_SoundRequest):
    """A tune to be engraved, and to be played from its notes."""

    width: int = Field(
        900, ge=280, le=2400, description="Of the picture, in CSS pixels; a staff is 29 high."
    )
    header: bool = Field(True, description="Whether the title is drawn.")


class WaveformRequest(_SoundRequest):
    """A tune whose sound is to be drawn."""

    points: int = Field(800, ge=1, le=10_000)


class ComposedTune(BaseModel):
    """A composed tune. `settings` are the arguments that give it, and it alone,
    again."""

    abc: str
    seed: int
    index: int
    complete: bool
    title: str
    key: str
    meter: str
    characters: int
    redrawn: int
    attempts: int
    problems: list[Problem]
    originality: Originality | None
    settings: dict[str, Any]


class Begun(BaseModel):
    """What a stream begins with: `settings` are the arguments that give all its tunes
    again, wherever the version and the model's file are the same."""

    settings: dict[str, Any]
    version: str
    model: str
    model_sha256: str


class Progress(BaseModel):
    """How far a tune has grown: whole bars."""

    index: int
    abc: str


class Ended(BaseModel):
    """What a stream ends with: how many tunes it had."""

    count: int


class ComposedTunes(BaseModel):
    """Composed tunes."""

    tunes: list[ComposedTune]


class About(BaseModel):
    """The model, what it can be asked for, and the server's limits."""

    name: str
    version: str
    sha256: str = Field(description="Of the model's file: equal ones compose equal tunes.")
    meters: list[str]
    units: list[str]
    rhythms: list[str]
    tonics: list[str]
    modes: list[str]
    forms: list[str]
    bars: list[int]
    rhythms_by_meter: dict[str, list[str]]
    combinations: list[list[str | int]] = Field(
        description="Meter, rhythm, form and bars that go together."
    )
    instruments: list[str]
    players: list[str] = Field(description="Instruments that a tune can be made to fit.")
    formats: list[str]
    temperature: float
    top_k: int
    max_copied: int
    originality: bool = Field(
        description="Whether tunes are compared with those that the model learned from; "
        "if not, the originality of all tunes is null."
    )
    limits: dict[str, float]


class Health(BaseModel):
    """How the server is."""

    status: Literal["ok"]


class ErrorText(BaseModel):
    """A word for programs, a line for people, and the id by which the server's log
    knows the request."""

    kind: str
    message: str
    request_id: str


class ErrorAnswer(BaseModel):
    """Why there is no answer."""

    error: ErrorText
