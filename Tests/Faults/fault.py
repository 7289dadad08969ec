"""A fault: its name, what is promised under it, and how it is done; and what a run of it found."""

from dataclasses import dataclass, field
from typing import Callable

FAULTS = []


@dataclass(frozen=True)
class Fault:
    name: str
    part: str
    promise: str
    run: Callable


def fault(part, promise):
    """Marks `async def some_name(suite, found)` as the fault `some-name`."""
    def mark(run):
        FAULTS.append(Fault(run.__name__.replace("_", "-"), part, promise, run))
        return run
    return mark


class Skipped(Exception):
    """The machine does not allow this fault; says why."""


@dataclass
class Found:
    """What a fault measured, and what of its promise was broken."""
    measured: list = field(default_factory=list)
    broken: list = field(default_factory=list)
    skipped: str = ""

    def note(self, text):
        self.measured.append(str(text))

    def expect(self, is_kept, otherwise):
        if not is_kept:
            self.broken.append(otherwise)

    # The expectations that most faults have.

    def expect_no_wrong(self, counts):
        """No answer is for another entity, and every request is answered."""
        wrong = counts.only("wrong").outcomes
        self.expect(not wrong, f"{len(wrong)} wrong answers, such as {wrong and wrong[0].body!r} of "
                    f"{wrong and wrong[0].model}")
        self.expect(counts.total > 0, "no request was made")

    def expect_answers(self, counts):
        self.expect_no_wrong(counts)
        self.expect(counts.unanswered == 0, f"{counts.unanswered} requests were not answered")

    def expect_all_served(self, counts, who="requests"):
        self.expect_no_wrong(counts)
        self.expect(counts.failed == 0, f"{counts.failed} of {counts.total} {who} failed: {counts}")

    def expect_only(self, counts, *codes):
        """Whatever was not served failed with one of these codes."""
        self.expect_answers(counts)
        self.expect(counts.codes <= set(codes), f"also {', '.join(sorted(counts.codes - set(codes)))}")

    def expect_failures_by(self, counts, milliseconds):
        """Who failed was told by then."""
        worst = counts.failures.latency(1)
        self.expect(worst <= milliseconds, f"a failure took {worst:.0f} ms, over {milliseconds:.0f} ms")
        return worst

    def expect_recovery(self, counts, moment, seconds):
        """All requests that were due so long after a moment were served."""
        again = counts.served_again()
        took = None if again is None else max(again - moment, 0)
        self.expect(took is not None and took <= seconds,
                    f"full service {'never came back' if took is None else f'took {took:.1f} s'}, over {seconds} s")
        return "never" if took is None else f"{took:.1f} s"
