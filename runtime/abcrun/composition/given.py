"""A tune that is given to a model: as it is written, and as the model reads it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from abcrun.composition.conditions import Conditions
from abcrun.composition.finishing import octave_home
from abcrun.composition.recall import laid_out, parted
from abcrun.composition.repertoire import Repertoire
from abcrun.composition.sketch import Sketch
from abcrun.errors import UsageError
from abcrun.inference.spec import ModelSpec
from abcrun.notation import Bar, Tune
from abcrun.notation.bars import BarReader, bar_reader, split
from abcrun.notation.key import usual_mode
from abcrun.notation.normal_form import meter_name, normal_form
from abcrun.notation.transpose import transpose_text


@dataclass(frozen=True)
class GivenTune:
    """A tune as it is written (`tune`), and as a model with recall reads it.

    head, bars, sketch: in normal form and the model's key.
    """

    tune: Tune
    repertoire: Repertoire
    head: str
    bars: tuple[str, ...]
    sketch: Sketch

    @classmethod
    def of(cls, spec: ModelSpec, text: str) -> Self:
        """Read a tune.

        `UsageError` for a model without recall, a tune in a meter or mode that the
        model does not know, and characters that it does not know. `NotationError` for a
        tune that cannot be read or has no normal form.
        """
        if not (spec.repertoire and spec.recall):
            raise UsageError(
                f"the model {spec.name} has no form plans to go by; take one of recipe folk"
            )
        # The text may begin with other lines: in its own text the tune's count from 1.
        tune = Tune.parse(Tune.parse(text).text)
        repertoire = Repertoire.from_text(spec.repertoire)
        written = _in_normal_form(tune, repertoire)
        head, body = parted(written)
        between, bars = split(body)
        if len(bars) != len(tune.bars):
            raise UsageError(
                f"the tune has {len(tune.bars)} bars as written, "
                f"{len(bars)} in normal form: write it so"
            )
        try:
            spec.vocabulary.encode(written)
        except UsageError as error:
            raise UsageError(f"the tune: {error}") from None
        sketch = Sketch.of(between, bars, bar_reader(head))
        return cls(tune, repertoire, head, tuple(bars), sketch)

    @property
    def reader(self) -> BarReader:
        """The reader of its bars."""
        return bar_reader(self.head)

    def melody(self, bars: Iterable[str]) -> list[int]:
        """Return the onsets of bars in the model's key."""
        read = map(self.reader.read, bars)
        return [note for bar in read if bar is not None for note in bar.melody]

    @property
    def text(self) -> str:
        """The tune as the model reads it, without signs of recall."""
        return self.with_bars({})

    def with_bars(self, bars: Mapping[int, str]) -> str:
        """Return that text with other bars in some places."""
        texts = [bars.get(number, bar) for number, bar in enumerate(self.bars)]
        return self.head + laid_out(self.sketch, texts)

    def written_with(self, bars: Mapping[int, str]) -> str:
        """Return the tune as it is written, with other bars in some places."""
        lines = self.tune.text.split("\n")
        # From the end on: so the places of the bars before stay what they were.
        for number in sorted(bars, reverse=True):
            bar: Bar = self.tune.bars[number]
            first, last = bar.line - 1, bar.end_line - 1
            old = (
                lines[first][bar.column - 1 :]
                if first != last
                else lines[first][bar.column - 1 : bar.end_column - 1]
            )
            space = old[len(old.rstrip()) :]
            rest = lines[last][bar.end_column - 1 :]
            lines[first : last + 1] = [lines[first][: bar.column - 1] + bars[number] + space + rest]
        return "\n".join(lines)

    def in_key(self, text: str) -> Sequence[str]:
        """Return the bars of a text in the model's key, in the tune's own key and unit
        note length."""
        if self.repertoire.canonical is not None:
            tonic = self.tune.key.tonic
            back = octave_home(self.repertoire.canonical, tonic)
            text = transpose_text(text, f"{tonic} {usual_mode(self.tune.key.mode)}", back)
        if f"\nL:{self.tune.unit_length}\n" not in text:
            text = normal_form(Tune.parse(text), "", self.tune.unit_length)
        return split(parted(text)[1])[1]

    def closes(self, bar: str) -> bool:
        """Return whether a bar, in the model's key, ends on the tonic."""
        read = self.reader.read(bar)
        return read is not None and read.last is not None and read.last % 12 == self.reader.tonic


def _in_normal_form(tune: Tune, repertoire: Repertoire) -> str:
    """Write a tune as the model learned tunes."""
    mode = usual_mode(tune.key.mode)
    meter = meter_name(tune.meter) if tune.meter.length is not None else tune.meter.text
    # This is for its errors: a meter or mode that the model does not know.
    repertoire.select(Conditions(meter=meter, key=f"{tune.key.tonic} {mode}"))
    rhythms = {plan.rhythm for plan in repertoire.offered if plan.meter == meter}
    rhythm = tune.rhythm.strip().lower()
    text = normal_form(tune, rhythm if rhythm in rhythms else "")
    if repertoire.canonical is not None:
        text = transpose_text(text, f"{repertoire.canonical} {mode}")
    return text
