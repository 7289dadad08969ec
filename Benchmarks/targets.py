"""What Palantir is to reach, and whether it did."""

import math
import statistics


def targets(result):
    """Figure, target, measured, met; without those whose part was not measured."""
    rows = []
    for judge in (closed_loop_targets, hub_targets, growth_targets, caller_targets, deployment_targets):
        rows += judge(result)
    return [dict(zip(("figure", "target", "measured", "met"), row)) for row in rows]


def closed_loop_targets(result):
    closed = result.get("closed", {})

    def ratio(case, peer):
        return closed[case]["ratios"][peer]["requests_per_second"]

    if "Flask, 64 clients" in closed:
        value = ratio("Flask, 64 clients", "direct")
        yield "Flask model, 64 clients: Palantir ÷ directly", "≥ 10", f"{value:.1f}", value >= 10
    if "stub, 64 clients" in closed:
        value = ratio("stub, 64 clients", "nginx")
        yield "stub, 64 clients: Palantir ÷ nginx proxying to it", "≥ 0.7", f"{value:.2f}", value >= 0.7
        value = ratio("stub, 64 clients", "fastapi")
        yield "stub, 64 clients: Palantir ÷ the hand-written FastAPI hub", "≥ 10", f"{value:.1f}", value >= 10
    if "stub, 1 client" in closed:
        own, nginx = added(closed["stub, 1 client"], "palantir"), added(closed["stub, 1 client"], "nginx")
        yield "stub, 1 client: p50 that Palantir adds", "≤ 0.35 ms", f"{own:.2f} ms", own <= 0.35
        yield "the same ÷ what nginx's proxying adds", "≤ 2.5", f"{own / nginx:.1f}", own <= 2.5 * nginx
    name = "stub, 16 clients, 1,000 ids a request"
    if name in closed:
        value = closed[name]["targets"]["palantir"]["median"]["rows_per_second"]
        yield "stub, 16 clients, 1,000 ids a request", "≥ 60,000 rows/s", f"{value:,.0f} rows/s", value >= 60_000
    for model in ("stub", "Flask"):
        if f"{model}, 256 clients" in closed:
            own = closed[f"{model}, 256 clients"]["targets"]["palantir"]
            errors = sum(figure["errors"] for figure in own["rounds"])
            yield f"{model}, 256 clients: errors", "0", f"{errors}", errors == 0
            # Without any answer there is no p50 either.
            value = statistics.median(
                figure["p99_ms"] / figure["p50_ms"] if figure["p50_ms"] else math.inf for figure in own["rounds"])
            yield f"{model}, 256 clients: p99 ÷ p50", "≤ 5", f"{value:.1f}", value <= 5


def added(case, target):
    """By how much p50 exceeds that of the model asked directly, in the same round."""
    direct = case["targets"]["direct"]["rounds"]
    return statistics.median(
        own["p50_ms"] - model["p50_ms"] for own, model in zip(case["targets"][target]["rounds"], direct))


def hub_targets(result):
    memory = result.get("memory", {})
    if "idle_mb" in memory:
        yield "RSS idle", "≤ 40 MB", f"{memory['idle_mb']:.0f} MB", memory["idle_mb"] <= 40
    if "at_256_clients_mb" in memory:
        value = memory["at_256_clients_mb"]
        yield "RSS at 256 clients, the highest", "≤ 120 MB", f"{value:.0f} MB", value <= 120
    if "start" in result:
        for key, text in (("with_snapshot", ""), ("with_snapshot_and_mlflow_down", ", MLflow down")):
            value = result["start"][key]["first_answer_s"]
            yield f"exec to first answer with snapshot{text}", "≤ 0.3 s", f"{value:.2f} s", value <= 0.3
    if "models" in result:
        value = result["models"]["start_with_snapshot_and_mlflow_down"]["first_answer_s"]
        yield "the same with 10,000 models in the snapshot", "≤ 0.3 s", f"{value:.2f} s", value <= 0.3
    if "batching" in result:
        value = result["batching"]["ratios"]["off"]["p50_ms"]
        yield "1 client, stub: p50 with batching on ÷ off", "≤ 1.02", f"{value:.3f}", value <= 1.02


def caller_targets(result):
    for noise, figures in result.get("callers", {}).items():
        for other, value in figures["ratios"].items():
            name = {"nobody": "nobody", "within": "the same within its rate"}[other]
            yield f"a caller beside {noise}: p99 ÷ beside {name}", "≤ 1.2", f"{value:.2f}", value <= 1.2
        errors = figures["targets"]["beyond"]["errors"]
        yield "its errors meanwhile", "0", f"{errors}", errors == 0


def deployment_targets(result):
    if "deployments" in result:
        figures = result["deployments"]
        value = figures["first_answer_s"]
        yield "model that the hub runs: from known to first answer", "≤ 2 s", f"{value:.2f} s", value <= 2
        value = figures["private_mb_most"]
        yield "its private memory", "≤ 60 MB", f"{value:.0f} MB", value <= 60
        killed = figures["killed"]
        value = max(killed["back_s"] + killed["back_again_s"])
        yield "kill -9 of its process at 50 requests/s: answers again", "≤ 2 s", f"{value:.2f} s", value <= 2
        value = sum(count for outcome, count in killed["outcomes"].items() if outcome not in ("200", "MODEL_NOT_READY"))
        yield "meanwhile wrong, or failed otherwise than by MODEL_NOT_READY", "0", f"{value}", value == 0
        value = killed["slowest_s"]
        yield "the slowest request meanwhile", "≤ 5 s, its deadline", f"{value:.2f} s", value <= 5
        answered, most = figures["hundred_answered"], figures["hundred_most_processes"]
        yield "100 models with room for 10: answered", "100", f"{answered}", answered == 100
        yield "in memory at once", "≤ 10", f"{most}", most <= 10


def growth_targets(result):
    for part, text in (("models", "10 → 10,000 models"), ("rows", "10⁴ → 10⁷ rows")):
        for clients, compared in result.get(part, {}).get("clients", {}).items():
            [ratios] = compared["ratios"].values()
            value = ratios["p50_ms"]
            yield f"{text}, {clients}: p50 after ÷ before", "≤ 1.2", f"{value:.2f}", value <= 1.2
