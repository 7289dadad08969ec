"""A server on loopback that answers by a script: what no healthy hub does when it is wanted."""

import json
import socket
import struct
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def error(status, code, **headers):
    """As a hub answers with an error."""
    body = json.dumps({"predictions": None, "error": f"It is {code}.", "code": code, "request_id": "scripted"})
    return status, body, headers


def gateway(status):
    """As nginx answers where it has no hub to ask."""
    return status, "<html><body>nginx</body></html>", {"content-type": "text/html"}


def predictions(*ids, **headers):
    return 200, json.dumps({"predictions": {id: {"1": 0.5} for id in ids}}), headers


#: The connection ends with RST, after the request came.
RESET = "reset"


class Script:
    def __init__(self, steps):
        self.steps, self.requests = list(steps), []


@contextmanager
def answering(*steps):
    """The address, and the requests that came."""
    script = Script(steps)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            script.requests.append((self.headers, json.loads(body)))
            step = script.steps.pop(0)
            if step is RESET:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                self.wfile.close()
                self.rfile.close()
                self.connection.close()
                return
            if callable(step):
                step()
                return self.close_connection_now()
            status, text, headers = step
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def close_connection_now(self):
            self.close_connection = True

        def log_message(self, *_):
            pass

        def finish(self):
            try:
                super().finish()
            except ValueError:
                pass  # Closed already, as a reset has it.

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", script.requests
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
