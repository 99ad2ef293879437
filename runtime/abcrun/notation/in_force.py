"""What holds for the notes of a voice until a field says otherwise: meter, key, unit
length, clef, and where the notes sound."""

from abcrun.notation.clef import Clef
from abcrun.notation.header import Header
from abcrun.notation.key import KeyField
from abcrun.notation.lengths import KnownSigns
from abcrun.notation.meter import Meter
from abcrun.notation.parameters import Parameters, Placement
from abcrun.notation.staff import Staff, signature_of


class InForce:
    """What is in force in one voice.

    `known` are the notes read with the unit length; `staff` has the accidentals of the
    bar, too. `of_bar` is what a bar that begins here keeps: meter, key, clef (None
    where none is named), and the semitones from where notes are drawn to where they
    sound. `is_transposing`: somewhere notes sounded elsewhere than they are written.
    """

    __slots__ = ("_placement", "is_transposing", "known", "of_bar", "staff")

    def __init__(self, header: Header, known: KnownSigns) -> None:
        self.known = known
        self._placement = Placement(header.key_field.parameters)
        self.staff = Staff(signature_of(header.key), self._placement.shift)
        self.is_transposing = self._placement.shift != 0
        # Kept, not worked out for each bar: it seldom changes.
        self.of_bar = (
            header.meter,
            header.key,
            self._placement.clef,
            self._placement.transposition,
        )

    @property
    def meter(self) -> Meter:
        """The meter in force."""
        return self.of_bar[0]

    def take_meter(self, meter: Meter) -> None:
        """Take the meter of an M: field."""
        self.of_bar = (meter, *self.of_bar[1:])

    def take_voice(self, parameters: Parameters) -> Clef | None:
        """Take the parameters of a V: field. Return the clef that they change to, None
        where it stays."""
        self._placement.take_voice(parameters)
        return self._place()

    def take_key(self, field: KeyField) -> Clef | None:
        """Take a K: field. Return the clef that it changes to, None where it stays."""
        if field.key is not None:
            meter, _, clef, transposition = self.of_bar
            self.of_bar = (meter, field.key, clef, transposition)
            self.staff.change_key(signature_of(field.key))
        if not field.parameters.properties:
            return None
        self._placement.take_key(field.parameters)
        return self._place()

    def _place(self) -> Clef | None:
        placement = self._placement
        self.staff.shift = placement.shift
        self.is_transposing = self.is_transposing or placement.shift != 0
        meter, key, before, _ = self.of_bar
        clef = before if placement.clef is None else placement.clef
        self.of_bar = (meter, key, clef, placement.transposition)
        return None if clef == before else clef
