"""The model: composes whole tunes, one after the other or many at a time."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count as count_from
from itertools import islice
from math import inf, log
from typing import Literal

import numpy as np

from abcrun.composition.conditions import Conditions
from abcrun.composition.editing import CANDIDATES, Edit, Wishes, continuing, rewriting, varying
from abcrun.composition.guidance import Guide, Progress, guidance, plain
from abcrun.errors import NotationError, UsageError
from abcrun.inference.network import Network
from abcrun.inference.pool import SLOTS, compose, engines
from abcrun.inference.request import Generated, Request, fresh_seed
from abcrun.inference.sampling import Sampling
from abcrun.inference.stream import Stream
from abcrun.notation import Tune
from abcrun.notation.melody import melody_of


class Model(Network):
    """A character model of ABC notation that predicts, generates and streams tunes.

    A model holds no state of its own: it may be shared, and each stream keeps its state
    to itself.
    """

    def generate(
        self,
        count: int = 1,
        *,
        prompt: str | None = None,
        sampling: Sampling | None = None,
        seed: int | None = None,
        max_chars: int | None = None,
        slots: int | Literal["auto"] = "auto",
        in_order: bool = True,
        guide: Guide | None = None,
        meter: str | None = None,
        key: str | None = None,
        rhythm: str | None = None,
        unit: str | None = None,
        bars: int | None = None,
        form: str | None = None,
        title: str | None = None,
        max_copied: int | None = None,
        best_of: int = 1,
    ) -> Iterator[Generated]:
        """Compose `count` tunes, several at a time in one batch, and yield each when it
        has ended.

        prompt: the text that every tune starts with and that sets the state; by default
            the model's own. For a model with form plans, a musician's opening: bars,
            with a header or with `key` and `meter`. sampling: how characters are drawn;
            by default as the model proposes.
        seed: tune i of a seed is always the same text, whatever `count` and `slots` are
            (on the same machine, device and precision); by default a fresh one is
            drawn, which each `Generated` tells.
        max_chars: a tune that has not ended after so many characters beyond the prompt
            is cut there. slots: how many tunes are composed at a time; auto: as many as
            are worth it.
        in_order: yield a tune after all before it; else as they end.
        guide: off samples as the source document does; bars draws a bar again until it
            has its meter's length; full follows form plans besides, with phrases that
            return and a close on the tonic. By default the most that the model can do:
            full if it has form plans, else off.
        meter ("6/8"), key ("Ador"), rhythm ("jig"), unit ("1/8"), bars (of the
            sections, each counted once), form ("AABB"), title: what the tunes are to
            be, for models with form plans.
        max_copied: notes in a row that a tune may share with a known one
            (`abcrun.originality`); a bar that goes beyond is drawn again. `MAX_COPIED`
            by default; not for guide off.
        best_of: compose so many for each tune, and hand out the one that the model
            finds the most probable per note.

        `UsageError`, at the call, for arguments out of range, what the model cannot do,
        or a prompt with a character that it does not know.
        """
        for name, number in (("count", count), ("best_of", best_of)):
            if number < 1:
                raise UsageError(f"{name} is {number}; it must be at least 1")
        if best_of > 1:
            candidates = self.generate(
                count * best_of, prompt=prompt, sampling=sampling, seed=seed, max_chars=max_chars, slots=slots,
                guide=guide, meter=meter, key=key, rhythm=rhythm, unit=unit, bars=bars, form=form, title=title,
                max_copied=max_copied,
            )  # fmt: skip
            return self._best(candidates, best_of)
        requests = self.requests(
            count, prompt=prompt, sampling=sampling, seed=seed, max_chars=max_chars, guide=guide, meter=meter, key=key,
            rhythm=rhythm, unit=unit, bars=bars, form=form, title=title, max_copied=max_copied,
        )  # fmt: skip
        return self.generate_many(
            requests, slots=min(SLOTS, count) if slots == "auto" else slots, in_order=in_order
        )

    def requests(
        self,
        count: int = 1,
        *,
        prompt: str | None = None,
        sampling: Sampling | None = None,
        seed: int | None = None,
        max_chars: int | None = None,
        guide: Guide | None = None,
        meter: str | None = None,
        key: str | None = None,
        rhythm: str | None = None,
        unit: str | None = None,
        bars: int | None = None,
        form: str | None = None,
        title: str | None = None,
        max_copied: int | None = None,
        progress: Progress | None = None,
    ) -> Iterator[Request]:
        """What `generate` composes, tune by tune, for `generate_many` or an `Engine` of
        the caller's.

        progress: is called with a tune's index whenever a bar is kept, by whoever steps
            the engine, and with a function that gives its text so far.
        Other arguments and errors, at the call: those of `generate`.
        """
        conditions = Conditions(meter, key, rhythm, unit, bars, form, title)
        guided = guidance(self.spec, guide, conditions, prompt, max_copied)
        first = self.request(
            prompt=None if guided else prompt, sampling=sampling, seed=seed, max_chars=max_chars
        )
        if guided is None:
            first = replace(first, strategy=plain(progress))
            return (first.numbered(index) for index in range(count))
        guided.request(first, 0)  # an error at the call
        return (guided.request(first, index, progress) for index in range(count))

    def rewrite(
        self,
        tune: Tune | str,
        bars: Iterable[int],
        *,
        sampling: Sampling | None = None,
        seed: int | None = None,
        candidates: int = CANDIDATES,
        max_copied: int | None = None,
    ) -> Generated:
        """The tune with some of its bars drawn anew; the rest stays as it is written.

        bars: their numbers from 0, as they are written: `range(4, 8)`. What is drawn
        follows from all before it; of so many `candidates`, that one is taken behind
        which the model finds the next four bars the most probable. Bars that were alike
        are again. sampling, seed, max_copied: as in `generate`.

        `UsageError` for what is no bar of the tune, or a tune in a meter or mode that
        the model does not know; `NotationError` for a tune that cannot be read or has
        no normal form (`abcrun.notation.normal_form`). The tune itself comes back, not
        `complete`, when no candidate gets to its end.
        """
        wishes = self.wishes(
            sampling=sampling, seed=seed, candidates=candidates, max_copied=max_copied
        )
        return self._changed(rewriting(self, _text_of(tune), bars, wishes))

    def vary(
        self,
        tune: Tune | str,
        amount: float = 0.3,
        *,
        sampling: Sampling | None = None,
        seed: int | None = None,
        candidates: int = CANDIDATES,
        max_copied: int | None = None,
    ) -> Generated:
        """The tune with a share `amount`, above 0 to 1, of its different bars drawn
        anew, wherever they stand.

        The last bar stays unless all are to go. Other arguments and errors: those of
        `rewrite`.
        """
        wishes = self.wishes(
            sampling=sampling, seed=seed, candidates=candidates, max_copied=max_copied
        )
        return self._changed(varying(self, _text_of(tune), amount, wishes))

    def continue_(
        self,
        tune: Tune | str,
        *,
        sampling: Sampling | None = None,
        seed: int | None = None,
        candidates: int = CANDIDATES,
        max_copied: int | None = None,
    ) -> Generated:
        """The tune with a further section, planned like the last section of a known
        tune in its meter.

        Of so many `candidates` the most probable one is taken. Other arguments and
        errors: those of `rewrite`.
        """
        wishes = self.wishes(
            sampling=sampling, seed=seed, candidates=candidates, max_copied=max_copied
        )
        return self._changed(continuing(self, _text_of(tune), wishes))

    def wishes(
        self,
        *,
        sampling: Sampling | None = None,
        seed: int | None = None,
        candidates: int = CANDIDATES,
        max_copied: int | None = None,
        progress: Progress | None = None,
    ) -> Wishes:
        """How a change is to be composed, for `abcrun.composition.editing` and an
        `Engine` of the caller's; errors as `rewrite`."""
        return Wishes(self.request(sampling=sampling, seed=seed), candidates, max_copied, progress)

    def _changed(self, edit: Edit) -> Generated:
        return edit.choose(list(self.generate_many(edit.requests)))

    def bits(self, text: str) -> float:
        """Bits that the model needs to predict a text, character by character, from its
        first one on."""
        tokens = self.spec.vocabulary.encode(text)
        logits, _ = self.step(tokens[None, :-1], self.initial_state())
        scores = logits[0].astype(np.float64)
        return float(
            (np.logaddexp.reduce(scores, axis=1) - scores[np.arange(len(scores)), tokens[1:]]).sum()
            / log(2)
        )

    def choose(self, group: Sequence[Generated], index: int) -> Generated:
        """The tune of a group that this model finds the most probable per note, of the
        complete ones if there are any.

        It becomes tune number `index`; characters, redrawn bars and attempts are those
        of the whole group.
        """
        complete = [tune for tune in group if tune.complete] or group
        chosen = min(complete, key=self._bits_per_note)
        text = chosen.text
        if text != chosen.written:  # it was numbered when it was brought into its key
            text = text.replace(f"X:{chosen.index + 1}\n", f"X:{index + 1}\n", 1)
        return replace(
            chosen,
            text=text,
            index=index,
            characters=sum(tune.characters for tune in group),
            redrawn=sum(tune.redrawn for tune in group),
            attempts=sum(tune.attempts for tune in group),
        )

    def _best(self, candidates: Iterator[Generated], best_of: int) -> Iterator[Generated]:
        for index in count_from():
            group = list(islice(candidates, best_of))
            if not group:
                return
            yield self.choose(group, index)

    def _bits_per_note(self, tune: Generated) -> float:
        try:
            return self.bits(tune.written) / len(melody_of(Tune.parse(tune.written)))
        except (NotationError, ZeroDivisionError):
            return inf

    def generate_many(
        self,
        requests: int | Iterable[Request],
        *,
        slots: int | Literal["auto"] = "auto",
        in_order: bool = True,
    ) -> Iterator[Generated]:
        """Compose tunes, each as its own request asks; `requests` may be endless: it is
        read as slots become free.

        A number asks for so many tunes, as `generate` does. slots, in_order and errors:
        as there.
        """
        if isinstance(requests, int):
            return self.generate(requests, slots=slots, in_order=in_order)
        return compose(engines(self, SLOTS if slots == "auto" else slots), requests, in_order)

    def stream(
        self,
        *,
        prompt: str | None = None,
        sampling: Sampling | None = None,
        seed: int | None = None,
        max_chars: int | None = None,
    ) -> Stream:
        """Compose one tune and yield its text as it comes: the prompt, then character
        by character.

        Arguments and errors are those of `generate`; the text is that of its first tune
        without guidance, as the model writes it: of a model whose corpus is on one
        tonic, on that tonic.
        """
        return Stream(
            self, self.request(prompt=prompt, sampling=sampling, seed=seed, max_chars=max_chars)
        )

    def request(
        self,
        *,
        prompt: str | None = None,
        sampling: Sampling | None = None,
        seed: int | None = None,
        max_chars: int | None = None,
    ) -> Request:
        """One tune for `generate_many`: tune 0 of its seed. Arguments and errors are
        those of `generate`."""
        spec = self.spec
        limit = spec.max_chars if max_chars is None else max_chars
        if limit < 1:
            raise UsageError(f"max_chars is {limit}; it must be at least 1")
        if seed is not None and not 0 <= seed < 2**64:
            raise UsageError(f"seed is {seed}; it must be a whole number from 0 to 2**64 - 1")
        text = spec.prompt if prompt is None else prompt
        if not text:
            raise UsageError("the prompt is empty; it needs at least one character")
        try:
            tokens = spec.vocabulary.encode(text)
        except UsageError as error:
            raise UsageError(f"prompt: {error}") from None
        chosen = spec.sampling if sampling is None else sampling
        return Request(text, tokens, chosen, fresh_seed() if seed is None else seed, 0, limit)


def _text_of(tune: Tune | str) -> str:
    return tune.text if isinstance(tune, Tune) else tune
