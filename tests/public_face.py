"""A script that uses every public name, as an app of somebody else's might.

The tests type-check it against the installed wheel (mypy --strict, pyright) and run it.
"""

import contextlib
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

import abcrun

BOOK = """\
X:1
T:The Kesh
R:jig
M:6/8
L:1/8
Q:3/8=120
P:AB
K:G
P:A
V:1 name="Fiddle"
|:{g}G3 "G"GAB|~A3 (ABd)|edd [K:D]gdd|1 (3edB dBA:|2 edB dBA||
w: la la
P:B
B2B dBd|ege dBG|]
"""


def describe(tune: abcrun.Tune) -> Iterator[str]:
    """Tell what the reader keeps of a tune."""
    header: abcrun.Header = tune.header
    field: abcrun.KeyField = header.key_field
    parameters: abcrun.Parameters = field.parameters
    key: abcrun.Key = tune.key
    meter: abcrun.Meter = tune.meter
    yield f"{key.text} {meter.text} {parameters!r} {abcrun.Line(1, 'K:G')}"
    voice: abcrun.Voice
    for voice in tune.voices:
        item: abcrun.Item
        for item in voice.items:
            if isinstance(item, abcrun.Bar):
                yield from map(written, item.notes)
            elif isinstance(item, abcrun.BarLine | abcrun.Ending | abcrun.PartLabel):
                yield f"{item.line}:{item.column}"
        line: abcrun.Lyrics
        for line in voice.lyrics:
            yield line.text
    played: abcrun.PlayedBar = tune.played[0][0]
    note: abcrun.Note = tune.notes[0]
    tempo: abcrun.Tempo = tune.tempos[0]
    mark: abcrun.TempoMark | None = header.tempo
    clef: abcrun.Clef | None = tune.bars[0].clef
    directives: list[abcrun.Directive] = header.directives
    compass: abcrun.Compass | None = tune.compass
    fitted = tune.fit("whistle").unplayable("whistle")
    yield f"{mark} {clef} {directives} {compass} {fitted} {tune.written_for('Bb').text}"
    problem: abcrun.Problem
    for problem in tune.problems:
        yield str(problem)
    yield f"{played.item} {note.pitch} {tempo.quarters_per_minute}"


def written(note: abcrun.WrittenNote) -> str:
    """Tell what stands around a note."""
    heads: tuple[abcrun.NoteName, ...] = note.names
    names = [head.letter for head in heads]
    signs: abcrun.Signs | None = note.signs
    if signs is None:
        return "".join(names)
    groups: tuple[abcrun.Graces, ...] = signs.graces
    small: list[abcrun.GraceNote] = [one for group in groups for one in group.notes]
    sung: tuple[abcrun.Syllable, ...] = signs.lyrics
    slashed = [group.is_slashed for group in groups]
    tuplet: abcrun.Tuplet | None = signs.tuplet
    ratio = Fraction(1) if tuplet is None else Fraction(tuplet.normal, tuplet.actual)
    return f"{names} {slashed} {small} {sung} {ratio} {signs.decorations}"


class FirstBarOnly:
    """A decoding strategy of one's own: the tune ends at its first bar line."""

    wakes_on = "|"

    def __init__(self, row: abcrun.Row) -> None:
        self.row = row
        self.start: abcrun.Snapshot | None = None

    def on_fed(self) -> None:
        self.start = self.row.snapshot()

    def on_drawn(self) -> None:
        self.row.finish()

    def on_end(self) -> bool:
        return True

    def so_far(self, start: int = 0) -> str:
        return self.row.text(start)

    def final(self, text: str) -> tuple[str, str]:
        return text, text


def strategy(row: abcrun.Row) -> abcrun.DecodingStrategy:
    return FirstBarOnly(row)


def compose(model: abcrun.Model) -> abcrun.Generated:
    """Compose in all the ways there are."""
    level: abcrun.GuideLevel = "full"
    asked: abcrun.Asked = {"rhythm": "jig", "key": "Ador", "guide": level, "seed": 7}
    plain: abcrun.PlainAsked = {"seed": 1, "max_chars": 40, "sampling": abcrun.Sampling(top_k=3)}
    conditions = abcrun.Conditions(rhythm="jig")
    assert not conditions.is_open

    def progress(index: int, text: Callable[[], str]) -> None:
        assert index == 0
        assert text().startswith("X:")

    heard: abcrun.OnProgress = progress
    request: abcrun.Request = next(model.requests(1, progress=heard, **asked))
    composed: abcrun.Generated = next(model.generate_many([request]))
    reason: abcrun.FinishReason | None = composed.finish_reason
    assert reason is abcrun.FinishReason.STOP
    learned: abcrun.MelodyIndex = model.melodies
    assert abcrun.Tune.parse(composed.text).originality(learned).longest_run <= 15
    stream: abcrun.Stream = model.stream(**plain)
    assert "".join(stream)
    return composed


def bare(network: abcrun.Network) -> abcrun.Logits:
    """Take one step with the network alone."""
    spec: abcrun.ModelSpec = network.spec
    vocabulary: abcrun.Vocabulary = spec.vocabulary
    tokens: abcrun.Tokens = vocabulary.encode("X")
    state: abcrun.State = network.initial_state()
    session: abcrun.Session = network.session
    binding: abcrun.Binding = session.io_binding()
    assert binding is not None
    logits, _ = network.step(np.asarray(tokens, np.int64)[None], state)
    return logits


def hear_and_see(tune: abcrun.Tune, folder: Path) -> None:
    settings = abcrun.RenderSettings(program="fiddle", rate=22_050)
    samples: abcrun.Samples
    samples, rate = abcrun.tune_samples(tune, settings)
    assert len(samples) > rate
    assert abcrun.render(tune, "midi").startswith(b"MThd")
    assert abcrun.render_files(tune, folder, "tune", ["abc"])
    with contextlib.suppress(abcrun.RenderError):  # without the extra `score`
        assert abcrun.render_book([tune], title="Mine", paper="letter").startswith(b"%PDF")
    score: abcrun.Score = tune.score()
    note: abcrun.ScoreNote = score.notes[0]
    bar: abcrun.ScoreBar = score.bars[0]
    assert note.bar == bar.bar
    index: abcrun.MelodyIndex | None = None
    found: abcrun.Originality = tune.originality(index)
    assert found.longest_run >= 0
    conversion: abcrun.Conversion = abcrun.musicxml_to_abc(tune.musicxml())
    assert conversion.remarks == ()
    assert abcrun.Tune.from_musicxml(tune.musicxml()).text == conversion.abc.strip()


def errors() -> None:
    for error, wrong in (
        (abcrun.UsageError, lambda: abcrun.Sampling(top_k=0)),
        (abcrun.NotationError, lambda: abcrun.Tune.parse("")),
        (abcrun.ModelError, lambda: abcrun.Model.load("no such file")),
    ):
        try:
            wrong()
        except error as caught:
            assert isinstance(caught, abcrun.AbcrunError)
        else:
            raise AssertionError(error)
    others = (abcrun.CorpusError, abcrun.DeviceError, abcrun.OutputError, abcrun.RenderError)
    assert all(issubclass(other, abcrun.AbcrunError) for other in others)
    assert abcrun.MissingGlyphsWarning(("\u0250",)).characters == ("\u0250",)


def main() -> None:
    tune = abcrun.Tune.parse(next(abcrun.find_tunes(BOOK)))
    block = abcrun.Block(BOOK, 1, is_cut=False)
    assert abcrun.Tune.of_block(block).title == tune.title
    assert abcrun.check(BOOK) == list(tune.problems)
    print(abcrun.__version__, *describe(tune), sep="\n")
    device: abcrun.Device = "cpu"
    precision: abcrun.Precision = "auto"
    with abcrun.Model.load(None, device, precision) as model:
        print(compose(model).text)
        print(bare(model.network).shape)
    with TemporaryDirectory() as folder:
        hear_and_see(tune, Path(folder))
    errors()


if __name__ == "__main__":
    main()
