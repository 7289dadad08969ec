"""How often a request is made, and when again: no I/O, so both clients share it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from palantir_client.errors import DeadlineExceeded, PalantirError, Unavailable

#: The pause before the first repetition, in seconds; each further one is twice as long, up to the longest.
FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0
#: What a hub takes for a deadline, in milliseconds.
LONGEST_DEADLINE_MS = 86_400_000
#: How much longer than the deadline is waited, so that the hub can say itself which step it was that took so long.
GRACE = 0.5


class Attempts:
    """The attempts of one request.

    All of them together have `timeout` seconds. Everything asked of a hub here is a read, so asking again changes nothing;
    even so, only what another attempt may mend is tried again: no connection, one that broke off, 429 and 503.
    """

    def __init__(
        self, timeout: float, retries: int, clock: Callable[[], float] = time.monotonic,
        chance: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._clock, self._chance = clock, chance
        self._end = clock() + timeout
        self._retries_left = retries
        self._pause = FIRST_PAUSE

    @property
    def seconds_left(self) -> float:
        """Until the deadline; never so little that no hub would take it."""
        return max(self._end - self._clock(), 0.001)

    @property
    def deadline_ms(self) -> int:
        """For the header `x-request-timeout-ms`."""
        return min(max(int(self.seconds_left * 1000), 1), LONGEST_DEADLINE_MS)

    @property
    def patience(self) -> float:
        """How long an answer is waited for."""
        return self.seconds_left + GRACE

    def pause_after(self, error: PalantirError) -> float:
        """The seconds to wait before the next attempt; raises the error if there is none."""
        if not isinstance(error, Unavailable) or self._retries_left == 0:
            raise error
        # Half of it by chance: callers that failed together do not come back together.
        pause = self._chance(self._pause / 2, self._pause)
        if error.retry_after is not None:
            pause = max(pause, error.retry_after + self._chance(0, self._pause))
        if pause >= self._end - self._clock():
            # Waiting would use up the time: better to tell now what is wrong.
            raise error
        self._retries_left -= 1
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return pause


def late(timeout: float) -> DeadlineExceeded:
    """Nothing came in time."""
    return DeadlineExceeded(f"The hub did not answer within {timeout:g} s.")
