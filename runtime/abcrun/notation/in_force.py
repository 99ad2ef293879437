"""What holds for the notes of a voice until a field says otherwise: meter, key, unit
length, clef, and where the notes sound."""

from abcrun.notation.clef import Clef
from abcrun.notation.header import Header
from abcrun.notation.key import Key, KeyField
from abcrun.notation.lengths import KnownSigns
from abcrun.notation.meter import Meter
from abcrun.notation.parameters import Parameters, Placement
from abcrun.notation.staff import Staff, signature_of


class InForce:
    """What is in force in one voice.

    `known` are the notes read with the unit length; `staff` has the accidentals of the
    bar, too. `clef` is None where none is named. `is_transposing`: somewhere notes
    sounded elsewhere than they are written.
    """

    __slots__ = ("_placement", "clef", "is_transposing", "key", "known", "meter", "staff")

    def __init__(self, header: Header, known: KnownSigns) -> None:
        self.meter = header.meter
        self.key = header.key
        self.known = known
        self._placement = Placement(header.key_field.parameters)
        self.staff = Staff(signature_of(self.key), self._placement.shift)
        self.clef = self._placement.clef
        self.is_transposing = self._placement.shift != 0

    def of_bar(self) -> tuple[Meter, Key, Clef | None, int]:
        """Return what a bar that begins here keeps: meter, key, clef, and the semitones
        from where notes are drawn to where they sound."""
        return self.meter, self.key, self.clef, self._placement.transposition

    def take_voice(self, parameters: Parameters) -> Clef | None:
        """Take the parameters of a V: field. Return the clef that they change to, None
        where it stays."""
        self._placement.take_voice(parameters)
        return self._place()

    def take_key(self, field: KeyField) -> Clef | None:
        """Take a K: field. Return the clef that it changes to, None where it stays."""
        if field.key is not None:
            self.key = field.key
            self.staff.change_key(signature_of(field.key))
        if not field.parameters.properties:
            return None
        self._placement.take_key(field.parameters)
        return self._place()

    def _place(self) -> Clef | None:
        placement, clef = self._placement, self.clef
        self.staff.shift = placement.shift
        self.is_transposing = self.is_transposing or placement.shift != 0
        if placement.clef is None or placement.clef == clef:
            return None
        self.clef = placement.clef
        return self.clef
