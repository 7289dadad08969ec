"""A model that traces itself by opentelemetry-sdk, as an application would: its span's parent is what it was sent. Each
span is written as a line of JSON, and so are the trace headers of each call.

usage: traced_model.py PORT FOLDER SECONDS
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

PORT, FOLDER, SECONDS = int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])


def append(name, value):
    with open(FOLDER / name, "a") as file:
        file.write(json.dumps(value) + "\n")


class Lines(SpanExporter):
    def export(self, spans):
        for span in spans:
            append("model-spans", {
                "trace": f"{span.context.trace_id:032x}", "span": f"{span.context.span_id:016x}",
                "parent": f"{span.parent.span_id:016x}" if span.parent else "",
                "state": span.context.trace_state.to_header(),
            })
        return SpanExportResult.SUCCESS


provider = TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(Lines()))
tracer = provider.get_tracer("model")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        context = TraceContextTextMapPropagator().extract(dict(self.headers.items()))
        with tracer.start_as_current_span("score", context=context, kind=SpanKind.SERVER):
            rows = json.loads(self.rfile.read(int(self.headers["content-length"])))["values"]
            time.sleep(SECONDS)
            answer = json.dumps({"predictions": {row["id"]: {"score": 1} for row in rows}}).encode()
        append("calls", {"traceparent": self.headers["traceparent"], "tracestate": self.headers["tracestate"],
                         "rows": len(rows)})
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
