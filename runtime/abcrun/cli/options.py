"""Options that several commands share, and what becomes of their values."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

from abcrun.composition.levels import LEVELS, MAX_COPIED
from abcrun.errors import UsageError
from abcrun.formats import CHORDS, CONVERTERS, DEVICES, FORMATS, GRACES, PRECISIONS, SYNTHS

Command = Callable[..., Any]
DEFAULT_FORMATS = "abc,midi,wav,waveform"
PATH = click.Path(path_type=Path)


@dataclass(frozen=True)
class SoundOptions:
    """How tunes are to sound. None leaves it to `RenderSettings`."""

    synth: str
    converter: str
    instrument: str | None
    rate: int | None
    sound_font: Path | None
    chords: str
    grace: str
    swing: bool


@dataclass(frozen=True)
class MoveOptions:
    """Where tunes are to go, as `abcrun.notation.moving.Move` says it."""

    transpose: str | None
    fit: str | None
    part: str | None


@dataclass(frozen=True)
class SamplingOptions:
    """How characters are to be drawn. None leaves it to the model."""

    top_k: int | None
    top_p: float | None
    temperature: float | None
    greedy: bool


def collected(
    name: str, kind: type[Any], *options: Callable[[Command], Command]
) -> Callable[[Command], Command]:
    """Add options to a command that gets their values as one argument, a `kind`."""
    names = [field.name for field in fields(kind)]

    def decorate(command: Command) -> Command:
        # `wraps` takes along the options that click has noted on the command so far.
        @functools.wraps(command)
        def run(*context: Any, **given: Any) -> Any:
            chosen = kind(**{one: given.pop(one) for one in names})
            return command(*context, **given, **{name: chosen})

        return with_options(run, options)

    return decorate


def with_options(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """Add options to a command. Its help lists them in this order."""
    # Decorators apply from the last to the first.
    for option in reversed(options):
        command = option(command)
    return command


sound_options = collected(
    "sound",
    SoundOptions,
    click.option(
        "--synth",
        type=click.Choice(SYNTHS),
        default="builtin",
        show_default=True,
        help="Who plays.",
    ),
    click.option(
        "--converter",
        type=click.Choice(CONVERTERS),
        default="builtin",
        show_default=True,
        help="Who turns ABC into MIDI.",
    ),
    click.option(
        "--instrument",
        help="harp, fiddle, … or 0 to 127 as in General MIDI: plays all voices to which the tune "
        "gives none; tunes that are composed keep to its compass.  [default: harp]",
    ),
    click.option("--rate", type=int, help="Frames a second.  [default: 44100]"),
    click.option("--sound-font", type=PATH, help="SF2 file for timidity or fluidsynth."),
    click.option(
        "--chords",
        type=click.Choice(CHORDS),
        default="on",
        show_default=True,
        help="Whether chord symbols are played, or they alone.",
    ),
    click.option(
        "--grace",
        type=click.Choice(GRACES),
        default="auto",
        show_default=True,
        help="How grace notes are played: before the beat, on it, not at all, or as their kind "
        "asks.",
    ),
    click.option(
        "--swing", is_flag=True, help="Play pairs of quavers 2:1, in hornpipes and hop jigs."
    ),
)

move_options = collected(
    "move",
    MoveOptions,
    click.option(
        "--transpose",
        metavar="KEY",
        help="First move each tune to the nearest such key of its mode (G, Ador), or by "
        "semitones (+2, -5).",
    ),
    click.option(
        "--fit",
        metavar="INSTRUMENT",
        help="Move it where an instrument can play it: whistle, fiddle, anglo, clarinet, … "
        "What it still cannot play is named.",
    ),
    click.option(
        "--for",
        "part",
        metavar="PART",
        help="Write it for a transposing instrument, to sound as before: Bb, Eb, F, clarinet, "
        "capo 2, …",
    ),
)

sampling_options = collected(
    "drawing",
    SamplingOptions,
    click.option(
        "--top-k",
        type=int,
        help="Draw among the k most probable characters.  [default: the model's own]",
    ),
    click.option(
        "--top-p",
        type=float,
        help="Of those, among the fewest that hold this share of the probability.",
    ),
    click.option(
        "--temperature",
        type=float,
        help="Below 1 safer, above 1 bolder.  [default: the model's own]",
    ),
    click.option("--greedy", is_flag=True, help="Always the most probable character."),
)


def asked_options(command: Command) -> Command:
    """Add the options for what is asked of a composed tune, but for seed and
    sampling."""
    return with_options(
        command,
        (
            click.option(
                "--max-chars",
                type=int,
                help="Cut a tune that has not ended by then.  [default: the model's own]",
            ),
            click.option(
                "--guide",
                type=click.Choice(LEVELS),
                help="off: nothing is drawn again; bars: bars are until they are right; full: "
                "forms, too.  [default: the most that the model can do]",
            ),
            click.option("--meter", help="6/8, 4/4, C|, …"),
            click.option("--key", help="D, Bm, Ador, G mixolydian, …"),
            click.option("--rhythm", help="jig, reel, hornpipe, …"),
            click.option("--unit", help="Unit note length, 1/8 or 1/16."),
            click.option(
                "--bars", type=int, help="Of the sections, each counted once: 16 for two of 8."
            ),
            click.option("--form", help="Sections as they are played: AABB."),
            click.option(
                "--range",
                help="Lowest and highest note, as D4-B5.  "
                "[default: those of --instrument, if it is named]",
            ),
            click.option("--title", help="The tune's title."),
            click.option(
                "--max-copied",
                type=int,
                help="Notes in a row that a tune may share with a known one.  "
                f"[default: {MAX_COPIED}]",
            ),
            click.option(
                "--best-of",
                type=int,
                default=1,
                show_default=True,
                help="Keep the best of so many tunes.",
            ),
        ),
    )


def device_options(command: Command) -> Command:
    """Add the options for where a model runs, and with which weights."""
    return with_options(
        command,
        (
            click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True),
            click.option(
                "--precision",
                type=click.Choice(PRECISIONS),
                default="auto",
                show_default=True,
                help="Of the weights; auto: int8 on the CPU where the model has it.",
            ),
        ),
    )


files_argument = click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, allow_dash=True)
)
lenient_option = click.option(
    "--lenient", is_flag=True, help="Read on over a blank line that music follows."
)
recursive_option = click.option(
    "-r", "--recursive", is_flag=True, help="Take the .abc files in folders and those below, too."
)

model_argument = click.argument("model", type=PATH, required=False)


def checked_folder(out: Path) -> Path:
    """Return the folder of `--out`. Raises `UsageError` for what looks like the name of
    a file: that folder would be a surprise."""
    named = [name for name, one in FORMATS.items() if out.name.lower().endswith(one.suffix)]
    if named and not out.is_dir():
        raise UsageError(
            f"--out {out}: the files of tunes go into a folder, named after them; say "
            f"--out FOLDER --formats {named[-1]}"
        )
    return out


def formats_of(text: str) -> list[str]:
    """Return the formats that `--formats` names. Raises `UsageError`."""
    formats = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise UsageError(
            f"--formats {text!r}: choose from {', '.join(FORMATS)}, separated by commas"
        )
    return formats
