"""Quotas: how much a client, who is known by its token, may have done in a minute.

They are kept in memory, by each process for itself.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from math import ceil, inf

from abcrun.studio.errors import Refusal
from abcrun.studio.settings import Settings

_MINUTE = 60.0


class Allowance:
    """So much of something a minute, on average.

    Whoever has something left may take more than that, and then waits the longer: what
    a rendering takes is known only when it has ended. (A token bucket that may be in
    debt.) most: 0 sets no limit.
    """

    def __init__(self, most: float, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._unit, self._clock = most or inf, unit, clock
        self._left, self._at = self._most, clock()

    def check(self) -> None:
        """Raise `Refusal` where nothing is left."""
        if self._most == inf:
            return
        now = self._clock()
        a_second = self._most / _MINUTE
        self._left = min(self._most, self._left + (now - self._at) * a_second)
        self._at = now
        if self._left <= 0:
            raise Refusal(
                429,
                "quota",
                f"your quota of {self._most:g} {self._unit} a minute is used up; "
                "try again in a while",
                retry_after=max(1, ceil(-self._left / a_second)),
            )

    def take(self, amount: float) -> None:
        """Take so much of it."""
        self._left -= amount


class Quota:
    """What one client may have done."""

    def __init__(self, settings: Settings) -> None:
        self.requests = Allowance(settings.quota_requests, "requests")
        self.tunes = Allowance(settings.quota_tunes, "tunes")
        self.rendering = Allowance(settings.quota_rendering, "seconds of rendering")


NO_QUOTA = Quota(Settings())
quota: ContextVar[Quota] = ContextVar("quota", default=NO_QUOTA)
"""That of the client whose request is being answered."""
