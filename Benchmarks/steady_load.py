"""Requests at a steady rate, each in a thread of its own: what became of each, and when."""

import json
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass


@dataclass
class Answer:
    began: float
    ended: float
    # `200`, an error's code, `WRONG`, or `NONE` where the connection broke or nothing came.
    outcome: str


class SteadyLoad:
    """Asks while the `with` block runs; its answers are whole after it.

    `ask()` gives status and body. An answer of another body than the first one's is wrong: all ask for the same.
    """

    def __init__(self, ask, per_second):
        self.ask = ask
        self.per_second = per_second
        self.right = ask()
        self.answers = []
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        # As many as a deadline of ten seconds lets wait: a request is never late because others hang.
        with ThreadPoolExecutor(self.per_second * 10) as threads:
            due = time.monotonic()
            while not self.is_over.wait(max(due - time.monotonic(), 0)):
                threads.submit(self.once)
                due += 1 / self.per_second

    def once(self):
        began = time.monotonic()
        status, body = self.ask()
        if status == 200:
            outcome = "200" if (status, body) == self.right else "WRONG"
        else:
            outcome = json.loads(body)["code"] if body else "NONE"
        self.answers.append(Answer(began, time.monotonic(), outcome))

    def answered_since(self, moment):
        """When the first success came among the requests that were begun after this moment; None before it came."""
        return min((answer.ended for answer in list(self.answers)
                    if answer.began > moment and answer.outcome == "200"), default=None)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()

    @property
    def outcomes(self):
        return Counter(answer.outcome for answer in self.answers)

    @property
    def slowest_s(self):
        return max(answer.ended - answer.began for answer in self.answers)
