"""The open loop: requests come at a fixed rate, whether or not answers do; latency counts from when each was due."""

from cases import flask_targets, stub_targets
from load import closed_loop, open_loop, settle, shown
from medians import median

SHARES = (0.25, 0.5, 0.75, 0.9)
# A target's maximum is at either: the hubs written by hand do less for more clients.
CLIENTS = (16, 64)
CONNECTIONS = 256


def measure(servers, options):
    stub, flask = stub_targets(servers, 1), flask_targets(servers)
    loops = {
        "stub": {name: stub[name] for name in ("nginx", "aiohttp", "palantir")},
        "Flask": {name: flask[name] for name in ("direct", "palantir")},
    }
    for target in (*loops["stub"].values(), *loops["Flask"].values()):
        target.check()
    figures = {}
    for round_number in range(1, options.rounds + 1):
        for model, targets in loops.items():
            # Of each target, in this round: what is "half" today may be more than all tomorrow.
            highest = {}
            for name, target in targets.items():
                settle(targets.values())
                highest[name] = max(closed_loop(target, clients, 1)["requests_per_second"] for clients in CLIENTS)
            slowest = min(highest, key=highest.get)
            steps = [(name, name, share) for name in targets for share in SHARES]
            # Also at the rate that brings the slowest peer near its end.
            if slowest != "palantir":
                steps.append(("palantir", slowest, SHARES[-1]))
            for name, whose, share in steps:
                settle(targets.values())
                figure = open_loop(targets[name], highest[whose] * share, options.seconds, CONNECTIONS)
                figure["closed_loop_maximum"] = highest[whose]
                figures.setdefault((model, name, whose, share), []).append(figure)
                what = f"{model}, {name}, {share:.0%} of {whose}'s maximum"
                due = f"{figure['rate_asked']:9,.0f}/s due"
                print(f"round {round_number}  {what:44} {due}, {shown(figure)}", flush=True)
    return {"open": [
        {"model": model, "target": name, "share": share, "of": whose, "median": median(rounds), "rounds": rounds}
        for (model, name, whose, share), rounds in figures.items()]}
