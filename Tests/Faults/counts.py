"""What became of requests, counted."""

from collections import Counter, namedtuple

# `what` is served, wrong, an error code, or a way to have no answer: refused (no connection), lost (the connection ended
# first), silent (none ever came).
Outcome = namedtuple("Outcome", "due latency what model body retry_after")

UNANSWERED = ("refused", "lost", "silent")


class Counts:
    def __init__(self, outcomes):
        self.outcomes = outcomes
        self.by_what = Counter(outcome.what for outcome in outcomes)

    def __getitem__(self, what):
        return self.by_what[what]

    def __add__(self, other):
        return Counts(self.outcomes + other.outcomes)

    @property
    def total(self):
        return len(self.outcomes)

    @property
    def served(self):
        return self["served"]

    @property
    def unanswered(self):
        return sum(self[what] for what in UNANSWERED)

    @property
    def failed(self):
        """All that were not served."""
        return self.total - self.served

    @property
    def failures(self):
        return Counts([outcome for outcome in self.outcomes if outcome.what != "served"])

    @property
    def codes(self):
        return {what for what in self.by_what if what not in ("served", "wrong", *UNANSWERED)}

    def of(self, *models):
        return Counts([outcome for outcome in self.outcomes if outcome.model in models])

    def only(self, *what):
        return Counts([outcome for outcome in self.outcomes if outcome.what in what])

    def latency(self, fraction):
        """In milliseconds; 1 is the highest."""
        latencies = sorted(outcome.latency for outcome in self.outcomes)
        return latencies[min(int(len(latencies) * fraction), len(latencies) - 1)] * 1000 if latencies else 0

    def last(self, what):
        """When the last of these was due; None if there is none."""
        return max((outcome.due for outcome in self.outcomes if outcome.what == what), default=None)

    def served_again(self):
        """When the first request was due from which on all were served; None if the last one was not."""
        failed = [outcome.due for outcome in self.outcomes if outcome.what != "served"]
        if not failed:
            return min((outcome.due for outcome in self.outcomes), default=None)
        return min((outcome.due for outcome in self.outcomes if outcome.due > max(failed)), default=None)

    def __str__(self):
        others = [f"{count:,} {what}" for what, count in sorted(self.by_what.items()) if what != "served"]
        return ", ".join([f"{self.served:,} served", *others])
