"""The load: wrk, whose clients wait for their answers, and OpenLoop, whose requests are due at their times."""

import json
import re
import subprocess
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

OPEN_LOOP = Path(__file__).resolve().parent / ".build/release/OpenLoop"

# Whole requests are made before the first one is sent: what is measured is not how quickly Lua puts texts together.
SCRIPT = """
local requests, next = {}, 0
function init(arguments)
  local headers = {["content-type"] = "application/json"}
  for body in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format("POST", nil, headers, body)
  end
end
function request()
  next = next % #requests + 1
  return requests[next]
end
"""
# Milliseconds, of wrk's units.
UNITS = {"us": 0.001, "ms": 1, "s": 1000, "m": 60_000}


@dataclass
class Target:
    """An address, and the file of the bodies that are posted to it."""
    url: str
    bodies: Path

    def check(self):
        """One request, whose ids must all be answered: an error is answered quickly and proves nothing."""
        with open(self.bodies) as lines:
            body = lines.readline().strip()
        message = json.loads(body)
        ids = message["ids"] if "ids" in message else [row["id"] for row in message["values"]]
        request = urllib.request.Request(self.url, body.encode(), {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            answered = json.load(answer)
        if set(answered["predictions"]) != {str(id) for id in ids} or "errors" in answered:
            raise SystemExit(f"{self.url} did not answer what it was asked: {str(answered)[:300]}")


def settle(targets):
    """Waits until all answer at once again.

    When wrk ends, it leaves its last requests to be worked off: by a slow model at 256 clients, that takes seconds.
    """
    end = time.monotonic() + 30
    for target in targets:
        while time.monotonic() < end:
            try:
                began = time.monotonic()
                target.check()
                if time.monotonic() - began < 0.25:
                    break
            except OSError:
                time.sleep(0.1)


def closed_loop(target, clients, seconds):
    script = target.bodies.parent / "wrk.lua"
    script.write_text(SCRIPT)
    output = subprocess.run(
        ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "10", "--latency", "-s", script, target.url,
         "--", target.bodies], capture_output=True, text=True, check=True).stdout

    def percentile(which):
        number, unit = re.search(rf"{which}%\s+([\d.]+)(us|ms|s|m)\b", output).groups()
        return round(float(number) * UNITS[unit], 4)

    errors = sum(int(n) for n in re.findall(r"Non-2xx or 3xx responses: (\d+)", output))
    errors += sum(int(n) for n in re.findall(r"(?:connect|read|write|timeout) (\d+)", output))
    return {
        "requests_per_second": float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)),
        "p50_ms": percentile(50), "p90_ms": percentile(90), "p99_ms": percentile(99), "errors": errors,
    }


def open_loop(target, rate, seconds, connections):
    return finished(begin_open_loop(target, rate, seconds, connections))


def begin_open_loop(target, rate, seconds, connections, api_key=None, latencies=None, only_when_idle=False):
    """With `only_when_idle` it gets what processor time nobody else wants, as if it ran on another machine. Each latency
    is written to the file `latencies`, in milliseconds."""
    order = [*(["chrt", "--idle", "0"] if only_when_idle else []),
             OPEN_LOOP, target.url, target.bodies, f"{rate:.3f}", str(seconds), str(connections)]
    return subprocess.Popen(
        order + ([api_key] if api_key else []) + ([latencies] if latencies else []), stdout=subprocess.PIPE, text=True)


def finished(loop):
    output, _ = loop.communicate()
    if loop.returncode:
        raise SystemExit(f"OpenLoop ended with {loop.returncode}")
    return json.loads(output)


def counted(clients):
    return f"{clients} client" + ("" if clients == 1 else "s")


def shown(figure):
    """What a line of progress tells of either loop's figure."""
    rate = figure.get("requests_per_second", figure.get("rate_achieved"))
    return (f"{rate:9,.0f}/s  p50 {figure['p50_ms']:8.2f} ms  p99 {figure['p99_ms']:8.2f} ms  "
            f"errors {figure['errors']}")
