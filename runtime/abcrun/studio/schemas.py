"""What requests and answers hold, as OpenAPI tells it. The bounds are the widest; the
server's own are in /v1/model."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from abcrun.studio.jobs import Format

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
    int, Field(ge=12, le=10_000, description="Notes in a row shared with a known tune.")
]
MaxChars = Annotated[int, Field(ge=1, le=100_000, description="A longer tune is cut.")]
Guide = Literal["off", "bars", "full"]
Abc = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200_000,
        description="Tunes in ABC notation.",
        examples=["X:1\nT:Scale\nM:4/4\nL:1/8\nK:D\nDEFG ABcd|\n"],
    ),
]
Opening = Annotated[
    str,
    Field(min_length=1, max_length=4000, examples=["X:1\nM:6/8\nL:1/8\nK:G\n|:G2B d2B|c2A F2D|"]),
]
"""Text that the network reads before it composes; while it reads, the other tunes of
its engine wait."""
Instrument = Annotated[
    str, Field(max_length=20, description="harp, fiddle …, or 0 to 127.", examples=["fiddle"])
]
Tempo = Annotated[
    float,
    Field(
        ge=20, le=600, allow_inf_nan=False, description="Crotchets a minute where the tune begins."
    ),
]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Wishes(_Strict):
    """What tunes are to be; what is left out, the model chooses."""

    count: int = Field(1, ge=1, le=1000, description="How many tunes.")
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
    title: str | None = Field(None, max_length=200)
    prompt: Opening | None = Field(None, description="Opening bars, to be continued.")
    seed: Seed | None = None
    guide: Guide | None = None
    temperature: Temperature | None = None
    top_k: TopK | None = None
    best_of: int = Field(1, ge=1, le=1000, description="Keep the most probable of so many.")
    max_copied: MaxCopied | None = None
    max_chars: MaxChars | None = None


class Change(_Strict):
    """What changes of a tune have in common."""

    abc: Opening = Field(description="The tune, in ABC notation.")
    seed: Seed | None = None
    temperature: Temperature | None = None
    top_k: TopK | None = None
    max_copied: MaxCopied | None = None
    candidates: int | None = Field(
        None, ge=1, le=1000, description="Drawn; the best of them is taken. 8 by default."
    )


class Rewriting(Change):
    """Bars of a tune to be drawn anew; the others stay as they are."""

    bars: list[Annotated[int, Field(ge=0, le=10_000)]] = Field(
        min_length=2,
        max_length=2,
        description="The first bar, and the one behind the last, numbered from 0 as written.",
        examples=[[4, 8]],
    )


class Variation(Change):
    """A tune of which a share of the different bars is drawn anew."""

    amount: float = Field(0.5, gt=0, le=1, allow_inf_nan=False)


class Continuation(Change):
    """A tune that gets a further section."""


class Problem(BaseModel):
    """Something wrong in ABC text; line and column from 1."""

    line: int
    column: int
    kind: str
    message: str


class Originality(BaseModel):
    """The longest run of notes shared with a known tune, the share of notes in long
    runs, and the nearest tune."""

    longest_run: int
    share: float
    title: str
    book: str


class Tune(BaseModel):
    """A composed tune. `settings` are the arguments that give it, and it alone, again."""

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


class Tunes(BaseModel):
    """Composed tunes."""

    tunes: list[Tune]


class Text(_Strict):
    """ABC to be checked."""

    abc: Abc


class Checked(BaseModel):
    """Facts about a tune."""

    title: str
    key: str
    meter: str
    bars: int
    seconds: float
    problems: list[Problem]
    originality: Originality | None


class CheckedTunes(BaseModel):
    """Facts about the tunes of a text."""

    tunes: list[Checked]


class Rendering(_Strict):
    """A tune to be made a file of."""

    abc: Abc
    format: Format
    instrument: Instrument | None = None
    tempo: Tempo | None = None


class ScoreOf(_Strict):
    """A tune to be engraved."""

    abc: Abc
    width: int = Field(
        900, ge=280, le=2400, description="Of the picture, in CSS pixels; a staff is 29 high."
    )
    header: bool = Field(True, description="Whether the title is drawn.")
    transpose: str | None = Field(
        None, max_length=40, description="First move it to the nearest such key."
    )
    tempo: Tempo | None = None


class ScoreNote(BaseModel):
    """A note as it sounds, in seconds: once for each time that repeats bring it. `id`
    is its element's in the SVG."""

    id: str
    start: float
    end: float
    bar: int
    line: int
    column: int
    pitch: int
    continues: bool


class ScoreBar(BaseModel):
    """A bar as written. `id` is its element's in the SVG; `number` is printed over it,
    null for a pickup."""

    id: str
    bar: int
    line: int
    column: int
    number: int | None


class Score(BaseModel):
    """A score: one picture with all systems, and the notes as they sound, in order.
    `tempo`: crotchets a minute."""

    svg: str
    seconds: float
    tempo: float
    notes: list[ScoreNote]
    bars: list[ScoreBar]


class WaveformOf(_Strict):
    """A tune whose sound is to be drawn."""

    abc: Abc
    instrument: Instrument | None = None
    tempo: Tempo | None = None
    points: int = Field(800, ge=1, le=10_000)


class Waveform(BaseModel):
    """The highest samples, 0 to 1, of equal parts of a sound."""

    seconds: float
    peaks: list[float]


class About(BaseModel):
    """The model, what it can be asked for, and the server's limits."""

    name: str
    version: str
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
    formats: list[str]
    temperature: float
    top_k: int
    max_copied: int
    limits: dict[str, float]


class Health(BaseModel):
    """How the server is."""

    status: Literal["ok"]


class ErrorText(BaseModel):
    """A word for programs and a line for people."""

    kind: str
    message: str


class Error(BaseModel):
    """Why there is no answer."""

    error: ErrorText
