"""Changing a tune with the model: bars are drawn anew, or a section is added; the rest
stays as it was written.

An LSTM reads from the left: what is drawn follows from all that stands before it. What
stands behind it counts in the choice: several candidates are drawn, and the one is
taken after which the model finds the following bars the most probable. That is sampling
importance resampling with the best of the weights (Rubin 1987): the candidates come
from p(bars | left), and p(right | left, bars) tells how well they lead on.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from abcrun.composition.conditions import Conditions
from abcrun.composition.finishing import octave_home
from abcrun.composition.guidance import OnProgress, check_max_copied, copy_limit
from abcrun.composition.opening import Opening
from abcrun.composition.plans import Form, PlanRecord
from abcrun.composition.recall_strategy import RecallStrategy as PlanStrategy
from abcrun.composition.repertoire import Repertoire
from abcrun.composition.sketch import Slot
from abcrun.composition.strategies import Attempt, CopyLimit
from abcrun.errors import NotationError, UsageError
from abcrun.inference.network import Network
from abcrun.inference.random_streams import Draws, random_stream
from abcrun.inference.request import Generated, Request, Row
from abcrun.inference.scoring import bits_per_character
from abcrun.notation import Bar, Tune
from abcrun.notation.bars import bar_reader, split
from abcrun.notation.key import SHORT_MODES, usual_mode
from abcrun.notation.normal_form import meter_name, normal_form
from abcrun.notation.transpose import transpose_text

CANDIDATES = 8
"""How many candidates are drawn for each change by default."""

_PLANS = 256  # looked at for a section that may follow a tune
_FOLLOWING = 4  # bars behind a change whose probability decides
_STARTS_SECTION = re.compile(r"\|:|:\||\|\||\|\]")


@dataclass(frozen=True)
class Edit:
    """A change that can be composed: `requests` has one for each candidate, and
    `choose` takes the best of what an engine makes of them."""

    requests: tuple[Request, ...]
    original: str
    _weigh: Callable[[str], float]

    def choose(self, candidates: Sequence[Generated]) -> Generated:
        """Return the candidate that leads on best to what follows.

        If any are complete, and different from the original, it is one of them. Its
        characters, redrawn bars and attempts are those of all candidates.
        """
        able = [one for one in candidates if one.complete] or candidates
        able = [one for one in able if one.text != self.original] or able
        chosen = min(able, key=lambda one: self._weigh(one.written))
        return replace(
            chosen,
            index=0,
            characters=sum(one.characters for one in candidates),
            redrawn=sum(one.redrawn for one in candidates),
            attempts=sum(one.attempts for one in candidates),
        )


@dataclass(frozen=True)
class EditSettings:
    """How a change is composed.

    first: a request with the seed, the sampling and the limit of characters.
    candidates: how many are drawn, 1 or more.
    max_copied: as in `Model.generate`.
    progress: hears of each candidate under its number.
    """

    first: Request
    candidates: int = CANDIDATES
    max_copied: int | None = None
    progress: OnProgress | None = None

    def __post_init__(self) -> None:
        if self.candidates < 1:
            raise UsageError(f"candidates is {self.candidates}; it must be at least 1")
        check_max_copied(self.max_copied)


@dataclass(frozen=True)
class _Given:
    """The tune that is to be changed, as it is written (`tune`) and as the model reads
    it: header, bars and what stands between them, in normal form and the model's key.
    """

    tune: Tune
    repertoire: Repertoire
    head: str
    form: Form
    bars: tuple[str, ...]

    @classmethod
    def of(cls, network: Network, text: str) -> "_Given":
        """Read a tune. Errors are those of `rewrite`."""
        spec, tune = network.spec, Tune.parse(text)
        # The text may begin with other lines: in its own text the tune's count from 1.
        tune = Tune.parse(tune.text)
        if not spec.repertoire:
            raise UsageError(
                f"the model {spec.name} has no form plans to go by; take one of recipe folk"
            )
        repertoire = Repertoire.from_text(spec.repertoire)
        mode = SHORT_MODES.get(usual_mode(tune.key.mode), "")
        meter = meter_name(tune.meter) if tune.meter.length is not None else tune.meter.text
        # This is for its errors: a meter or mode that the model does not know.
        repertoire.select(
            Conditions(meter=meter, key=f"{tune.key.tonic} {usual_mode(tune.key.mode)}")
        )
        rhythms = {plan.rhythm for plan in repertoire.plans if plan.meter == meter}
        rhythm = tune.rhythm.strip().lower()
        text = normal_form(tune, rhythm if rhythm in rhythms else "")
        if repertoire.canonical is not None:
            text = transpose_text(text, f"{repertoire.canonical} {usual_mode(tune.key.mode)}")
        fields, _, body = text.partition("\nK:")
        key, _, body = body.partition("\n")
        head = f"{fields}\nK:{key}\n"
        between, bars = split(body)
        if len(bars) != len(tune.bars):
            raise UsageError(
                f"the tune has {len(tune.bars)} bars as written, "
                f"{len(bars)} in normal form: write it so"
            )
        try:
            spec.vocabulary.encode(text)
        except UsageError as error:
            raise UsageError(f"the tune: {error}") from None
        reader = bar_reader(head)
        slots = []
        for number, bar in enumerate(bars):
            read = reader.read(bar)
            length = tune.bars[number].length if read is None else read.length
            slots.append(Slot(length, same=bars.index(bar) if bar in bars[:number] else None))
        named = dict(line.split(":", 1) for line in fields.split("\n"))
        form = Form(
            meter, named["L"], named.get("R", ""), mode, "", len(bars), between, tuple(slots)
        )
        return cls(tune, repertoire, head, form, tuple(bars))

    @property
    def melody(self) -> list[int]:
        """The onsets of its bars."""
        read = (bar_reader(self.head).read(bar) for bar in self.bars)
        return [note for bar in read if bar is not None for note in bar.melody]

    def text(self, count: int) -> str:
        """Return the model's text up to the end of `count` bars."""
        return _text(self.head, self.form.between, self.bars[:count])

    def in_key(self, text: str) -> list[str]:
        """Return the bars of a text that is in the model's key, in the tune's own key
        and unit note length."""
        if self.repertoire.canonical is not None:
            tonic = self.tune.key.tonic
            back = octave_home(self.repertoire.canonical, tonic)
            text = transpose_text(text, f"{tonic} {usual_mode(self.tune.key.mode)}", back)
        if f"\nL:{self.tune.unit_length}\n" not in text:
            text = normal_form(Tune.parse(text), "", self.tune.unit_length)
        return split(text.partition("\nK:")[2].partition("\n")[2])[1]


def rewrite(network: Network, text: str, bars: Iterable[int], settings: EditSettings) -> Edit:
    """Prepare that bars (numbers from 0, as they are written) are drawn anew.

    `UsageError` for what is no bar of the tune, and for a tune in a meter or mode that
    the model does not know. `NotationError` for a tune that cannot be read or has no
    normal form.
    """
    given = _Given.of(network, text)
    wanted = sorted(set(bars))
    if not wanted:
        raise UsageError(
            "bars: there is none to draw anew; give numbers from 0, such as range(4, 8)"
        )
    if wanted[0] < 0 or wanted[-1] >= len(given.bars):
        wrong = wanted[0] if wanted[0] < 0 else wanted[-1]
        raise UsageError(
            f"bars: there is no bar {wrong}; the tune has {len(given.bars)}, numbered from 0"
        )
    return _replacing(network, given, wanted, settings)


def vary(network: Network, text: str, amount: float, settings: EditSettings) -> Edit:
    """Prepare that a share `amount`, above 0 to 1, of the different bars is drawn anew,
    wherever they stand.

    The last bar stays unless all are to go. Errors are those of `rewrite`.
    """
    if not 0 < amount <= 1:
        raise UsageError(f"amount is {amount}; it must be above 0 and at most 1")
    given = _Given.of(network, text)
    first_of = [
        number if slot.same is None else slot.same for number, slot in enumerate(given.form.slots)
    ]
    different = sorted(set(first_of))
    # A new last bar would often not close on the tonic.
    if amount < 1 and len(different) > 1:
        different.remove(first_of[-1])
    count = max(1, round(amount * len(different)))
    chosen = (
        random_stream(settings.first.seed, 0, 0, Draws.EDIT)
        .choice(different, size=count, replace=False)
        .tolist()
    )
    return _replacing(
        network, given, [n for n, first in enumerate(first_of) if first in chosen], settings
    )


def extend(network: Network, text: str, settings: EditSettings) -> Edit:
    """Prepare that a section is added, on the plan of a last section in the same meter.

    Errors are those of `rewrite`.
    """
    given = _Given.of(network, text)
    form, count = given.form, len(given.bars)
    plans = [
        plan
        for plan in given.repertoire.plans
        if (plan.meter, plan.unit_length) == (form.meter, form.unit_length)
    ]
    if not plans:
        raise UsageError(f"the model knows no tunes in {form.meter} with L:{form.unit_length}")
    same_rhythm = [plan for plan in plans if len(plan.letters) > 1 and plan.rhythm == form.rhythm]
    plans = same_rhythm or plans
    random = random_stream(settings.first.seed, 0, 0, Draws.EDIT)
    requests = []
    sections = _sections_behind(
        given, [plans[place] for place in random.permutation(len(plans)).tolist()]
    )
    for index in range(settings.candidates):
        section = sections[index % len(sections)]
        closing = ":|\n" if form.between[-1].startswith(":") else "||\n"
        between = (*form.between[:-1], closing + section.between[0], *section.between[1:])
        whole = replace(form, between=between, slots=(*form.slots, *section.slots))
        change = _Change(
            network, given, whole, count, {}, _appending(given, section.between[0]), settings
        )
        requests.append(change.request(index))
    return Edit(
        tuple(requests),
        given.tune.text,
        lambda written: bits_per_character(network, written, len(given.text(count))),
    )


def _appending(given: _Given, opens: str) -> Callable[[str], str]:
    """Return what makes, of the model's text of a tune and a section, the tune as it
    was with that section."""
    count = len(given.bars)
    before = given.tune.text.rstrip()
    if not before.endswith((":|", "::")):
        before = before.rstrip("|]") + "||"

    def final(text: str) -> str:
        signs = split(text.removeprefix(given.head))[0][count + 1 :]
        bars = given.in_key(text)[count:]
        section = "".join(bar + after for bar, after in zip(bars, signs, strict=True))
        return f"{before}\n{opens}{section}".rstrip()

    return final


def _replacing(
    network: Network, given: _Given, wanted: Sequence[int], settings: EditSettings
) -> Edit:
    """Prepare that these bars are drawn anew; where several of them were alike, they
    are alike again."""
    kept = {number: bar for number, bar in enumerate(given.bars) if number not in wanted}
    slots = list(given.form.slots)
    for number in wanted:
        same = slots[number].same
        slots[number] = replace(slots[number], same=same if same in wanted else None)
    if wanted[-1] == len(slots) - 1 and _ends_on_tonic(given):
        same = slots[-1].same
        place = len(slots) - 1 if same is None else same
        slots[place] = replace(slots[place], closes=True)

    def final(text: str) -> str:
        return _with_bars(
            given.tune, {n: bar for n, bar in enumerate(given.in_key(text)) if n in wanted}
        )

    def weigh(written: str) -> float:
        between, bars = split(written.removeprefix(given.head))
        behind = wanted[-1] + 1
        start, stop = (
            (wanted[0], len(bars)) if behind >= len(bars) else (behind, behind + _FOLLOWING)
        )
        known = _text(given.head, between, bars[:start])
        return bits_per_character(network, _text(given.head, between, bars[:stop]), len(known))

    change = _Change(
        network, given, replace(given.form, slots=tuple(slots)), wanted[0], kept, final, settings
    )
    return Edit(tuple(map(change.request, range(settings.candidates))), given.tune.text, weigh)


@dataclass(frozen=True)
class _Change:
    """What the candidates of a change have in common.

    form: the plan that they follow. drawn: the number of the first bar that is drawn.
    kept: the bars behind it that stay, by number. final: makes the changed tune's text
    of the model's.
    """

    network: Network
    given: _Given
    form: Form
    drawn: int
    kept: Mapping[int, str]
    final: Callable[[str], str]
    settings: EditSettings

    def request(self, index: int, attempt: int = 0) -> Request:
        """Return the request for candidate number `index`."""
        given, form, drawn, progress = self.given, self.form, self.drawn, self.settings.progress
        text = _text(given.head, form.between, given.bars[:drawn]) + form.between[drawn]
        tell = None if progress is None else lambda text: progress(index, lambda: self._final(text))
        this = Attempt(
            self._final, lambda: self.request(index, attempt + 1), self._copy_limit, tell
        )
        opening = Opening(form.between[: drawn + 1], given.bars[:drawn], "")

        def strategy(row: Row) -> PlanStrategy:
            return PlanStrategy(row, this, given.head, form, opening, kept=self.kept)

        tokens = self.network.spec.vocabulary.encode(text)
        return replace(
            self.settings.first, prompt=text, tokens=tokens, index=index, strategy=strategy
        )

    @cached_property
    def _copy_limit(self) -> CopyLimit:
        """The limit for all candidates: the tune's own melody is looked up once."""
        return copy_limit(self.settings.max_copied, self.given.melody)

    def _final(self, text: str) -> str:
        try:
            return self.final(text)
        except (NotationError, UsageError):
            # It was given up in the middle of a bar: nothing was changed.
            return self.given.tune.text


def _sections_behind(given: _Given, plans: Sequence[PlanRecord]) -> list[Form]:
    """Return last sections of plans that may follow a tune: where its last bar leaves
    room for a pickup, with that pickup."""
    full = Fraction(given.form.meter)
    room = full - given.form.slots[-1].length
    found = []
    for plan in plans[:_PLANS]:
        section = _last_section(given.repertoire.form(plan), given.form)
        if section.slots[0].length == (room or full) and len(section.slots) > 1:
            found.append(section)
    return found or [_last_section(given.repertoire.form(plans[0]), given.form)]


def _last_section(plan: Form, own: Form) -> Form:
    """Return the last section of a plan, to stand behind the bars of `own`.

    Bars return to bars of the section, or to those at the same place of `own`.
    """
    starts = [
        n
        for n in range(len(plan.slots))
        if n and _STARTS_SECTION.search(plan.between[n]) and not _is_ending(plan.between[n])
    ]
    start = starts[-1] if starts else 0
    slots = []
    for slot in plan.slots[start:]:
        same, like = slot.same, slot.like
        if same is not None:
            same = _moved(same, start, len(own.slots), slot.length, own)
        if like is not None:
            like = _moved(like, start, len(own.slots), None, own)
        slots.append(
            replace(slot, same=same, like=like, groups=slot.groups if like is not None else 0)
        )
    count, same = len(own.slots), slots[-1].same
    if same is not None and same >= count:
        slots[same - count] = replace(slots[same - count], closes=True)
    elif same != count - 1:
        # The tune's own last bar may come back at its end; any other one is drawn.
        slots[-1] = replace(slots[-1], same=None, closes=True)
    opens = "|:" if "|:" in plan.between[start] else ""
    return replace(plan, between=(opens, *plan.between[start + 1 :]), slots=tuple(slots))


def _moved(place: int, start: int, count: int, length: Fraction | None, own: Form) -> int | None:
    if place >= start:
        return place - start + count
    fits = place < len(own.slots) and length in (None, own.slots[place].length)
    return place if fits else None


def _is_ending(between: str) -> bool:
    return any(sign.isdigit() for sign in between)


def _ends_on_tonic(given: _Given) -> bool:
    reader = bar_reader(given.head)
    last = reader.read(given.bars[-1])
    return last is not None and last.last is not None and last.last % 12 == reader.tonic


def _with_bars(tune: Tune, bars: Mapping[int, str]) -> str:
    """Return a tune's text with other bars in some places."""
    lines = tune.text.split("\n")
    # From the end on: so the places of the bars before stay what they were.
    for number in sorted(bars, reverse=True):
        bar: Bar = tune.bars[number]
        first, last = bar.line - 1, bar.end_line - 1
        old = (
            lines[first][bar.column - 1 :]
            if first != last
            else lines[first][bar.column - 1 : bar.end_column - 1]
        )
        space = old[len(old.rstrip()) :]
        rest = lines[last][bar.end_column - 1 :]
        lines[first : last + 1] = [lines[first][: bar.column - 1] + bars[number] + space + rest]
    return "\n".join(lines)


def _text(start: str, between: Sequence[str], bars: Sequence[str]) -> str:
    """Join what stands before the first bar, the bars, and what stands between them."""
    return start + "".join(before + bar for before, bar in zip(between, bars, strict=False))
