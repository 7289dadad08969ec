"""What merging costs whoever asks alone: a model with it beside one without, one client."""

from bodies import by_name, ids_of_requests, write
from load import Target, closed_loop
from medians import summary
from servers import WIDE_ROWS

# More and shorter ones than elsewhere: a difference of a hundredth is looked for.
ROUNDS_FOR_EACH = 3
SECONDS = 1


def measure(servers, options):
    requests = ids_of_requests(1, WIDE_ROWS)
    targets = {}
    for name, model in (("on", "stub"), ("off", "stub-unbatched")):
        bodies = write(servers.folder, f"{model} alone", by_name([model], requests))
        targets[name] = Target(servers.hub.predictions, bodies)
    figures = {name: [] for name in targets}
    for target in targets.values():
        target.check()
    for round_number in range(options.rounds * ROUNDS_FOR_EACH):
        # In turn first and second, in case that being second is an advantage.
        for name in sorted(targets, reverse=round_number % 2 == 0):
            figure = closed_loop(targets[name], 1, SECONDS)
            figures[name].append(figure)
            print(f"round {round_number + 1}  batching {name:3}  p50 {figure['p50_ms']:.3f} ms", flush=True)
    return {"batching": summary(figures, own="on")}
