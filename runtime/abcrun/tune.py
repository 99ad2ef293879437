"""`Tune` as other apps meet it: the value that `notation` reads, with its score,
originality and notebook view."""

from typing import TYPE_CHECKING, Self

from abcrun import notation

# Start-up time: reading tunes waits neither for NumPy nor for an engraver. So the types
# are imported for the type checker alone, and each method imports what it works with.
if TYPE_CHECKING:
    from abcrun.originality import MelodyIndex, Originality
    from abcrun.score.score import Score


class Tune(notation.Tune):
    __doc__ = notation.Tune.__doc__
    __slots__ = ()

    @classmethod
    def from_musicxml(cls, data: bytes | str) -> Self:
        """Read a score of another program: the content of a .musicxml, .xml or .mxl
        file, as one tune.

        `abcrun.musicxml_to_abc` also says what of it ABC has no place for. Raises
        `abcrun.NotationError`.
        """
        from abcrun.musicxml.convert import musicxml_to_abc  # start-up time

        return cls.parse(musicxml_to_abc(data).abc)

    def originality(self, index: "MelodyIndex | None" = None) -> "Originality":
        """Compare its melody with known tunes, in any key and any note values.

        The answer has the longest run of notes that they share, the share of notes in
        long runs, and the nearest tune. `index` holds the known tunes; by default it is
        the one that comes with abcrun. Raises `abcrun.ModelError` where that cannot be
        read.
        """
        from abcrun.notation.melody import melody_of  # start-up time
        from abcrun.originality import default_index  # start-up time

        return (default_index() if index is None else index).compare(melody_of(self))

    def musicxml(self) -> str:
        """Write the tune as a MusicXML 4.0 file, for MuseScore and other notation
        programs."""
        from abcrun.score.musicxml import to_musicxml  # start-up time

        return to_musicxml(self).text

    def score(self, width: int = 840) -> "Score":
        """Engrave the tune: picture, PNG, PDF, and when each note sounds.

        Pictures need the extra `score`. `width` is that of the picture, in units (CSS
        pixels) that make a staff 29 high. Raises `abcrun.UsageError` for a width beyond
        240 to 4,000, and `abcrun.RenderError` for a tune of over 4,000 written notes.
        """
        from abcrun.score.score import Score  # start-up time

        return Score(self, width)

    def _repr_html_(self) -> str:
        """Show the score, a player, the waveform and the text in Jupyter."""
        from abcrun.notebook import tune_html  # start-up time

        return tune_html(self)
