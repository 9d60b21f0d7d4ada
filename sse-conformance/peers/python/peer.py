"""httpx-sse, asked line by line. See ../rust/src/process.rs for its answers."""

import hashlib
import json
import sys
import time

import httpx
from httpx_sse import EventSource


class Chunks(httpx.SyncByteStream):
    def __init__(self, stream, size):
        self.stream = stream
        self.size = size

    def __iter__(self):
        for start in range(0, len(self.stream), self.size):
            yield self.stream[start : start + self.size]


def decode(stream, size):
    """Decodes through a response, because the package has no other entry point."""
    headers = {"Content-Type": "text/event-stream; charset=utf-8"}
    response = httpx.Response(200, headers=headers, stream=Chunks(stream, size))
    return EventSource(response).iter_sse()


def digest(stream, size):
    seen = hashlib.sha256()
    events = 0
    length = 0
    for event in decode(stream, size):
        data = event.data.encode()
        events += 1
        length += len(data)
        for text in (event.event.encode(), event.id.encode(), data):
            seen.update(text + b"\0")
    return json.dumps({"events": events, "bytes": length, "digest": seen.hexdigest()})


def seconds(stream, size, times):
    start = time.perf_counter()
    for _ in range(times):
        for _ in decode(stream, size):
            pass
    return time.perf_counter() - start


for line in sys.stdin:
    kind, size, rest = line.rstrip("\n").split(" ", 2)
    if kind == "digest":
        with open(rest, "rb") as file:
            answer = digest(file.read(), int(size))
    else:
        times, name = rest.split(" ", 1)
        with open(name, "rb") as file:
            answer = seconds(file.read(), int(size), int(times))
    print(answer, flush=True)
