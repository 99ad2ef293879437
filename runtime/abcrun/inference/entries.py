"""Entries of an object in JSON that a file brought, each checked for its type and
bounds before it is used."""

import reprlib
from collections.abc import Mapping
from typing import Any


class Entries:
    """The entries of one object.

    Every method takes an entry's name, its bounds, and a default for an entry that may
    be missing; it raises a `ValueError` of one short line for anything else.
    """

    def __init__(self, values: object, what: str) -> None:
        """Take what JSON gave; `what` it is names it in errors."""
        if not isinstance(values, dict):
            raise ValueError(f"{what} is {shown(values)}, not an object")
        self._values: Mapping[str, object] = values
        self._what = what

    def text(self, name: str, least: int, most: int, default: str | None = None) -> str:
        """Return a text of so many characters."""
        value = self._get(name, default)
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise self._wrong(name, value, f"a text of {least} to {most} characters")
        return value

    def line(self, name: str, most: int, default: str | None = None) -> str:
        """Return a text that can be printed on one line."""
        value = self.text(name, 0, most, default)
        if not value.isprintable():
            raise self._wrong(name, value, "a text that can be printed on one line")
        return value

    def whole(self, name: str, least: int, most: int, default: int | None = None) -> int:
        """Return a whole number within bounds."""
        value = self._get(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(name, value, f"a whole number from {least} to {most}")
        return value

    def number(self, name: str, most: float, default: float | None = None) -> float:
        """Return a number from 0 to `most`."""
        value = self._get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
            raise self._wrong(name, value, f"a number from 0 to {most:g}")
        return float(value)

    def flag(self, name: str, default: bool | None = None) -> bool:
        """Return whether an entry is true."""
        value = self._get(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, value, "true or false")
        return value

    def inner(self, name: str, default: Mapping[str, Any] | None = None) -> "Entries":
        """Return the entries of an object within this one."""
        return Entries(self._get(name, default), name)

    def objects(self, name: str, most: int) -> "list[Entries]":
        """Return a list of at most so many objects; none where it is missing."""
        value = self._get(name, [])
        if not isinstance(value, list) or len(value) > most:
            raise self._wrong(name, value, f"a list of at most {most} objects")
        return [Entries(one, f"an entry of {name}") for one in value]

    def only(self, *names: str) -> "Entries":
        """Return these entries where none has another name."""
        if unknown := self._values.keys() - set(names):
            raise ValueError(f"{self._what} has an unknown entry {shown(min(unknown))}")
        return self

    def plain(self) -> Mapping[str, Any]:
        """Return the object as JSON gave it."""
        return self._values

    def _get(self, name: str, default: object) -> object:
        value = self._values.get(name, default)
        if value is None and default is None:
            state = "is null" if name in self._values else "is missing"
            raise ValueError(f"{name} {state}")
        return value

    def _wrong(self, name: str, value: object, right: str) -> ValueError:
        return ValueError(f"{name} is {shown(value)}; it must be {right}")


_brief = reprlib.Repr()
_brief.maxstring = _brief.maxother = 60
_brief.maxlevel = 2


def shown(value: object) -> str:
    """Write a value that JSON gave in a few characters, for an error's message."""
    return _brief.repr(value)


def depth(value: object) -> int:
    """Return how deep lists and objects lie within each other: 0 for a number."""
    found, level = 0, [value]
    while level := [one for one in level if isinstance(one, dict | list)]:
        found += 1
        level = [
            inner for one in level for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return found
