"""How good tunes are: figures of each tune, and of a set of tunes.

All of them are the same whatever key the tunes are in. They look at what is written,
except for the last note, which is the last one played. Only the notes and the signs
between the bars count, not titles and spelling.
"""

import re
import shutil
import tempfile
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from abcrun.composition.sketch import REGULAR
from abcrun.errors import NotationError, RenderError
from abcrun.notation import Bar, Tune, Voice
from abcrun.notation.melody import melody_of
from abcrun.originality import BETWEEN_TUNES, MelodyIndex, intervals
from abcrun.sound.external import run_abc2midi
from abctrain.data.melody_index import suffix_array
from abctrain.data.related import SAME, likeness, runs
from abctrain.data.sections import count_bars, section_lengths
from abctrain.data.sharing import Sharing
from abctrain.quality.estimate import MOST_RUNS, RUN, Estimate

LEAST_BARS = 8
"""The bars of a complete tune, pickups not counted, at least."""

SHORT_COPY, LONG_COPY = 16, 32
"""The notes in a row that a copy has in common with a training tune: a phrase, and most
of a section."""

_HEADERS = frozenset("XMLK")
_FIELD = re.compile(r"^([A-Z]):[ \t]*\S", re.MULTILINE)


# One tune


@dataclass(frozen=True, slots=True)
class TuneFigures:
    """The figures of one tune. Of a text that cannot be read nothing holds.

    complete: it is one tune and nothing else, with X:, M:, L: and K:, at least
        `LEAST_BARS` bars, ended and not cut.
    bars_right: every bar has the length that its meter asks for, by the strict notion
        of `Tune.wrong_bars`.
    sections_regular: every section has a length of `REGULAR` (see `section_lengths`).
    ends_on_tonic: the last note played is the tonic that K: names, in any octave; of a
        chord, its highest note.
    returning_runs: the share, 0 to 1, of the runs of `RUN` notes whose pitches the tune
        has had before, all of them.
    melody: what `abcrun.notation.melody.melody_of` gives.
    """

    complete: bool = False
    bars_right: bool = False
    sections_regular: bool = False
    ends_on_tonic: bool = False
    returning_runs: float = 0.0
    melody: tuple[int, ...] = ()

    @classmethod
    def of(cls, text: str, *, ended: bool = True) -> Self:
        """Judge a text that should be a tune; `ended`: it came to its end by itself."""
        try:
            tune = Tune.parse(text)
        except NotationError:
            return cls()
        melody = melody_of(tune)
        lengths = [length for voice in tune.voices for length in section_lengths(voice)]
        return cls(
            complete=ended
            and tune.text.strip() == text.strip()
            and _HEADERS.issubset(_FIELD.findall(tune.text))
            and max(count_bars(_bars(voice)) for voice in tune.voices) >= LEAST_BARS,
            bars_right=not tune.wrong_bars,
            sections_regular=bool(lengths) and set(lengths).issubset(REGULAR),
            # The highest note of a last chord, as notes of one onset rise.
            ends_on_tonic=bool(tune.notes)
            and tune.notes[-1].pitch % 12 == tune.key.tonic_pitch_class,
            returning_runs=returning_runs(melody),
            melody=melody,
        )


def _bars(voice: Voice) -> list[Bar]:
    return [item for item in voice.items if isinstance(item, Bar)]


def returning_runs(melody: Sequence[int]) -> float:
    """Return the share of the runs of `RUN` notes that stand earlier in the melody too.

    Both have the same pitches and do not overlap.
    """
    first: dict[tuple[int, ...], int] = {}
    again = 0
    count = len(melody) - RUN + 1
    for start in range(count):
        # Compared with the first time: the last one of a repeated note always overlaps.
        again += start - first.setdefault(tuple(melody[start : start + RUN]), start) >= RUN
    return again / count if count > 0 else 0.0


def pairs_alike(melodies: Sequence[Sequence[int]]) -> int:
    """Count the pairs of tunes that a clean corpus would take for one, in any key (see
    `abctrain.data.related`)."""
    return sum(
        likeness(melodies[index], melodies[other]) >= SAME
        for index, others in enumerate(Sharing(melodies))
        for other in others
        if other < index
    )


def index_of(melodies: Sequence[Sequence[int]]) -> MelodyIndex:
    """Index the melodies of training tunes, to look for runs in them."""
    steps = bytes([BETWEEN_TUNES]).join(intervals(melody) for melody in melodies)
    starts = array("I", (at for at in suffix_array(steps).tolist() if steps[at] != BETWEEN_TUNES))
    return MelodyIndex(
        {}, [f"training\t{number}\t" for number in range(1, len(melodies) + 1)], steps, starts
    )


def share_related(melodies: Sequence[Sequence[int]], notes: int) -> float:
    """Return the share of melodies that have this many notes in a row, in any key, in
    common with another one of them."""
    found = [runs(melody, notes) for melody in melodies]
    owners = Counter(run for one in found for run in one)
    return sum(any(owners[run] > 1 for run in one) for one in found) / len(found)


def abc2midi_reads(text: str) -> bool:
    """Tell whether abc2midi makes a tune of the text without an Error.

    Warnings don't count. abc2midi has to be installed.
    """
    with tempfile.TemporaryDirectory(prefix="abctrain-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        try:
            run_abc2midi(text.strip("\n") + "\n", folder)
        except RenderError:
            return False
        # Only the end of what it prints is handed back, and errors may stand before.
        printed = (folder / "log.txt").read_text("utf-8", "replace")
        return (folder / "tune.mid").is_file() and not re.search(r"^Error", printed, re.MULTILINE)


@dataclass(frozen=True, slots=True)
class SetFigures:
    """The figures of a set of tunes, each a share or a mean over tunes, 0 to 1.

    Most are those of `TuneFigures`. The others:

    distinct_runs: among the runs that `count_runs` counts, at most `MOST_RUNS`.
    short_copies, long_copies: tunes that have `SHORT_COPY` and `LONG_COPY` notes in a
        row, in any key, in common with a training tune.
    pairs_alike: a number of pairs.
    abc2midi_reads: None where it isn't installed.
    """

    tunes: int
    complete: Estimate
    bars_right: Estimate
    sections_regular: Estimate
    ends_on_tonic: Estimate
    returning_runs: Estimate
    distinct_runs: Estimate
    short_copies: Estimate
    long_copies: Estimate
    pairs_alike: int
    abc2midi_reads: Estimate | None

    @classmethod
    def of(
        cls,
        texts: Sequence[str],
        figures: Sequence[TuneFigures],
        training: MelodyIndex,
        most_runs: int = MOST_RUNS,
    ) -> Self:
        """Sum up one or more texts and the figures of each.

        Distinct runs are counted among `most_runs`.
        """
        # A text that could not be read has no melody: it counts as original.
        melodies = [one.melody for one in figures]
        copied = [training.longest_run(melody) for melody in melodies]
        return cls(
            tunes=len(figures),
            complete=Estimate.share(one.complete for one in figures),
            bars_right=Estimate.share(one.bars_right for one in figures),
            sections_regular=Estimate.share(one.sections_regular for one in figures),
            ends_on_tonic=Estimate.share(one.ends_on_tonic for one in figures),
            returning_runs=Estimate.mean([one.returning_runs for one in figures]),
            distinct_runs=Estimate.distinct_runs(melodies, most_runs),
            short_copies=Estimate.share(length >= SHORT_COPY for length in copied),
            long_copies=Estimate.share(length >= LONG_COPY for length in copied),
            pairs_alike=pairs_alike(melodies),
            # Nothing else is missing without abc2midi, which is no part of abcrun.
            abc2midi_reads=Estimate.share(map(abc2midi_reads, texts))
            if shutil.which("abc2midi")
            else None,
        )
