"""Measures Palantir beside its peers, interleaved in one run, and writes the medians as ratios.

Absolute figures of two runs, or of two machines, say nothing beside each other; the ratios do.
"""

import argparse
import datetime
import json
import re
import statistics
import subprocess
import tempfile
import urllib.request
from pathlib import Path

from servers import Servers, post

RESULTS = Path(__file__).resolve().parent / "results"
ROWS = 100_000

# Each request asks for other ids, so that no answer can come from a merged look-up of the same one.
SCRIPT = """
math.randomseed({seed})
wrk.method = "POST"
wrk.headers["content-type"] = "application/json"
request = function()
  local ids = {{}}
  for i = 1, {count} do ids[i] = {item} end
  return wrk.format(nil, nil, nil, {before} .. table.concat(ids, ",") .. {after})
end
"""


def wrk(folder, url, clients, seconds, seed, count=1, item="math.random({rows})", before="", after="", rows=ROWS):
    script = Path(folder) / "request.lua"
    script.write_text(SCRIPT.format(
        seed=seed, count=count, item=item.format(rows=rows), before=f"'{before}'", after=f"'{after}'"))
    output = subprocess.run(
        ["wrk", "-t1", f"-c{clients}", f"-d{seconds}", "--timeout", "10", "--latency", "-s", str(script), url],
        capture_output=True, text=True, check=True).stdout
    def percentile(which):
        number, unit = re.search(rf"{which}%\s+([\d.]+)(us|ms|s)", output).groups()
        return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]
    errors = sum(int(n) for n in re.findall(r"Non-2xx or 3xx responses: (\d+)", output))
    errors += sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", output))
    return {
        "requests_per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)),
        "p50_ms": percentile(50), "p90_ms": percentile(90), "p99_ms": percentile(99), "errors": errors,
    }


def rss_mb(process):
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of each measurement (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of which the median counts (default: %(default)s)")
    parser.add_argument("--only", default="", help="cases whose name holds this text; writes no results")
    parser.add_argument("--setting", action="append", default=[], help="NAME=value for the hub; writes no results")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="palantir-bench-") as folder:
        servers = Servers(folder)
        try:
            result = measure(servers, folder, options)
        finally:
            servers.stop()
    if options.only or options.setting:
        return
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.date.today()}.json"
    path.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nWritten to {path.relative_to(RESULTS.parent.parent)}")


def measure(servers, folder, options):
    print("Starting MLflow, MariaDB (100,000 rows of 40 columns), the models, nginx and the hub", flush=True)
    mlflow = servers.mlflow()
    dsn, features = servers.mariadb(ROWS)
    stub = servers.stub()
    nginx = servers.nginx(stub)
    churn = servers.churn(mlflow, features)
    post(f"{mlflow}/api/2.0/mlflow/registered-models/create", {
        "name": "stub", "tags": [{"key": "feature_store", "value": "wide"}, {"key": "uri", "value": stub}]})
    hub, process, ready = servers.palantir(mlflow, dsn, dict(setting.split("=", 1) for setting in options.setting))
    idle = rss_mb(process)
    row = urllib.request.urlopen(f"{hub}/models/churn/features/42").read().decode()
    churn_row = row.replace('{"id":42', '{"id":')[len('{"id":'):]

    to_stub = {"before": '{"values":[', "after": "]}", "item": "'{{\"id\":' .. math.random({rows}) .. '}}'"}
    through = {"before": '{"model_name":"stub","ids":[', "after": "]}"}
    to_churn = {"before": '{"values":[', "after": "]}", "rows": 4000,
                "item": "'{{\"id\":' .. math.random({rows}) .. '" + churn_row.replace("{", "{{").replace("}", "}}") + "'"}
    through_churn = {"before": '{"model_name":"churn","ids":[', "after": "]}", "rows": 4000}
    cases = [(f"stub, {clients} clients", clients, 1, {
        "direct": (stub, to_stub), "nginx": (nginx, to_stub), "palantir": (f"{hub}/predictions", through)})
        for clients in (1, 16, 64, 256)]
    cases += [(f"stub, 16 clients, {count} ids", 16, count, {"palantir": (f"{hub}/predictions", through)})
              for count in (100, 1000)]
    cases += [(f"scikit-learn, {clients} clients", clients, 1, {
        "direct": (churn, to_churn), "palantir": (f"{hub}/predictions", through_churn)}) for clients in (1, 16, 64)]

    cases = [case for case in cases if options.only in case[0]]
    figures = {}
    for round_number in range(options.rounds):
        for name, clients, count, targets in cases:
            for target, (url, request) in targets.items():
                figure = wrk(folder, url, clients, options.seconds, seed=round_number, count=count, **request)
                figures.setdefault(name, {}).setdefault(target, []).append(figure)
                print(f"round {round_number + 1}  {name:26} {target:9} {figure['requests_per_second']:9.0f}/s  "
                      f"p50 {figure['p50_ms']:7.2f} ms  p99 {figure['p99_ms']:7.2f} ms  errors {figure['errors']}", flush=True)
    medians = {
        name: {target: {key: statistics.median(figure[key] for figure in runs) for key in runs[0]}
               for target, runs in targets.items()} for name, targets in figures.items()}
    table(medians)
    print(f"\nRSS idle {idle:.0f} MB, after load {rss_mb(process):.0f} MB; exec to ready {ready:.2f} s")
    return {"rounds": options.rounds, "seconds": options.seconds, "medians": medians, "rss_idle_mb": idle,
            "rss_after_load_mb": rss_mb(process), "exec_to_ready_s": ready}


def table(medians):
    print("\n| case | Palantir | ÷ direct | ÷ nginx | p50 | p99 | errors |\n| --- | --- | --- | --- | --- | --- | --- |")
    for name, targets in medians.items():
        own = targets["palantir"]
        def ratio(peer):
            return f"{own['requests_per_second'] / targets[peer]['requests_per_second']:.2f}" if peer in targets else ""
        print(f"| {name} | {own['requests_per_second']:.0f}/s | {ratio('direct')} | {ratio('nginx')} | "
              f"{own['p50_ms']:.2f} ms | {own['p99_ms']:.2f} ms | {own['errors']:.0f} |")


if __name__ == "__main__":
    main()
