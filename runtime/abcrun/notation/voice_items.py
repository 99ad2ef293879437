"""What is written in a voice so far, and late changes of it: signs behind a bar line
may belong to the note before it."""

from abcrun.notation.limits import MAX_OVERLAYS
from abcrun.notation.problem import out_of_bounds
from abcrun.notation.written import Bar, Item, PartLabel, Signs, WrittenNote


class VoiceItems:
    """The items of a voice under way, and the ends of its lines.

    Between `(&` and `&)`, each `&` begins a layer over the bars since `(&`.
    """

    __slots__ = ("_is_line_over", "_layered_from", "_to_layer", "items", "line_ends")

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.line_ends: set[int] = set()
        self._is_line_over = False  # a line ends inside the bar that comes next
        self._layered_from: int | None = None  # index of the first item behind `(&`
        self._to_layer: list[int] = []  # bars that the layer under way has not reached

    @property
    def is_empty(self) -> bool:
        """Whether there are neither bars nor bar lines."""
        return all(isinstance(item, PartLabel) for item in self.items)

    def _last_bar(self) -> int:
        """Return the index of the last bar, -1 without one."""
        last = len(self.items) - 1
        while last >= 0 and not isinstance(self.items[last], Bar):
            last -= 1
        return last

    @property
    def has_layers(self) -> bool:
        """Whether `(&` has begun layers over several bars."""
        return self._layered_from is not None

    @property
    def is_in_layer(self) -> bool:
        """Whether the next bar is laid over one that stands here."""
        return bool(self._to_layer)

    def begin_layers(self) -> None:
        """Take a `(&`."""
        self._layered_from = len(self.items)

    def begin_layer(self) -> None:
        """Take a `&` between `(&` and `&)`."""
        start = self._layered_from or 0
        self._to_layer = [
            index for index in range(start, len(self.items)) if isinstance(self.items[index], Bar)
        ]

    def end_layers(self) -> None:
        """Take a `&)`."""
        self._layered_from, self._to_layer = None, []

    def add_bar(self, bar: Bar) -> None:
        """Add a bar, or lay it over the one that stands where the layer has come to."""
        if self._to_layer:
            self._add_layer(self._to_layer.pop(0), bar)
        else:
            self.items.append(bar)
        if self._is_line_over:
            self.line_ends.add(len(self.items) - 1)
            self._is_line_over = False

    def _add_layer(self, index: int, layer: Bar) -> None:
        bar = self.items[index]
        if not isinstance(bar, Bar):
            return
        overlays = bar.overlays + layer.overlays + 1
        if overlays > MAX_OVERLAYS:
            raise out_of_bounds(layer.line, layer.column, f"the bar has over {MAX_OVERLAYS} layers")
        self.items[index] = bar._replace(
            notes=bar.notes + layer.notes,
            length=max(bar.length, layer.length),
            overlays=overlays,
        )

    def break_line(self, *, is_in_bar: bool) -> None:
        """End a line of the score: inside the bar under way, or behind the last one."""
        if is_in_bar:
            self._is_line_over = True
        elif (last := self._last_bar()) >= 0:
            self.line_ends.add(last)

    def _last_note(self) -> WrittenNote | None:
        bar = self.items[last] if (last := self._last_bar()) >= 0 else None
        return bar.notes[-1] if isinstance(bar, Bar) else None

    def _change_last_note(self, note: WrittenNote) -> None:
        if (last := self._last_bar()) >= 0 and isinstance(bar := self.items[last], Bar):
            self.items[last] = bar._replace(notes=(*bar.notes[:-1], note))

    def add_label(self, label: PartLabel) -> None:
        """Add the label of a part."""
        # A voice that begins late has had the labels of the others. It has its own.
        if self.is_empty and label.label in [
            item.label for item in self.items if isinstance(item, PartLabel)
        ]:
            self.items.clear()
        self.items.append(label)

    def end_slur(self) -> bool:
        """End a slur at the last note. Return whether there is one."""
        note = self._last_note()
        if note is None:
            return False
        signs = note.signs or Signs()
        self._change_last_note(
            note._replace(signs=signs._replace(slurs_ended=signs.slurs_ended + 1))
        )
        return True

    def tie_last_note(self) -> dict[int, int] | None:
        """Tie the last note to the next one. Return its pitches by step, None where
        there is no such note."""
        note = self._last_note()
        if note is None or not note.pitches:
            return None
        self._change_last_note(note._replace(tied=note.pitches))
        # Where a chord has a note twice, nobody can tell which pitch is which step's.
        if len(note.names) != len(note.pitches):
            return {}
        return {name.step: pitch for name, pitch in zip(note.names, note.pitches, strict=True)}

    def end_signs(self, signs: Signs) -> None:
        """Give texts and decorations behind the last bar line to the last bar."""
        if (last := self._last_bar()) >= 0 and isinstance(bar := self.items[last], Bar):
            own = bar.end_signs or Signs()
            self.items[last] = bar._replace(
                end_signs=Signs(
                    decorations=own.decorations + signs.decorations,
                    texts=own.texts + signs.texts,
                    directives=own.directives + signs.directives,
                )
            )
