"""What is in force at a note: the key signature, accidentals of the bar, and ties that
come over the bar line."""

from abcrun.notation.key import Key
from abcrun.notation.pitch import ACCIDENTALS, LETTERS, WrittenPitch


def signature_of(key: Key) -> tuple[int, ...]:
    """Return the alterations that a key asks for, letter by letter from C to B."""
    altered = dict(key.accidentals)
    return tuple(altered.get(letter, 0) for letter in LETTERS)


class Staff:
    """The staff of one voice as it is read or written, note after note.

    `signature` and `in_force` are alterations, letter by letter from C to B; `in_force`
    holds the accidentals of the bar, too. `ties` are the pitches that a tie holds from
    the last note, by step. `shift` is how far a note sounds from where it is written,
    in semitones (`octave=` and `transpose=` of K: and V:).
    """

    __slots__ = (
        "_layer",
        "_layer_ties",
        "_layer_ties_before",
        "_ties_into_endings",
        "in_force",
        "shift",
        "signature",
        "ties",
    )

    def __init__(self, signature: tuple[int, ...], shift: int = 0) -> None:
        self.signature = signature
        # One list, not two: the reader asks for it at every note.
        self.in_force = list(signature)
        self.ties: dict[int, int] = {}
        self.shift = shift
        # Ties at the ends of the layers of this bar and of the bar before it, as each
        # leads on in its own layer; and those that lead into endings.
        self._layer = 0
        self._layer_ties: dict[int, dict[int, int]] = {}
        self._layer_ties_before: dict[int, dict[int, int]] = {}
        self._ties_into_endings: dict[int, int] = {}

    def copy(self) -> "Staff":
        """Return a staff for grace notes: their accidentals do not last, and ties do
        not reach them."""
        other = Staff(self.signature, self.shift)
        other.in_force = list(self.in_force)
        return other

    def change_key(self, signature: tuple[int, ...]) -> None:
        """Put another signature in force. The accidentals of the bar end, a tie goes
        on."""
        self.signature = signature
        self.in_force = list(signature)

    def read(self, note: WrittenPitch) -> int:
        """Return the MIDI note number at which a note sounds. Its accidental, if it has
        one, comes into force."""
        _, step, natural, alteration = note
        if alteration is not None:
            self.in_force[step % 7] = alteration
            return natural + alteration + self.shift
        # Over the bar line, where accidentals end, a tie keeps the pitch; and so does a
        # chain of ties for the notes behind the first.
        if self.ties and step in self.ties:
            return self.ties[step]
        return natural + self.in_force[step % 7] + self.shift

    def write(self, step: int, alteration: int, *, must: bool) -> str:
        """Return the accidental that a note needs to sound altered so: none where that
        is in force, unless there must be one."""
        if not must and self.in_force[step % 7] == alteration:
            return ""
        self.in_force[step % 7] = alteration
        return ACCIDENTALS[alteration]

    def held(self, step: int) -> int | None:
        """Return the pitch that a tie holds at a step, None without one."""
        return self.ties.get(step)

    @property
    def has_accidentals(self) -> bool:
        """Whether accidentals of the bar differ from the signature."""
        return tuple(self.in_force) != self.signature

    def hold(self, ties: dict[int, int]) -> None:
        """Tie pitches, given by step, to the next note."""
        self.ties = ties

    def release(self) -> None:
        """End the ties: the next note has come."""
        self.ties = {}

    def begin_layer(self) -> None:
        """Begin another layer of the bar (`&`): its accidentals are its own, and so are
        the ties that come over the bar line."""
        self._layer_ties[self._layer] = self.ties
        self._layer += 1
        self.in_force = list(self.signature)
        self.hold(self._layer_ties_before.get(self._layer, {}))

    def finish_bar(self, *, has_notes: bool) -> None:
        """End the accidentals of the bar, and carry the ties over its line."""
        self.in_force = list(self.signature)
        if self._layer:
            self._layer_ties[self._layer] = self.ties
            self.ties = self._layer_ties.pop(0)
            self._layer_ties_before, self._layer_ties, self._layer = self._layer_ties, {}, 0
        elif self._layer_ties_before and has_notes:
            self._layer_ties_before = {}

    def begin_ending(self, *, is_first: bool) -> None:
        """Begin an ending: a tie before the first one leads into each of them."""
        if is_first:
            self._ties_into_endings = self.ties
        else:
            self.hold(self._ties_into_endings)
