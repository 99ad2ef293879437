"""What is written in a voice so far, and late changes of it: signs behind a bar line
may belong to the note before it."""

from abcrun.notation.written import Bar, Item, PartLabel, Signs, WrittenNote


class VoiceItems:
    """The items of a voice under way, and the ends of its lines."""

    __slots__ = ("items", "line_ends")

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.line_ends: set[int] = set()

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

    def bars_from(self, start: int) -> list[int]:
        """Return the indices of the bars from an item on."""
        return [
            index for index in range(start, len(self.items)) if isinstance(self.items[index], Bar)
        ]

    def add_layer(self, index: int, layer: Bar) -> int:
        """Lay the music of a bar over the one that stands there. Return the number of
        layers over its first."""
        bar = self.items[index]
        if not isinstance(bar, Bar):
            return 0
        overlays = bar.overlays + layer.overlays + 1
        self.items[index] = bar._replace(
            notes=bar.notes + layer.notes,
            length=max(bar.length, layer.length),
            overlays=overlays,
        )
        return overlays

    def break_line(self) -> None:
        """End a line of the score behind the last bar."""
        last = self._last_bar()
        if last >= 0:
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
