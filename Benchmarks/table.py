"""The results as Markdown."""

PEERS = {
    "direct": "the model directly", "nginx": "nginx", "palantir": "Palantir",
    "fastapi": "FastAPI hub, httpx", "aiohttp": "FastAPI hub, aiohttp",
}
PERCENTILES = ["p50 ms", "p90 ms", "p99 ms"]


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines) + "\n"


def ms(value):
    return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


def ratio(value):
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"


def targets_table(targets):
    return table(["figure", "target", "measured", "met"], [
        [row["figure"], row["target"], row["measured"], "yes" if row["met"] else "**no**"] for row in targets])


def closed_table(closed):
    """Palantir's figures and its ratios to each peer's throughput."""
    rows = []
    for name, case in closed.items():
        own = case["targets"]["palantir"]["median"]
        rate = f"{number(own['requests_per_second'])}/s"
        if "ids" in name:
            rate += f", {own['rows_per_second']:,.0f} rows/s"
        ratios = [ratio(case["ratios"][peer]["requests_per_second"]) if peer in case["ratios"] else ""
                  for peer in ("direct", "nginx", "fastapi", "aiohttp")]
        errors = sum(figure["errors"] for figure in case["targets"]["palantir"]["rounds"])
        rows.append([name, rate, *ratios, ms(own["p50_ms"]), ms(own["p90_ms"]), ms(own["p99_ms"]), errors])
    peers = ["÷ directly", "÷ nginx", "÷ FastAPI, httpx", "÷ FastAPI, aiohttp"]
    return table(["case", "Palantir", *peers, *PERCENTILES, "errors"], rows)


def peers_table(closed):
    """Everyone's own figures, from which the ratios are."""
    rows = []
    for name, case in closed.items():
        for target, figures in case["targets"].items():
            own = figures["median"]
            errors = sum(figure["errors"] for figure in figures["rounds"])
            rows.append([name, PEERS[target], f"{number(own['requests_per_second'])}/s", ms(own["p50_ms"]),
                         ms(own["p90_ms"]), ms(own["p99_ms"]), errors])
    return table(["case", "asked", "rate", *PERCENTILES, "errors"], rows)


def open_table(steps):
    rows = []
    for step in steps:
        own = step["median"]
        share = f"{step['share']:.0%} of " + ("its own" if step["of"] == step["target"] else PEERS[step["of"]])
        rows.append([step["model"], PEERS[step["target"]], share, f"{number(own['rate_asked'])}/s",
                     f"{number(own['rate_achieved'])}/s", ms(own["p50_ms"]), ms(own["p90_ms"]), ms(own["p99_ms"]),
                     ms(own["p999_ms"]), sum(figure["errors"] for figure in step["rounds"])])
    return table(["model", "asked", "rate", "requests due", "answered", *PERCENTILES, "p99.9 ms", "errors"], rows)


def started(figure):
    return f"{figure['first_answer_s']:.3f} s (ready {figure['ready_s']:.3f} s)"


def outcomes(killed):
    return ", ".join(f"{count:,} {'answered' if outcome == '200' else outcome}"
                     for outcome, count in sorted(killed["outcomes"].items()))


def hub_table(result):
    rows = []
    memory = {"idle_mb": "idle", "at_256_clients_mb": "at 256 clients, the highest", "after_mb": "after all loads"}
    for key, text in memory.items():
        if key in result.get("memory", {}):
            rows.append([f"RSS {text}", f"{result['memory'][key]:.0f} MB"])
    for key, text in (("first_start", "the first time"), ("with_snapshot", "with snapshot"),
                      ("with_snapshot_and_mlflow_down", "with snapshot, MLflow down")):
        if "start" in result:
            figure = result["start"][key]
            rows.append([f"exec to first answer, {text}", started(figure)])
    if "models" in result:
        rows.append(["the same with 10,000 models in the snapshot",
                     started(result["models"]["start_with_snapshot_and_mlflow_down"])])
    for part in ("models", "rows"):
        for clients, compared in result.get(part, {}).get("clients", {}).items():
            for side, figures in compared["targets"].items():
                rows.append([f"{side}, {clients}", f"p50 {figures['median']['p50_ms']:.2f} ms"])
        for side, megabytes in result.get(part, {}).get("rss_mb", {}).items():
            rows.append([f"RSS with {side}", f"{megabytes:.0f} MB"])
    if "batching" in result:
        for name, figures in result["batching"]["targets"].items():
            rows.append([f"stub, 1 client, batching {name}", f"p50 {figures['median']['p50_ms']:.3f} ms"])
    if "deployments" in result:
        figures = result["deployments"]
        serve = figures["mlflow_models_serve"]
        rows += [
            ["model that the hub runs: from known to first answer", f"{figures['first_answer_s']:.2f} s"],
            ["… mlflow models serve: from exec to answering", f"{serve['first_answer_s']:.1f} s"],
            ["its private memory", f"{figures['private_mb_most']:.0f} MB"],
            ["… mlflow models serve", f"{serve['private_mb']:.0f} MB"],
            ["kill -9 of its process at 50 requests/s: answers again, the longest",
             f"{max(figures['killed']['back_s']):.2f} s"],
            ["… of the process that took its place, seconds later", f"{max(figures['killed']['back_again_s']):.2f} s"],
            ["… what became of the requests", outcomes(figures["killed"])],
            ["… the slowest request", f"{figures['killed']['slowest_s']:.2f} s"],
            ["100 models with room for 10: a first answer", f"{figures['hundred_median_s']:.2f} s"],
            ["… their processes together, the most", f"{figures['hundred_most_mb']:.0f} MB"],
        ]
    return table(["figure of the hub", "measured"], rows)


def markdown(result):
    machine, settings = result["machine"], result["settings"]
    parts = [
        "# Measured\n",
        f"Written by `make bench` on {result['date']}: {machine['cores']} cores of {machine['cpu']}, "
        f"{machine['memory_gb']} GB, Linux {machine['kernel']}, {machine['system']}. Medians of {settings['rounds']} "
        f"rounds of {settings['seconds']} s. Load, models, database and hub share the cores: only ratios of one run "
        "say something. Everything, each round's figures too, is in `Benchmarks/results`.\n",
    ]
    for title, key, render in (
        ("Targets", "targets", targets_table),
        ("Palantir, and its throughput ÷ that of its peers", "closed", closed_table),
        ("At a fixed rate, latency from when each request was due", "open", open_table),
    ):
        if result.get(key):
            parts += [f"## {title}\n", render(result[key])]
    parts += ["## The hub itself\n", hub_table(result)]
    if result.get("closed"):
        parts += ["## Everyone's figures\n", peers_table(result["closed"])]
    return "\n".join(parts)
