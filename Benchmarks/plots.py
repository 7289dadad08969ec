"""Draws the results: plots.py <results.json> <folder>. Runs in the peers' environment, which has matplotlib."""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
# The same figures give the same file, and texts stay texts.
matplotlib.rcParams.update({
    "svg.hashsalt": "palantir", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 9, "axes.grid": True,
    "grid.color": "#dddddd", "grid.linewidth": 0.6, "axes.spines.top": False, "axes.spines.right": False,
    "legend.frameon": False, "figure.facecolor": "white",
})
import matplotlib.pyplot as plt

NAMES = {"palantir": "Palantir", "direct": "directly", "nginx": "nginx", "fastapi": "FastAPI, httpx",
         "aiohttp": "FastAPI, aiohttp"}
COLORS = {"palantir": "#d1495b", "direct": "#6c757d", "nginx": "#2a9d8f", "fastapi": "#e9a23b", "aiohttp": "#b07d2b"}
MODELS = {"stub": "stub, costs nothing", "Flask": "scikit-learn behind Flask", "uvicorn": "scikit-learn behind uvicorn"}


def save(figure, folder, name):
    labelled = dict(pair for panel in figure.axes for pair in zip(*reversed(panel.get_legend_handles_labels())))
    if labelled:
        figure.legend(labelled.values(), labelled.keys(), loc="outside lower center", ncols=4, fontsize=8)
    figure.savefig(folder / f"{name}.svg", metadata={"Date": None})
    plt.close(figure)


def single_ids(closed, model):
    """(clients, case) of the model's cases with one id a request."""
    cases = [(int(name.split(", ")[1].split()[0]), case) for name, case in closed.items()
             if name.startswith(f"{model}, ") and "ids" not in name]
    return sorted(cases, key=lambda pair: pair[0])


def plain_ticks(axis, values):
    axis.set_ticks(values, [f"{value:g}" for value in values], minor=False)
    axis.set_minor_locator(matplotlib.ticker.NullLocator())


def throughput(closed, folder):
    models = [model for model in MODELS if single_ids(closed, model)]
    figure, panels = plt.subplots(1, len(models), figsize=(3.4 * len(models), 3.2), squeeze=False, layout="constrained")
    for panel, model in zip(panels[0], models):
        cases = single_ids(closed, model)
        for target in COLORS:
            points = [(clients, case["targets"][target]["median"]["requests_per_second"])
                      for clients, case in cases if target in case["targets"]]
            if points:
                panel.plot(*zip(*points), marker="o", markersize=3.5, color=COLORS[target], label=NAMES[target])
        panel.set(title=MODELS[model], xlabel="clients", xscale="log", yscale="log")
        plain_ticks(panel.xaxis, [clients for clients, _ in cases])
    panels[0][0].set_ylabel("predictions a second")
    save(figure, folder, "throughput")


def latency(closed, folder):
    """p50, p90 and p99 of each target, at 64 clients."""
    models = [model for model in MODELS if f"{model}, 64 clients" in closed]
    if not models:
        return
    figure, panels = plt.subplots(1, len(models), figsize=(3.4 * len(models), 2.6), squeeze=False, layout="constrained")
    for panel, model in zip(panels[0], models):
        targets = closed[f"{model}, 64 clients"]["targets"]
        shown = [target for target in COLORS if target in targets][::-1]
        for row, target in enumerate(shown):
            median = targets[target]["median"]
            panel.plot([median["p50_ms"], median["p99_ms"]], [row, row], color=COLORS[target], linewidth=2)
            for key, marker in (("p50_ms", "o"), ("p90_ms", "s"), ("p99_ms", "D")):
                panel.plot(median[key], row, marker=marker, markersize=5, color=COLORS[target])
        panel.set(title=MODELS[model], xlabel="ms at 64 clients: ● p50, ■ p90, ◆ p99", xscale="log",
                  ylim=(-0.6, len(shown) - 0.4))
        panel.set_yticks(range(len(shown)), [NAMES[target] for target in shown])
    save(figure, folder, "latency")


def open_loop(steps, folder):
    models = list(dict.fromkeys(step["model"] for step in steps))
    figure, panels = plt.subplots(1, len(models), figsize=(4.2 * len(models), 3.2), squeeze=False, layout="constrained")
    for panel, model in zip(panels[0], models):
        for target in COLORS:
            own = sorted((step["median"] for step in steps if (step["model"], step["target"]) == (model, target)),
                         key=lambda median: median["rate_asked"])
            rates = [median["rate_asked"] for median in own]
            for key, style in (("p50_ms", "-"), ("p99_ms", "--")):
                if own:
                    panel.plot(rates, [median[key] for median in own], style, marker="o", markersize=3,
                               color=COLORS[target], label=f"{NAMES[target]}, {key[:3]}")
        panel.set(title=MODELS[model], xlabel="requests due a second", ylabel="ms from when it was due", xscale="log",
                  yscale="log")
    save(figure, folder, "open-loop")


def main():
    result, folder = json.loads(Path(sys.argv[1]).read_text()), Path(sys.argv[2])
    if result.get("closed"):
        throughput(result["closed"], folder)
        latency(result["closed"], folder)
    if result.get("open"):
        open_loop(result["open"], folder)


main()
