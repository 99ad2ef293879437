"""Every bound of the reader in one place. A text over a bound is a problem that is
named, never a hang."""

# All of O'Neill's 2,009 tunes take 776,000.
MAX_TEXT_CHARACTERS = 16_000_000
"""Of one text given to `check` or `find_tunes`."""

# The longest real tune met takes some 9,000.
MAX_TUNE_CHARACTERS = 100_000
"""Of one tune, header and all."""

MAX_FILE_HEADER_LINES = 200
"""Fields and directives before the first tune: each tune has them all."""

MAX_FILE_HEADER_CHARACTERS = 20_000
"""Of all of them."""

MAX_LINE_CHARACTERS = 20_000
"""Of one line of a tune."""

MAX_FIELD_CHARACTERS = 1_000
"""Of a field that is interpreted (K:, M:, L:, Q:, P:, V:, X:)."""

MAX_NUMBER_DIGITS = 6
"""Of any number in the notation."""

MAX_OCTAVE_MARKS = 8
"""Commas or apostrophes behind one note."""

MAX_BROKEN = 4
"""Signs in one broken rhythm: a>>>>b."""

MAX_NOTE_LENGTH = 64
"""Whole notes that one written note, chord or rest may last."""

# A 64th in tuplets of 3, 5 and 7 needs 6,720.
MAX_DENOMINATOR = 1_000_000
"""Of any onset or length."""

MAX_TUPLET = 32
"""Each number of (p:q:r."""

MAX_CHORD_NOTES = 32
"""Notes in one chord."""

MAX_CHORD_SYMBOLS_CHARACTERS = 200
"""Of one quoted text that may be chord symbols; a longer one is words."""

MAX_MACROS = 64
"""Macros m: of one tune."""

# The standard has 31 for a target and 200 for its text.
MAX_MACRO_CHARACTERS = 200
"""Of the target of a macro, and of its text."""

MAX_OVERLAYS = 16
"""Signs & in one bar."""

MAX_REST_BARS = 256
"""Of one multi-measure rest Zn."""

MAX_PASSES = 16
"""Times that a repeated section is played."""

MAX_PART_DEPTH = 8
"""Brackets within brackets in a play order P:."""

MAX_PARTS = 256
"""Parts that a play order P: calls."""

MAX_VOICES = 32

MAX_WRITTEN_NOTES = 50_000
"""Of one tune, rests and each note of a chord counted."""

MAX_BARS = 10_000
"""Written in one tune, all voices."""

MAX_SOUNDING_NOTES = 100_000
"""Of one tune with its repeats played out."""

MAX_PLAYED_BARS = 20_000
"""Of one tune with its repeats played out, all voices."""

MAX_DURATION = 8_192
"""Whole notes that a tune may last, repeats played out."""

MAX_PROBLEMS = 1_000
"""Named in one text."""

MIN_QUARTERS_PER_MINUTE = 5
MAX_QUARTERS_PER_MINUTE = 2_000
