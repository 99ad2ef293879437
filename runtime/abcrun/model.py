"""The model: composes whole tunes, one after the other or many at a time."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import count as count_from
from itertools import islice
from math import inf
from typing import Literal, Self, Unpack

import numpy as np
from numpy.typing import NDArray

from abcrun.composition import editing
from abcrun.composition.conditions import Asked, PlainAsked, check_names
from abcrun.composition.copies import melodies_of
from abcrun.composition.critic import Critic
from abcrun.composition.editing import CANDIDATES, Edit, EditSettings
from abcrun.composition.guidance import OnProgress, guidance, plain, unguided
from abcrun.composition.likelihood import bits_of_text
from abcrun.composition.loading import check
from abcrun.errors import ModelError, NotationError, UsageError
from abcrun.formats import Device, Precision
from abcrun.inference.network import Network, State
from abcrun.inference.pool import SLOTS, compose, engines
from abcrun.inference.request import Generated, Request, fresh_seed
from abcrun.inference.sampling import Logits, Sampling
from abcrun.inference.session import Session
from abcrun.inference.spec import ModelSpec
from abcrun.inference.stream import Stream
from abcrun.notation import Tune
from abcrun.notation.melody import melody_of
from abcrun.originality import MelodyIndex


class Model:
    """A character model of ABC notation that composes, changes and streams tunes.

    A model holds no state of its own: threads may share it, and each stream keeps its
    state to itself. `network` is the bare network, which predicts one character from
    those before it.
    """

    def __init__(self, session: Session, spec: ModelSpec) -> None:
        """Make a model around an ONNX Runtime session of the caller's. `ModelError`
        where the session does not fit `spec`."""
        self.network = Network(session, spec)

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str] | None = None,
        device: Device = "auto",
        precision: Precision = "auto",
        threads: int | None = None,
    ) -> Self:
        """Load an exported .onnx file; without a path, the model that comes with
        abcrun.

        device: auto, cpu or cuda; cuda works or raises `DeviceError`.
        precision: auto, float32 or int8. The int8 weights of NAME.onnx are in
            NAME.int8.onnx beside it: faster, on the CPU only, and barely worse (the
            model card says how much). auto takes them on the CPU where they exist and
            come from the same export; else it logs a warning.
        threads: how many work on one step, the caller's among them; by default two
            where there are two cores.

        `ModelError` for a file that is missing, no ONNX, damaged, of another schema, or
        without abcrun's metadata.
        """
        network = Network.load(path, device, precision, threads)
        try:
            check(network.spec)
        except ModelError as error:
            raise ModelError(f"{network.file}: {error}") from None
        model = cls(network.session, network.spec)
        # Unlike one around a session, this network knows its file: it can be opened
        # again for engines that work side by side.
        model.network = network
        return model

    @property
    def spec(self) -> ModelSpec:
        """What the model file says of itself."""
        return self.network.spec

    @property
    def melodies(self) -> MelodyIndex:
        """The index of the melodies that the model learned from, for
        `Tune.originality`.

        It is read once. `ModelError` where the model has none, or where the file is
        missing, damaged or another model's.
        """
        return melodies_of(self.network)

    @property
    def device(self) -> str:
        """Where the network runs: cpu or cuda."""
        return self.network.device

    def close(self) -> None:
        """Let the network and its memory go; what still composes with it gets a
        `ModelError` at its next step."""
        self.network.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def initial_state(self, batch: int = 1) -> State:
        """Return the state before the first character: zeros."""
        return self.network.initial_state(batch)

    def step(self, tokens: NDArray[np.int64], state: State) -> tuple[Logits, State]:
        """Return logits, float32 [batch, time, vocabulary], and the new state, from
        tokens int64 [batch, time] and the state before them."""
        return self.network.step(tokens, state)

    def generate(
        self,
        count: int = 1,
        *,
        slots: int | Literal["auto"] = "auto",
        in_order: bool = True,
        best_of: int = 1,
        first: int = 0,
        **asked: Unpack[Asked],
    ) -> Iterator[Generated]:
        """Compose `count` tunes, several at a time in one batch, and yield each when it
        has ended.

        slots: how many tunes are composed at a time. auto: as many as are worth it.
        in_order: yield a tune after all before it; else as they end.
        best_of: compose this many for each tune, and yield the one that sounds the most
            like a real one to the model's critic. Of a model without one, as those
            without form plans are, it is the most probable per note.
        first: the number of the first tune among all of its seed. Those before it are
            not composed: tunes 5 to 7 take as long as 0 to 2.

        What is asked of the tunes, all by keyword; None, or left out, leaves it open:

        prompt (str): the text that every tune starts with and that sets the state; by
            default the model's own. For a model with form plans, a musician's opening:
            bars, with a header or with `key` and `meter`.
        sampling (`Sampling`): how characters are drawn; by default as the model
            proposes.
        seed (int): from 0 to 2**64 - 1. Tune i of a seed is always the same text,
            whatever `count` and `slots` are, on the same machine, device and precision.
            By default a fresh one is drawn; each `Generated` tells it.
        max_chars (int): a tune that has not ended after this many characters beyond
            the prompt is cut there; by default as the model proposes.
        guide ("off", "bars" or "full"): off takes nothing back. bars draws a bar again
            until it is as long as the tune's sketch says. full asks besides for regular
            sections that begin and end on the notes of the sketch. By default full for
            a model with form plans, else off.
        meter ("6/8"), key ("Ador"), rhythm ("jig"), unit ("1/8"), bars (int: of the
            sections, each counted once), form ("AABB"), title: what the tunes are to
            be, for models with form plans.
        instrument ("flute"), range ("D4-B5": C4 is middle C): between which notes the
            tunes lie, as they are written; with both, what lies in both. Without `key`
            the tonic is one that suits. A bar that leaves the compass is drawn again.
            By default the tune comes into the octave that fits a fiddle best. Not for
            guide off.
        max_copied (int): notes in a row that a tune may share with one that the model
            learned from (`melodies`), 12 or more; a bar that goes beyond is drawn
            again. By default 15, or no limit for a model without `melodies`. It is not
            for guide off.

        `UsageError`, at the call, for arguments out of range, for what the model cannot
        do, and for a prompt with a character that it does not know; `ModelError` for a
        damaged critic that `best_of` asks for.
        """
        for name, number in (("count", count), ("best_of", best_of)):
            if number < 1:
                raise UsageError(f"{name} is {number}; it must be at least 1")
        # Candidates of one tune follow each other: they must come in order.
        if best_of > 1:
            if self.spec.critic:  # for its error, of a model around a session
                Critic.from_text(self.spec.critic)
            candidates = self.generate(count * best_of, slots=slots, first=first * best_of, **asked)
            return self._best(candidates, best_of, first)
        # Slots beyond the number of tunes would open a second engine for nothing.
        return self.generate_many(
            self.requests(count, first=first, **asked),
            slots=min(SLOTS, count) if slots == "auto" else slots,
            in_order=in_order,
        )

    def generate_many(
        self,
        requests: int | Iterable[Request],
        *,
        slots: int | Literal["auto"] = "auto",
        in_order: bool = True,
    ) -> Iterator[Generated]:
        """Compose tunes, each as its own request asks.

        `requests` may be endless: they are read as slots become free. A number asks for
        as many tunes, as `generate` does. slots, in_order and errors are those of
        `generate`.
        """
        if isinstance(requests, int):
            return self.generate(requests, slots=slots, in_order=in_order)
        found = engines(self.network, SLOTS if slots == "auto" else slots)
        return compose(found, requests, in_order)

    def stream(self, **asked: Unpack[PlainAsked]) -> Stream:
        """Compose one tune and yield its text as it comes: the prompt, then character
        by character.

        prompt, sampling, seed, max_chars and errors are those of `request`. The text is
        plain ABC as the model writes it: a model whose corpus is on one tonic writes on
        that tonic. A model with recall gives the header, then bar by bar.
        """
        return Stream(self.network, self.request(**asked))

    def requests(
        self,
        count: int = 1,
        *,
        first: int = 0,
        progress: OnProgress | None = None,
        **asked: Unpack[Asked],
    ) -> Iterator[Request]:
        """Return the requests that `generate` composes, tune by tune, for
        `generate_many`.

        first: the number of the first tune among all of its seed.
        progress: is called with a tune's index whenever a bar is kept, by whoever steps
            the engine, and with a function that gives the tune's text so far.
        What is asked, and errors at the call: as in `generate`.
        """
        check_names(asked, Asked)
        if not 0 <= first <= 2**64 - count:
            raise UsageError(f"first is {first}; it must be from 0, and a seed has 2**64 tunes")
        guided = guidance(self.network, asked)
        plain_request = self.request(
            # With guidance the prompt is an opening, and the opening is in `guided`.
            prompt=None if guided else asked.get("prompt"),
            sampling=asked.get("sampling"),
            seed=asked.get("seed"),
            max_chars=asked.get("max_chars"),
        )
        numbers = range(first, first + count)
        if guided is None:
            strategy = plain_request.strategy or plain(progress)
            numbered = replace(plain_request, strategy=strategy).numbered
            return map(numbered, numbers)
        # What cannot be granted is an error at the call, not at the first tune.
        guided.request(plain_request, first)
        return (guided.request(plain_request, index, progress) for index in numbers)

    def request(self, **asked: Unpack[PlainAsked]) -> Request:
        """Return the request for one tune, sampled plainly: tune 0 of its seed.

        prompt, sampling, seed, max_chars and errors are those of `generate`. For a
        model with recall the prompt is a header, or the beginning of one, and bars in
        the model's key may follow it; no bar is drawn again, and its signs of recall
        stay out of the text.
        """
        check_names(asked, PlainAsked)
        spec = self.spec
        limit = spec.max_chars if (given := asked.get("max_chars")) is None else given
        if limit < 1:
            raise UsageError(f"max_chars is {limit}; it must be at least 1")
        seed = asked.get("seed")
        if seed is not None and not 0 <= seed < 2**64:
            raise UsageError(f"seed is {seed}; it must be a whole number from 0 to 2**64 - 1")
        text = spec.prompt if (prompt := asked.get("prompt")) is None else prompt
        if not text:
            raise UsageError("the prompt is empty; it needs at least one character")
        try:
            tokens = spec.vocabulary.encode(text)
        except UsageError as error:
            raise UsageError(f"prompt: {error}") from None
        sampling = asked.get("sampling") or spec.sampling
        seed = fresh_seed() if seed is None else seed
        request = Request(text, tokens, sampling, seed, 0, limit)
        if not spec.recall:
            return request
        # Else the text would have the signs that only the network reads.
        head, strategy = unguided(spec, text)
        return replace(request, prompt=head, tokens=tokens[: len(head)], strategy=strategy)

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
        """Draw some bars of a tune anew; the rest stays as it is written.

        bars: their numbers from 0, as they are written: `range(4, 8)`. Bars that were
            alike are alike again, where at most 32 bars are between.
        candidates: how many are drawn. Each follows from all that stands before it; the
            one is taken after which the model finds the next four bars the most
            probable.
        sampling, seed, max_copied: as in `generate`.

        The tune itself comes back, not `complete`, when no candidate gets to its end.
        `UsageError` for a bar that the tune does not have, and for a tune in a meter or
        mode that the model does not know. `NotationError` for a tune that cannot be
        read or has no normal form.
        """
        settings = self._edit_settings(sampling, seed, candidates, max_copied)
        return self._changed(editing.rewrite(self.network, _text_of(tune), bars, settings))

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
        """Vary a share `amount`, above 0 to 1, of a tune's different bars, wherever
        they stand; each keeps groups of notes of the old one where it can.

        The last bar stays unless all are to go. Other arguments and errors are those of
        `rewrite`.
        """
        settings = self._edit_settings(sampling, seed, candidates, max_copied)
        return self._changed(editing.vary(self.network, _text_of(tune), amount, settings))

    def continue_(
        self,
        tune: Tune | str,
        *,
        sampling: Sampling | None = None,
        seed: int | None = None,
        candidates: int = CANDIDATES,
        max_copied: int | None = None,
    ) -> Generated:
        """Add a section to a tune: as long as its last one, and with bars that come
        from those before it where the model lets them.

        Of the `candidates` the most probable one per note is taken. Other arguments and
        errors are those of `rewrite`.
        """
        settings = self._edit_settings(sampling, seed, candidates, max_copied)
        return self._changed(editing.extend(self.network, _text_of(tune), settings))

    def answer(
        self,
        tune: Tune | str,
        bars: Iterable[int],
        *,
        sampling: Sampling | None = None,
        seed: int | None = None,
        candidates: int = CANDIDATES,
        max_copied: int | None = None,
    ) -> Generated:
        """Answer bars of a tune (numbers from 0) by as many bars behind them.

        Bars that stand there are drawn anew. Where the tune ends before, the answer is
        its new end: it closes on the tonic. Other arguments and errors are those of
        `rewrite`.
        """
        settings = self._edit_settings(sampling, seed, candidates, max_copied)
        return self._changed(editing.answer(self.network, _text_of(tune), bars, settings))

    def _edit_settings(
        self, sampling: Sampling | None, seed: int | None, candidates: int, max_copied: int | None
    ) -> EditSettings:
        return EditSettings(self.request(sampling=sampling, seed=seed), candidates, max_copied)

    def _changed(self, edit: Edit) -> Generated:
        return edit.choose(list(self.generate_many(edit.requests)))

    def bits(self, text: str) -> float:
        """Return the bits that the model needs to predict a text, character by
        character, from its first one on.

        A model with recall needs a tune, and is given it in its own key and spelling;
        what it would recall costs the signs alone. Errors are then those of `rewrite`.
        """
        return bits_of_text(self.network, text)

    def choose(self, group: Sequence[Generated], index: int) -> Generated:
        """Return the tune of a group that sounds the most like a real one to the
        model's critic; without one, the most probable per note.

        If any are complete, it is one of them. It becomes tune number `index`;
        characters, redrawn bars and attempts are those of the whole group.
        """
        complete = [tune for tune in group if tune.complete] or group
        chosen = max(complete, key=self._criticise if self.spec.critic else self._probability)
        text = chosen.text
        # Where the text was brought into its key, it was also given its number.
        if text != chosen.written:
            text = text.replace(f"X:{chosen.index + 1}\n", f"X:{index + 1}\n", 1)
        return replace(
            chosen,
            text=text,
            index=index,
            characters=sum(tune.characters for tune in group),
            redrawn=sum(tune.redrawn for tune in group),
            attempts=sum(tune.attempts for tune in group),
        )

    def _best(
        self, candidates: Iterator[Generated], best_of: int, first: int
    ) -> Iterator[Generated]:
        for index in count_from(first):
            group = list(islice(candidates, best_of))
            if not group:
                return
            yield self.choose(group, index)

    def _criticise(self, tune: Generated) -> float:
        critic = Critic.from_text(self.spec.critic)
        try:
            return critic.score(tune.written)
        except (NotationError, ValueError):
            return -inf

    def _probability(self, tune: Generated) -> float:
        """Return the logarithm of a tune's probability, per note."""
        # Per character, bar lines and repeats would win: they are easy to predict.
        try:
            return -self.bits(tune.written) / len(melody_of(Tune.parse(tune.written)))
        except (NotationError, UsageError, ZeroDivisionError):
            return -inf


def _text_of(tune: Tune | str) -> str:
    return tune.text if isinstance(tune, Tune) else tune
