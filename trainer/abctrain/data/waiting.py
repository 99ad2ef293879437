"""A bar for those who wait for the tunes of a large corpus."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def awaited(
    items: Iterable[T], what: str, total: int, size: Callable[[T], int] = lambda _: 1
) -> Iterator[T]:
    """Yield `items`, and show on a terminal how far it is, from the second second on.

    `total` is the sum of the items' sizes, or about that.
    """
    with tqdm(
        desc=what,
        total=total,
        unit="",
        unit_scale=True,
        # As in a training: no bar in a log.
        disable=None,
        dynamic_ncols=True,
        leave=False,
        delay=1,
    ) as bar:
        for item in items:
            yield item
            bar.update(size(item))
