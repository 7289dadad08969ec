"""Requests that arrive while the model predicts wait here, and become its next call together."""

import asyncio
import collections
import concurrent.futures
import dataclasses
import time
import typing

from palantir_scorer import failures
from palantir_scorer.failures import PredictionError

Row = dict[str, typing.Any]
Labels = dict[str, typing.Any]

MOST_WAITING = 256
MOST_ROWS_IN_A_CALL = 1000


class Model(typing.Protocol):
    def shape_of(self, rows: list[Row]) -> object:
        """Rows of the same shape may be predicted in one call."""

    def predict(self, rows: list[Row]) -> list[Labels]:
        """The labels of each row, or PredictionError."""


@dataclasses.dataclass(eq=False)
class Waiting:
    rows: list[Row]
    shape: object
    deadline: float | None
    answer: asyncio.Future

    @property
    def is_over(self) -> bool:
        """Nobody waits any more: the caller's time is up."""
        return self.answer.done() or (self.deadline is not None and time.monotonic() >= self.deadline)


class PredictionQueue:
    def __init__(self, model: Model) -> None:
        self.model = model
        self.waiting: collections.deque[Waiting] = collections.deque()
        self.predicting_since: float | None = None
        self.worker: asyncio.Task | None = None
        # Called with whether the call ran out of memory.
        self.after_each_call: typing.Callable[[bool], None] = lambda ran_out: None
        # One thread: scikit-learn gains nothing from more, and models need not be thread-safe.
        self.thread = concurrent.futures.ThreadPoolExecutor(1, thread_name_prefix="predict")

    async def predict(self, rows: list[Row], deadline: float | None) -> list[Labels]:
        """The labels of each row; PredictionError at the deadline (of time.monotonic) at the latest."""
        if len(self.waiting) >= MOST_WAITING:
            raise PredictionError(503, f"{MOST_WAITING} requests wait already")
        loop = asyncio.get_running_loop()
        request = Waiting(rows, self.model.shape_of(rows), deadline, loop.create_future())
        self.waiting.append(request)
        if self.predicting_since is None:
            self.predicting_since = time.monotonic()
            self.worker = loop.create_task(self.work())
        remaining = None if deadline is None else deadline - time.monotonic()
        try:
            outcome = await asyncio.wait_for(request.answer, remaining)
        except asyncio.TimeoutError:
            raise PredictionError(504, "the request's time passed before the model answered") from None
        if isinstance(outcome, PredictionError):
            raise outcome
        return outcome

    async def work(self) -> None:
        while self.waiting:
            if batch := self.next_batch():
                self.predicting_since = time.monotonic()
                await self.answer(batch)
        self.predicting_since = None

    def next_batch(self) -> list[Waiting]:
        batch: list[Waiting] = []
        count = 0
        while self.waiting:
            request = self.waiting[0]
            if not request.is_over:
                count += len(request.rows)
                if batch and (request.shape != batch[0].shape or count > MOST_ROWS_IN_A_CALL):
                    break
                batch.append(request)
            self.waiting.popleft()
        return batch

    async def answer(self, batch: list[Waiting]) -> None:
        outcome = await self.call([row for request in batch for row in request.rows])
        if isinstance(outcome, PredictionError) and len(batch) > 1:
            # Only the request whose row made the call fail is to get the error.
            for request in batch:
                if not request.is_over:
                    self.settle(request, await self.call(request.rows))
            return
        position = 0
        for request in batch:
            end = position + len(request.rows)
            self.settle(request, outcome if isinstance(outcome, PredictionError) else outcome[position:end])
            position = end

    async def call(self, rows: list[Row]) -> list[Labels] | PredictionError:
        return await asyncio.get_running_loop().run_in_executor(self.thread, self.guarded, rows)

    def guarded(self, rows: list[Row]) -> list[Labels] | PredictionError:
        """Errors are returned: one like SystemExit would end the event loop."""
        ran_out = False
        try:
            outcome = self.model.predict(rows)
        except PredictionError as error:
            ran_out = isinstance(error.__cause__, MemoryError)
            # Without its cause, whose frames hold on to all that the model had in hand.
            outcome = PredictionError(error.status, error.sentence)
        except BaseException as error:
            ran_out = isinstance(error, MemoryError)
            failures.log(error)
            outcome = failures.of_prediction(error)
        self.after_each_call(ran_out)
        return outcome

    @staticmethod
    def settle(request: Waiting, outcome: list[Labels] | PredictionError) -> None:
        if not request.answer.done():
            request.answer.set_result(outcome)
