"""ABC notation: text to tunes, notes and problems.

The stations, each a module: blocks (the tunes in a text), header (fields), tokens,
body and voice (bars as written), performance (what sounds), bar_lengths, tune. Beside
them stand check, melody, transpose, normal_form and bars, which make something of a
text or a tune. All bounds are in limits.
"""

from abcrun.notation.blocks import find_tunes
from abcrun.notation.check import check
from abcrun.notation.key import Key
from abcrun.notation.meter import Meter
from abcrun.notation.performance import Note
from abcrun.notation.problem import Problem, UnreadableTuneError
from abcrun.notation.tempo import Tempo
from abcrun.notation.tune import Tune
from abcrun.notation.written import Bar, BarLine, Ending, PartLabel, Voice, WrittenNote

__all__ = [
    "Bar",
    "BarLine",
    "Ending",
    "Key",
    "Meter",
    "Note",
    "PartLabel",
    "Problem",
    "Tempo",
    "Tune",
    "UnreadableTuneError",
    "Voice",
    "WrittenNote",
    "check",
    "find_tunes",
]
