"""From requests to tunes, by one engine or by several side by side, each in a thread of
its own."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from abcrun.inference.engine import Engine
from abcrun.inference.network import Network
from abcrun.inference.request import Generated, Request, Row

SLOTS = 128
"""Tunes composed at a time by default. More gain little on a CPU."""

# Rows that each of several engines has at least. With fewer, two threads do better
# together on one step.
_LEAST = 16
# Steps that an engine takes at most before its finished tunes are fetched. A thread
# that is asked for single steps would spend much of its time on being asked.
_STEPS = 64


def engines(network: Network, slots: int) -> list[Engine]:
    """Make engines that have `slots` rows together: as many as the network has threads,
    where there are enough rows."""
    # Threads that each step a batch of their own do more than as many threads on one
    # step: none waits for another behind every operator, and one draws characters while
    # the other multiplies.
    count = max(1, min(network.threads, slots // _LEAST))
    if count == 1:
        return [Engine(network, slots)]
    shares = [slots // count + (number < slots % count) for number in range(count)]
    return [Engine(network.for_one_thread(), share) for share in shares]


def compose(
    engines: Sequence[Engine], requests: Iterable[Request], in_order: bool
) -> Iterator[Generated]:
    """Yield the tunes of `requests`, in their order or else as they end.

    Requests are read as slots become free, so that they may be endless.
    """
    begun: deque[Row] = deque()  # rows that were not yielded yet, in order
    waiting = iter(requests)

    def fill(engine: Engine) -> None:
        while not engine.is_full and (request := next(waiting, None)) is not None:
            row = engine.submit(request)
            if in_order:
                begun.append(row)

    for rows in _advance(engines, fill):
        if not in_order:
            yield from (row.generated for row in rows if row.generated is not None)
        while begun and (generated := begun[0].generated) is not None:
            begun.popleft()
            yield generated


def _run(engine: Engine) -> list[Row]:
    """Step until rows end, or for a while. Return the rows that ended."""
    for _ in range(_STEPS):
        if rows := engine.step():
            return rows
    return []


def _advance(engines: Sequence[Engine], fill: Callable[[Engine], None]) -> Iterator[list[Row]]:
    """Yield the rows that ended, again and again until nothing is left to do.

    fill: gives an engine what it has room for.
    """
    if len(engines) == 1:
        fill(engines[0])
        while not engines[0].is_idle:
            yield engines[0].step()
            fill(engines[0])
        return
    with ThreadPoolExecutor(len(engines), thread_name_prefix="abcrun") as pool:
        running: dict[Future[list[Row]], Engine] = {}
        idle = list(engines)
        ended: list[Future[list[Row]]] = []
        while True:
            for engine in idle:
                fill(engine)
                if not engine.is_idle:
                    running[pool.submit(_run, engine)] = engine
            for future in ended:
                yield future.result()
            if not running:
                return
            ended = list(wait(running, return_when=FIRST_COMPLETED).done)
            idle = [running.pop(future) for future in ended]
