"""What can be wrong with a text, and where."""

from dataclasses import dataclass

from abcrun.errors import NotationError
from abcrun.notation.limits import MAX_PROBLEMS


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a text.

    `line` and `column` count from 1 in the text given; `reason` is a sentence for
    people. `kind` is for programs:

    "no-tune"       no line starts with X: or holds a K: field
    "no-reference"  a tune without an X: field
    "no-key"        a tune without a K: field
    "no-notes"      a tune without a note or rest
    "unreadable"    characters that have no meaning where they stand
    "unclosed"      a chord, group of grace notes or quoted text without an end
    "field"         a field whose value has no meaning
    "rhythm"        a tuplet or broken rhythm without the notes it needs, or of notes
                    that don't fit it
    "broken-rhythm" a broken rhythm between notes of different lengths, which programs
                    play in different ways (ABC 2.1, 4.4)
    "bar-length"    a bar that is longer or shorter than its meter asks for
    "bar-line"      a line that ends without a bar line where a bar is full
    "blank-line"    a blank line that ends a tune, though music goes on behind it
    "unsupported"   something that abcrun reads over: a remark, not a fault
    "bounds"        more of something than the reader takes (abcrun.notation.limits)

    `is_stray_sign`: the one character there is "unreadable", and the music around it
    reads as well without it. `about` is what a problem that is named once in a text is
    about, empty for one of its place. `values` are what the reason names, for who
    says it in other words: how long the bar is and should be ("bar-length"), the signs
    and both lengths ("broken-rhythm"), the sign, where it is one ("unreadable").
    """

    line: int
    column: int
    reason: str
    kind: str
    is_stray_sign: bool = False
    about: str = ""
    values: tuple[str, ...] = ()

    @property
    def is_remark(self) -> bool:
        """Whether nothing is wrong: abcrun does not act on what stands there."""
        return self.kind == "unsupported"

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}: {self.reason}"


KINDS = (
    "no-tune",
    "no-reference",
    "no-key",
    "no-notes",
    "unreadable",
    "unclosed",
    "field",
    "rhythm",
    "broken-rhythm",
    "bar-length",
    "bar-line",
    "blank-line",
    "unsupported",
    "bounds",
)
"""Every kind of problem; `Problem` says what they mean."""

STRICTLY_JUDGED = frozenset(("bar-length", "bar-line", "broken-rhythm"))
"""Kinds that say nothing to training texts and composed tunes: their bars are judged by
`Tune.wrong_bars` alone."""

NO_TUNE = Problem(1, 1, "there is no tune: no line starts with X:", "no-tune")


def blank_line(line: int) -> Problem:
    """Return the problem of a blank line that ends a tune before its music does."""
    reason = "a blank line ended the tune; what follows looks like music"
    return Problem(line, 1, reason, "blank-line")


class UnreadableTuneError(NotationError):
    """No tune can be read; `problem` says where and why."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class Problems:
    """The problems of one text as they are found: each once, and no more than
    `MAX_PROBLEMS` faults and as many remarks. Of more, a last one tells."""

    def __init__(self) -> None:
        self._found: dict[Problem, None] = {}
        self._met = 0
        self._faults = 0
        # Whether faults, and whether remarks are left out: the last problem of each.
        self._others: dict[bool, Problem] = {}
        self._told: set[str] = set()

    def add(
        self,
        line: int,
        column: int,
        kind: str,
        reason: str,
        *,
        is_stray_sign: bool = False,
        values: tuple[str, ...] = (),
    ) -> None:
        """Add a problem, if there is room for it."""
        self.take(Problem(line, column, reason, kind, is_stray_sign, values=values))

    def take(self, problem: Problem) -> None:
        """Add a problem that was found elsewhere, if there is room for it."""
        self._met += 1
        if problem in self._found:
            return
        is_remark = problem.is_remark
        if (len(self._found) - self._faults if is_remark else self._faults) < MAX_PROBLEMS:
            self._found[problem] = None
            self._faults += not is_remark
        elif is_remark not in self._others:
            what, kind = ("remarks", "unsupported") if is_remark else ("problems", "bounds")
            self._others[is_remark] = Problem(
                problem.line,
                problem.column,
                f"there are over {MAX_PROBLEMS:,} {what}: from here on they are not named",
                kind,
            )

    @property
    def is_full(self) -> bool:
        """Whether a fault was left out."""
        return False in self._others

    def remark(self, line: int, column: int, about: str, reason: str) -> None:
        """Add a remark ("unsupported"), but only the first about one thing: a tune may
        name it in every bar."""
        self.once(line, column, "unsupported", about, reason)

    def once(self, line: int, column: int, kind: str, about: str, reason: str) -> None:
        """Add a problem, but only the first about one thing."""
        if about not in self._told:
            self._told.add(about)
            self.take(Problem(line, column, reason, kind, about=about))

    def tell(self, line: int, column: int, about: str, reason: str) -> None:
        """Add a remark about something in a field, or a fault where it is about
        nothing."""
        if about:
            self.remark(line, column, about, reason)
        else:
            self.add(line, column, "field", reason)

    def __len__(self) -> int:
        """Return how often a problem was met, named or not."""
        return self._met

    def sorted(self) -> tuple[Problem, ...]:
        """Return the problems by line and column, then what says that there are
        more."""
        found = sorted(self._found, key=lambda problem: (problem.line, problem.column))
        return (*found, *self._others.values())


def out_of_bounds(line: int, column: int, reason: str) -> UnreadableTuneError:
    """Return the error for a text that passes a bound of `abcrun.notation.limits`."""
    return UnreadableTuneError(Problem(line, column, reason, "bounds"))


def shown(text: str, longest: int = 20) -> str:
    """Return `text` in quotes for a message of one line: cut when long, control
    characters escaped."""
    return repr(text if len(text) <= longest else text[: longest - 1] + "…")
