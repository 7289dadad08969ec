"""One kept-alive connection of the load."""

import asyncio

import httptools


class Connection(asyncio.Protocol):
    def __init__(self, traffic):
        self.traffic, self.request, self.is_closed = traffic, None, False

    @property
    def is_usable(self):
        return not self.is_closed and self.request is None

    def connection_made(self, transport):
        self.transport = transport
        self.traffic.open.add(self)
        self.parser = httptools.HttpResponseParser(self)

    def send(self, request):
        self.request, self.headers, self.body = request, {}, []
        self.transport.write(request.bytes)

    def data_received(self, data):
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self.finish("wrong", data)
            self.transport.close()

    def on_header(self, name, value):
        self.headers[name.decode().lower()] = value.decode()

    def on_body(self, part):
        self.body.append(part)

    def on_message_complete(self):
        if self.request is None:
            # Nobody asked for this one.
            return self.traffic.unasked(b"".join(self.body))
        request, self.request = self.request, None
        request.answered(self.parser.get_status_code(), self.headers, b"".join(self.body))
        if self.parser.should_keep_alive():
            self.traffic.is_free(self)
        else:
            self.close()

    def finish(self, what, body=b""):
        if self.request is not None:
            request, self.request = self.request, None
            request.over(what, body)

    def connection_lost(self, error):
        self.close()
        # Whether by an end or by a reset: the request was sent and has no answer.
        self.finish("lost")

    def give_up(self):
        """The load is over; a request that still has no answer is never answered."""
        self.finish("silent")
        self.close()

    def close(self):
        self.is_closed = True
        self.traffic.open.discard(self)
        self.transport.close()
