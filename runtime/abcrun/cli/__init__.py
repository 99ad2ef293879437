"""The command line. ABC goes to stdout, talk to stderr; an error is one line and exit
status 1, or 2 for usage."""

import contextlib
import json
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from abcrun.errors import AbcrunError, NotationError, RenderError, UsageError
from abcrun.files import decode_text
from abcrun.formats import CONVERTERS, DEVICES, FORMATS, PRECISIONS, SYNTHS

if TYPE_CHECKING:
    from abcrun.inference.request import Generated
    from abcrun.inference.sampling import Sampling
    from abcrun.model import Model
    from abcrun.notation import Tune
    from abcrun.rendering import RenderSettings

# Nothing here multiplies matrices in NumPy, and starting OpenBLAS' threads takes a
# tenth of a second of the first tune.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ATTEMPTS = 100
"""Tunes drawn at most for each valid one that is asked for."""
SHORTEST = 8
"""Bars that a valid tune has at least: one section of a dance tune."""
DRAWN_AT_A_TIME = 16
"""Tunes composed at a time while valid ones are looked for: the first is found sooner
than with more."""
SHOW_PROGRESS_AFTER = 1.0  # seconds
CLOSED_PIPE = 141  # what a shell shows for a program that SIGPIPE ended


class _ClosedPipe(Exception):  # noqa: N818
    """The reader of stdout went away; under its own name click would turn it into exit
    status 1."""


class Program(click.Group):
    """A click group that ends cleanly whatever happens to its input and output."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(context)
        except BrokenPipeError:
            raise _ClosedPipe from None

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Run, flush, and exit with the right status."""
        _utf8_output()
        try:
            status = super().main(*args, **{**kwargs, "standalone_mode": False}) or 0
            sys.stdout.flush()
        except click.exceptions.Abort:
            status = 130  # Ctrl-C
        except click.ClickException as error:
            error.show()
            status = error.exit_code
        except UsageError as error:
            status = _complain(error, 2)
        except AbcrunError as error:
            status = _complain(error, 1)
        except (_ClosedPipe, BrokenPipeError):
            _drop_output()
            status = CLOSED_PIPE
        except OSError as error:
            _drop_output()
            status = _complain(f"output cannot be written ({error.strerror or error})", 1)
        sys.exit(status)


def _complain(error: object, status: int) -> int:
    with contextlib.suppress(OSError):  # stderr may be closed too; the status still tells
        click.echo(f"abcrun: {' '.join(str(error).split())}", err=True)
    return status


def _drop_output() -> None:
    """Let the interpreter's last flush of a stdout that is gone go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _utf8_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        from abcrun import __version__

        click.echo(f"abcrun {__version__}")
        context.exit()


@click.group(
    cls=Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option(
    "--version",
    is_flag=True,
    callback=_version,
    expose_value=False,
    is_eager=True,
    help="Print the version.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say more on stderr.")
def main(verbose: bool) -> None:
    """Compose folk tunes in ABC notation; check, hear and see them."""
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="abcrun: %(message)s", stream=sys.stderr)


# Options that several commands share


def _sound_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        (
            click.option("--synth", type=click.Choice(SYNTHS), default="builtin", show_default=True, help="Who plays."),
            click.option(
                "--converter", type=click.Choice(CONVERTERS), default="builtin", show_default=True,
                help="Who turns ABC into MIDI.",
            ),
            click.option("--instrument", help="harp, fiddle, … or 0 to 127 as in General MIDI.  [default: harp]"),
            click.option("--rate", type=int, help="Frames a second.  [default: 44100]"),
            click.option("--sound-font", type=click.Path(path_type=Path), help="SF2 file for timidity or fluidsynth."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def _settings(
    synth: str, converter: str, instrument: str | None, rate: int | None, sound_font: Path | None
) -> "RenderSettings":
    from abcrun.rendering import RenderSettings

    given: dict[str, Any] = {"synth": synth, "converter": converter, "sound_font": sound_font}
    if instrument is not None:
        given["program"] = instrument
    if rate is not None:
        given["rate"] = rate
    return RenderSettings(**given)


def _formats(text: str) -> list[str]:
    formats = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in formats if name not in FORMATS]
    if unknown or not formats:
        raise UsageError(
            f"--formats {text!r}: choose from {', '.join(FORMATS)}, separated by commas"
        )
    return formats


# Commands


@main.command()
@click.option(
    "--model", "model_path", type=click.Path(path_type=Path), help="An exported .onnx file."
)
@click.option("--prompt", help="Text that the tune starts with.  [default: the model's own]")
@click.option("--seed", type=int, help="Repeats a tune.  [default: a fresh one, told on stderr]")
@click.option(
    "--top-k",
    type=int,
    help="Draw among the k most probable characters.  [default: the model's own]",
)
@click.option(
    "--top-p",
    type=float,
    help="Of those, among the fewest that hold this share of the probability.",
)
@click.option(
    "--temperature", type=float, help="Below 1 safer, above 1 bolder.  [default: the model's own]"
)
@click.option("--greedy", is_flag=True, help="Always the most probable character.")
@click.option("-n", "--count", type=int, default=1, show_default=True, help="How many tunes.")
@click.option(
    "--max-chars",
    type=int,
    help="Cut a tune that has not ended by then.  [default: the model's own]",
)
@click.option(
    "--guide",
    type=click.Choice(["off", "bars", "full"]),
    help="off: plain sampling; bars: a bar is drawn until it is right; full: form and close too.  "
    "[default: the most that the model can do]",
)
@click.option("--meter", help="6/8, 4/4, C|, …")
@click.option("--key", help="D, Bm, Ador, G mixolydian, …")
@click.option("--rhythm", help="jig, reel, hornpipe, …")
@click.option("--unit", help="Unit note length, 1/8 or 1/16.")
@click.option("--bars", type=int, help="Of the sections, each counted once: 16 for two of 8.")
@click.option("--form", help="Sections as they are played: AABB.")
@click.option("--title", help="The tune's title.")
@click.option(
    "--max-copied",
    type=int,
    help="Notes in a row that a tune may share with a known one.  [default: 15]",
)
@click.option(
    "--best-of",
    type=int,
    default=1,
    show_default=True,
    help="Keep the most probable of so many tunes.",
)
@click.option(
    "--valid",
    is_flag=True,
    help="Draw until a tune is whole, of 8 bars or more, and each bar is right.",
)
@click.option("--device", type=click.Choice(DEVICES), default="auto", show_default=True)
@click.option(
    "--precision",
    type=click.Choice(PRECISIONS),
    default="auto",
    show_default=True,
    help="Of the weights; auto: int8 on the CPU where the model has it.",
)
@click.option(
    "--threads", type=int, help="That work on one step.  [default: 2 where there are 2 cores]"
)
@click.option(
    "--out", "out", type=click.Path(path_type=Path), help="Folder for the files of each tune."
)
@click.option(
    "--formats", help="What to write there, e.g. abc,mp3,pdf.  [default: abc,midi,wav,waveform]"
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line instead of ABC.")
@_sound_options
def generate(
    model_path: Path | None, prompt: str | None, seed: int | None, top_k: int | None, top_p: float | None,
    temperature: float | None, greedy: bool, count: int, max_chars: int | None, guide: Any, meter: str | None,
    key: str | None, rhythm: str | None, unit: str | None, bars: int | None, form: str | None, title: str | None,
    max_copied: int | None, best_of: int, valid: bool, device: Any, precision: Any, threads: int | None,
    out: Path | None, formats: str | None, as_json: bool, **sound: Any,
) -> None:  # fmt: skip
    """Compose tunes and print them as ABC; with --out, write them as files too."""
    from abcrun.model import Model

    if formats is not None and out is None:
        raise UsageError("--formats needs --out FOLDER, where the files go")
    chosen_formats = _formats(formats or "abc,midi,wav,waveform") if out is not None else []
    settings = _settings(**sound) if out is not None else None
    model = Model.load(model_path, device, precision, threads)
    asked = {
        "prompt": prompt,
        "sampling": _sampling(model.spec.sampling, top_k, top_p, temperature, greedy),
        "seed": seed,
        "max_chars": max_chars,
    }
    wishes = {
        "guide": guide, "meter": meter, "key": key, "rhythm": rhythm, "unit": unit, "bars": bars, "form": form,
        "title": title, "max_copied": max_copied,
    }  # fmt: skip
    is_plain = not model.spec.repertoire and all(wish is None for wish in wishes.values())
    if is_plain and count == best_of == 1 and not valid and not as_json and out is None:
        _stream(model, seed, asked)
        return
    asked |= {**wishes, "best_of": best_of}
    if out is not None:
        from abcrun.files import make_folder

        make_folder(out)
    effort = Effort()
    for place, tune in enumerate(_tunes(model, count, valid, asked)):
        effort.add(tune)
        if place == 0 and seed is None:
            click.echo(f"seed {tune.seed}", err=True)
        if as_json:
            files = _write(tune, out, chosen_formats, settings)
            click.echo(
                json.dumps(
                    {**_facts(tune), "files": [str(path) for path in files]}, ensure_ascii=False
                )
            )
        else:
            click.echo(("\n" if place else "") + tune.text.rstrip("\n"))
            if not tune.complete:
                why = (
                    f"given up after {tune.attempts} beginnings"
                    if tune.attempts > 1
                    else "cut; --max-chars allows more"
                )
                click.echo(f"abcrun: tune {tune.index + 1} is not complete, {why}", err=True)
            for path in _write(tune, out, chosen_formats, settings):
                click.echo(f"wrote {path}", err=True)
        sys.stdout.flush()
    if model.spec.repertoire and guide != "off":
        click.echo(effort.summary(), err=True)


@dataclass
class Effort:
    """What it took to compose tunes."""

    tunes: int = 0
    attempts: int = 0
    redrawn: int = 0

    def add(self, tune: "Generated") -> None:
        """Count a tune."""
        self.tunes += tune.complete
        self.attempts += tune.attempts
        self.redrawn += tune.redrawn

    def summary(self) -> str:
        """One line."""
        share = self.tunes / max(1, self.attempts)
        return f"{self.tunes} complete of {self.attempts} begun ({share:.0%}), {self.redrawn} bars drawn again"


def _sampling(
    proposed: "Sampling",
    top_k: int | None,
    top_p: float | None,
    temperature: float | None,
    greedy: bool,
) -> "Sampling":
    from dataclasses import replace

    given: dict[str, Any] = {"top_k": top_k, "top_p": top_p, "temperature": temperature}
    return replace(
        proposed,
        greedy=greedy,
        **{name: value for name, value in given.items() if value is not None},
    )


def _stream(model: "Model", seed: int | None, asked: dict[str, Any]) -> None:
    """Print one tune as it is composed."""
    stream = model.stream(**asked)
    last = ""
    for text in stream:
        sys.stdout.write(text)
        sys.stdout.flush()
        last = text
    if not last.endswith("\n"):
        sys.stdout.write("\n")
    sys.stdout.flush()
    if not stream.complete:
        click.echo("abcrun: cut before its end; --max-chars allows more", err=True)
    if seed is None:
        click.echo(f"seed {stream.seed}", err=True)


def _tunes(model: "Model", count: int, valid: bool, asked: dict[str, Any]) -> Iterator["Generated"]:
    if not valid:
        with _progress(count, "composing") as advance:
            for tune in model.generate(count, **asked):
                yield tune
                advance()
        return
    found = 0
    with _progress(count, "composing") as advance:
        for tune in model.generate(count * ATTEMPTS, slots=DRAWN_AT_A_TIME, **asked):
            if not _is_valid(tune):
                continue
            yield tune
            advance()
            found += 1
            if found == count:
                return
    raise NotationError(
        f"only {found} of {count * ATTEMPTS} tunes drawn were valid, {count} asked for; "
        "try a lower --temperature, another --prompt or another --model"
    )


def _is_valid(generated: "Generated") -> bool:
    from abcrun.notation import Tune

    if not generated.complete:
        return False
    try:
        tune = Tune.parse(generated.text)
    except NotationError:
        return False
    return tune.is_valid and len(tune.bars) >= SHORTEST


def _facts(generated: "Generated") -> dict[str, Any]:
    from abcrun.notation import check

    problems = [
        {
            "line": problem.line,
            "column": problem.column,
            "kind": problem.kind,
            "reason": problem.reason,
        }
        for problem in check(generated.text)
    ]
    return {
        "abc": generated.text,
        "complete": generated.complete,
        "seed": generated.seed,
        "index": generated.index,
        "attempts": generated.attempts,
        "redrawn_bars": generated.redrawn,
        "characters": generated.characters,
        "problems": problems,
    }


def _write(
    generated: "Generated",
    out: Path | None,
    formats: Sequence[str],
    settings: "RenderSettings | None",
) -> list[Path]:
    if out is None:
        return []
    from abcrun.files import write_atomically
    from abcrun.notation import Tune
    from abcrun.rendering import render_files

    stem = f"tune-{generated.seed}-{generated.index + 1}"
    try:
        tune = Tune.parse(generated.text)
    except NotationError as error:
        written = (
            [write_atomically(out / f"{stem}.abc", generated.text)] if "abc" in formats else []
        )
        if set(formats) == {"abc"}:
            return written
        raise NotationError(
            f"{stem} cannot be played ({error}); --valid draws until one can"
        ) from None
    return render_files(tune, out, stem, formats, settings)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--out", "out", type=click.Path(path_type=Path), default=Path(), show_default="this one",
              help="Folder for the files.")  # fmt: skip
@click.option(
    "--formats",
    default="midi,wav,waveform",
    show_default=True,
    help="abc, midi, wav, mp3, pdf, svg, png, musicxml, …",
)
@click.option(
    "--transpose",
    metavar="KEY",
    help="First move each tune to the nearest such key of its mode: G, Ador, …",
)
@_sound_options
@click.pass_context
def render(
    context: click.Context,
    /,
    file: Path,
    out: Path,
    formats: str,
    transpose: str | None,
    **sound: Any,
) -> None:
    """Write the tunes of an ABC FILE (- is stdin) as MIDI, sound, scores and pictures."""
    from abcrun.rendering import render_files

    chosen, settings = _formats(formats), _settings(**sound)
    tunes, left_out = _read_tunes(file, transpose)
    stem = "tune" if str(file) == "-" else file.stem
    with _progress(len(tunes), "rendering") as advance:
        for place, tune in enumerate(tunes, 1):
            name = stem if len(tunes) == 1 else f"{stem}-{place}"
            for path in render_files(tune, out, name, chosen, settings):
                click.echo(f"wrote {path}", err=True)
            advance()
    if left_out:
        context.exit(1)


@main.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--originality", is_flag=True, help="Also say what each melody shares with known tunes."
)
@click.pass_context
def check(context: click.Context, /, file: Path, originality: bool) -> None:
    """Say what is wrong with the tunes of an ABC FILE (- is stdin), a line each; exit
    status 1 if anything is."""
    from abcrun.notation import check as check_text

    text = _read_text(file)
    problems = check_text(text)
    shared = list(_originality(text)) if originality else []
    for problem in problems:
        click.echo(f"{file}:{problem.line}:{problem.column}: {problem.reason}")
    for line, found in shared:
        click.echo(f"{file}:{line}: {found}")
    sys.stdout.flush()
    click.echo(f"{len(problems)} problem{'s' if len(problems) != 1 else ''}", err=True)
    if problems:
        context.exit(1)


def _originality(text: str) -> Iterator[tuple[int, str]]:
    """The first line of each tune that can be read, and what the tune shares with the
    known ones."""
    from abcrun.notation import UnreadableTuneError
    from abcrun.notation.blocks import blocks
    from abcrun.originality import COPY, default_index
    from abcrun.tune import Tune

    index = default_index()
    with contextlib.suppress(UnreadableTuneError):  # a text over the bounds; `check` names it
        for block in blocks(text):
            with contextlib.suppress(UnreadableTuneError):
                found = Tune.of_block(block).originality(index)
                nearest = f"{found.title or 'without a title'}, {found.book} {found.number}"
                share = (
                    f"{100 * found.copied_share:.0f} % of the notes stand in runs of {COPY} or more"
                )
                run = (
                    f"{found.longest_run} notes ({nearest}); {share}"
                    if found.longest_run
                    else "none"
                )
                yield block.first_line, f"longest run shared with a known tune: {run}"


@main.command()
@click.argument("model", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="All that the file says of itself, as JSON.")
def info(model: Path | None, as_json: bool) -> None:
    """Tell what a MODEL (the one that comes with abcrun, by default) is and where it
    comes from."""
    from abcrun.files import default_model_path
    from abcrun.model import Model

    spec = Model.load(model, "cpu").spec
    if as_json:
        click.echo(json.dumps(json.loads(spec.to_json()), indent=2, ensure_ascii=False))
        return
    provenance, sampling = spec.provenance, spec.sampling
    metrics, split = provenance.get("metrics", {}), provenance.get("split", {})
    rows = [
        ("model", spec.name),
        ("file", str(model or default_model_path())),
        ("network", f"{spec.layers} LSTM layers of {spec.hidden} units, {len(spec.vocabulary)} characters"),
        ("precision", spec.precision),
        ("prompt", repr(spec.prompt)),
        ("sampling", f"top-k {sampling.top_k}, top-p {sampling.top_p:g}, temperature {sampling.temperature:g}"),
        *(("corpus", f"{c['title']}: {c['tunes']:,} tunes, {c['characters']:,} characters; {c['licence']}")
          for c in provenance.get("corpora", [])),
        ("split", f"{split.get('training_tunes')} tunes to train on, {split.get('held_out_tunes')} held out"),
        ("held out", f"{metrics.get('held_out_bits_per_character', float('nan')):.4f} bits per character"),
        ("trained", f"epoch {metrics.get('epoch')} of {metrics.get('epochs')}, on {provenance.get('device')}"),
    ]  # fmt: skip
    for name, value in rows:
        click.echo(f"{name:>9}  {value}")


@main.command()
@click.argument("model", type=click.Path(path_type=Path), required=False)
@click.pass_context
def doctor(context: click.Context, /, model: Path | None) -> None:
    """Tell what this machine offers for running a MODEL, and what is wrong; exit status
    1 if none can run."""
    from abcrun.cli.doctor import examine, is_fit

    findings = []
    for name, text in examine(model):
        click.echo(f"{name:>9}  {text}")
        findings.append((name, text))
    if not is_fit(findings):
        context.exit(1)


@main.command()
@click.argument("model", type=click.Path(path_type=Path), required=False)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    default=3.0,
    show_default=True,
    help="For each figure.",
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a table.")
def bench(model: Path | None, seconds: float, as_json: bool) -> None:
    """Measure how fast a MODEL composes here: characters a second by batch size,
    latency, start, memory."""
    from abcrun.cli.bench import measure, table

    figures = []
    with _progress(3, "measuring") as advance:
        for one in measure(model, seconds):
            figures.append(one)
            advance()
    click.echo(
        json.dumps([one.to_dict() for one in figures], indent=2) if as_json else table(figures)
    )


def _studio_options(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """An option, and a variable of the environment, for each of these settings, or for
    all of them."""
    from abcrun.studio.settings import Settings, kind_of, option, variable

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for one in reversed(fields(Settings)):
            if not names or one.name in names:
                kind = kind_of(one)
                text = one.metadata["help"]
                command = click.option(
                    option(one.name), one.name, type=kind, default=one.default, envvar=variable(one.name), help=text,
                    show_default=bool(one.default), show_envvar=True,
                )(command)  # fmt: skip
        return command

    return add


@main.command()
@_studio_options("port", "model", "device", "threads")
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the page.")
def studio(browser: bool, **given: Any) -> None:
    """Compose, see and hear tunes on a page in your browser; it is open to this machine
    alone."""
    from abcrun.studio.serving import open_studio
    from abcrun.studio.settings import Settings

    open_studio(Settings(**given), _tell_address, browser=browser)


@main.command()
@_studio_options()
def serve(**given: Any) -> None:
    """Serve the studio's page, and its interface for other apps, to others."""
    from abcrun.studio.serving import serve as run
    from abcrun.studio.settings import Settings

    run(Settings(**given), _tell_address)


def _tell_address(url: str) -> None:
    click.echo(f"abcrun: {url} (Ctrl-C ends it)", err=True)


PLAYERS = (
    ("pw-play",), ("paplay",), ("aplay", "-q"), ("afplay",), ("play", "-q"),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"), ("mpv", "--no-video", "--really-quiet"),
)  # fmt: skip
"""Programs that play a WAV file and end: PipeWire, PulseAudio, ALSA, macOS, SoX,
FFmpeg, mpv."""


@main.command()
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@_sound_options
def play(file: Path, **sound: Any) -> None:
    """Play the tunes of an ABC FILE (- is stdin) with the first player that is found."""
    import shutil
    import tempfile

    from abcrun.rendering import render as render_one

    settings = _settings(**sound)
    tunes, _ = _read_tunes(file)
    player = next((command for command in PLAYERS if shutil.which(command[0])), None)
    if player is None and sys.platform != "win32":
        raise RenderError(
            f"no player found ({', '.join(command[0] for command in PLAYERS)}); install one, "
            "or write a sound file with abcrun render"
        )
    with tempfile.TemporaryDirectory(prefix="abcrun-") as folder:
        path = Path(folder) / "tune.wav"
        for tune in tunes:
            click.echo(
                f"playing {tune.title or 'a tune without a title'} ({tune.seconds:.0f} s)", err=True
            )
            path.write_bytes(render_one(tune, "wav", settings))
            if player is not None:
                _play(player, path)
            elif sys.platform == "win32":
                import winsound

                winsound.PlaySound(str(path), winsound.SND_FILENAME)


def _play(player: Sequence[str], path: Path) -> None:
    from abcrun.processes import run  # subprocess takes time to load

    try:
        run([*player, str(path)], captured=False, check=True)
    except OSError as error:
        raise RenderError(
            f"{player[0]} could not play the sound ({error}); abcrun render writes it to a file"
        ) from None


# Input and progress


def _read_text(file: Path) -> str:
    """Text of a file or of stdin: UTF-8 with or without BOM, else Latin-1."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file}: cannot be read ({error.strerror or error})") from None
    return decode_text(content)[0]


def _read_tunes(file: Path, transpose: str | None = None) -> tuple[list["Tune"], int]:
    """The tunes of a file that can be read, and how many can't: each of those is named
    on stderr and left out.

    With `transpose` they are in that key, and left out where they can't be.
    """
    from abcrun.notation import Tune
    from abcrun.notation.blocks import blocks
    from abcrun.notation.key import tonic_and_mode
    from abcrun.notation.problem import NO_TUNE, UnreadableTuneError

    if transpose is not None:
        tonic_and_mode(transpose)
    tunes: list[Tune] = []
    faults: list[AbcrunError] = []
    for block in blocks(_read_text(file)):
        try:
            tune = Tune.of_block(block)
            tunes.append(tune if transpose is None else tune.transpose(transpose))
        except UnreadableTuneError as error:
            faults.append(error)
        except (NotationError, UsageError) as error:  # it cannot go to that key
            faults.append(type(error)(f"line {block.first_line}: {error}"))
    if not tunes:
        reason = faults[0] if faults else NO_TUNE.reason
        raise (UsageError if isinstance(reason, UsageError) else NotationError)(f"{file}: {reason}")
    for fault in faults:
        click.echo(f"abcrun: {file}: {fault}; this tune is left out", err=True)
    return tunes, len(faults)


@contextlib.contextmanager
def _progress(length: int, label: str) -> Iterator[Callable[[], None]]:
    """A bar on stderr, where that is a terminal, once the work has taken more than a
    second."""
    if length == 1 or not sys.stderr.isatty():
        yield lambda: None
        return
    begun = time.monotonic()
    done = 0
    with contextlib.ExitStack() as stack:
        bar: Any = None

        def advance() -> None:
            nonlocal bar, done
            done += 1
            if bar is not None:
                bar.update(1)
            elif time.monotonic() - begun > SHOW_PROGRESS_AFTER:
                bar = stack.enter_context(
                    click.progressbar(length=length, label=label, file=sys.stderr)
                )
                bar.update(done)

        yield advance
