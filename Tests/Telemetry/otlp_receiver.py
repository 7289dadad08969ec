"""A collector of traces for tests: takes OTLP/HTTP in JSON, strictly by OpenTelemetry's own schema, and writes each span
as a line of JSON. What is not right is refused with 400 and written to a file of its own.

usage: otlp_receiver.py PORT FOLDER
"""

import base64
import json
import re
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from google.protobuf.json_format import MessageToDict, ParseDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])
DIGITS = {"traceId": 32, "spanId": 16, "parentSpanId": 16}


def with_bytes(value):
    """OTLP writes ids as hexadecimal digits, where protobuf's JSON has base64."""
    if isinstance(value, list):
        return [with_bytes(element) for element in value]
    if not isinstance(value, dict):
        return value
    result = {}
    for name, member in value.items():
        if name in DIGITS:
            if not re.fullmatch(f"[0-9a-f]{{{DIGITS[name]}}}", member) or set(member) == {"0"}:
                raise ValueError(f"{name} is {member!r}")
            member = base64.b64encode(bytes.fromhex(member)).decode()
        result[name] = with_bytes(member)
    return result


def attributes(pairs):
    return {pair.key: MessageToDict(pair.value) for pair in pairs}


def lines(request):
    for resource_spans in request.resource_spans:
        resource = attributes(resource_spans.resource.attributes)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                if span.end_time_unix_nano < span.start_time_unix_nano or not span.name:
                    raise ValueError(f"not a span: {span}")
                yield {
                    "resource": resource, "scope": scope_spans.scope.name, "name": span.name, "kind": span.kind,
                    "trace": span.trace_id.hex(), "span": span.span_id.hex(), "parent": span.parent_span_id.hex(),
                    "state": span.trace_state, "flags": span.flags, "status": span.status.code,
                    "start": span.start_time_unix_nano, "end": span.end_time_unix_nano,
                    "attributes": attributes(span.attributes),
                    "links": [{"trace": link.trace_id.hex(), "span": link.span_id.hex()} for link in span.links],
                }


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        status = 200
        try:
            if self.path != "/v1/traces" or self.headers["content-type"] != "application/json":
                raise ValueError(f"{self.path} {self.headers['content-type']}")
            request = ParseDict(with_bytes(json.loads(body)), ExportTraceServiceRequest())
            text = "".join(json.dumps(line) + "\n" for line in lines(request))
            with open(FOLDER / "spans", "a") as file:
                file.write(text)
            with open(FOLDER / "keys", "a") as file:
                file.write(f"{self.headers['x-key']}\n")
        except Exception as error:
            status = 400
            with open(FOLDER / "errors", "a") as file:
                file.write(f"{error!r}: {body[:2000]!r}\n")
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def do_GET(self):
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
