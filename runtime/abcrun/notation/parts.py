"""Parts: the order of playing in the header's P:, and the music behind each P: of the
body (ABC 2.1, 3.1.9)."""

from collections.abc import Sequence
from itertools import pairwise

from abcrun.notation.limits import MAX_PART_DEPTH, MAX_PARTS
from abcrun.notation.problem import Problems, out_of_bounds, shown
from abcrun.notation.written import Bar, Item, PartLabel, Voice


def expand_play_order(line: int, column: int, value: str, problems: Problems) -> str:
    """Return the parts that a P: field of the header calls, a letter each: `A(AB)3`
    gives `AABABAB`."""
    groups: list[list[str]] = [[]]
    last: list[str] = []  # what a number behind it would multiply
    position = 0
    while position < len(value):
        character = value[position]
        position += 1
        if character.isascii() and character.isalpha():
            last = [character]
            groups[-1] += last
        elif character == "(":
            if len(groups) > MAX_PART_DEPTH:
                raise out_of_bounds(line, column, f"P: nests brackets over {MAX_PART_DEPTH} deep")
            groups.append([])
            last = []
        elif character == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] += last
        elif character in "0123456789" and last:
            digits = character
            while position < len(value) and value[position] in "0123456789":
                digits += value[position]
                position += 1
            # No int is made of a number that may have a thousand digits.
            times = int(digits) if len(digits) <= 3 else MAX_PARTS + 1
            if len(last) * times + len(groups[-1]) > MAX_PARTS:
                raise out_of_bounds(line, column, f"P: calls over {MAX_PARTS} parts")
            if times == 0:
                del groups[-1][len(groups[-1]) - len(last) :]
            groups[-1] += last * (times - 1)
            last = []
        elif character not in " \t.,-":
            problems.add(
                line, column, "field", f"P: is not an order of parts: {shown(value.strip())}"
            )
            return ""
        if sum(map(len, groups)) > MAX_PARTS:
            raise out_of_bounds(line, column, f"P: calls over {MAX_PARTS} parts")
    if len(groups) > 1:
        problems.add(line, column, "field", "P: has a bracket without an end")
        return ""
    return "".join(groups[0])


def stretches(items: tuple[Item, ...], play_order: str) -> list[tuple[int, int]]:
    """Return the stretches of items to play one behind the other: all of it, or the
    parts that the play order calls."""
    if not play_order:
        return [(0, len(items))]
    parts = _parts(items)
    if not parts:
        return [(0, len(items))]
    opening = parts[0][1]
    chosen: dict[str, tuple[int, int]] = {}
    for letter, start, end in parts:
        # A voice may hold the labels of another voice's parts, without music.
        if letter not in chosen or not has_bar(items, *chosen[letter]):
            chosen[letter] = (start, end)
    called = [chosen[letter] for letter in play_order if letter in chosen]
    # Words instead of an order, `P:Intro`, silence no music.
    if not called:
        return [(0, len(items))]
    return [(0, opening), *called] if opening else called


def check_parts(
    voices: Sequence[Voice], play_order: str, at: tuple[int, int], problems: Problems
) -> None:
    """Add a problem for each part that the play order at line and column `at` calls in
    vain, and for each that stands twice with different music."""
    if not play_order:
        return
    known: set[str] = set()
    for voice in voices:
        first: dict[str, tuple[int, int]] = {}
        for letter, start, end in _parts(voice.items):
            known.add(letter)
            if not has_bar(voice.items, start, end):
                continue
            before = first.setdefault(letter, (start, end))
            if _music(voice.items, *before) != _music(voice.items, start, end):
                label = voice.items[start]
                reason = f"part {letter} has other music before: P: calls that"
                problems.add(label.line, label.column, "field", reason)
    if not known:
        problems.add(*at, "unsupported", "P: calls parts, but the music has no labels of parts")
        return
    for letter in dict.fromkeys(play_order):
        if letter not in known:
            problems.add(*at, "field", f"P: calls part {letter}, which the tune has not")


def _parts(items: tuple[Item, ...]) -> list[tuple[str, int, int]]:
    """Return letter, start and end of each labelled stretch of items."""
    starts = [index for index, item in enumerate(items) if isinstance(item, PartLabel)]
    return [
        (label.label[:1], start, end)
        for start, end in pairwise([*starts, len(items)])
        if isinstance(label := items[start], PartLabel)
    ]


def has_bar(items: tuple[Item, ...], start: int, end: int) -> bool:
    """Return whether there is music among some items."""
    return any(isinstance(items[index], Bar) for index in range(start, end))


def _music(items: tuple[Item, ...], start: int, end: int) -> list[tuple[str, ...]]:
    return [
        tuple(note.text for note in item.notes)
        for item in items[start:end]
        if isinstance(item, Bar)
    ]
