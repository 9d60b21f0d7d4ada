"""httpx-sse under the suite: `sse-conformance decoder -- python adapter.py`. See ../../PROTOCOL.md."""

import importlib.metadata
import json
import sys

import httpx
from httpx_sse import EventSource

# The package reports a reconnection time only with the next event, so the adapter does not claim `timing`.
HELLO = {
    "protocol": 1,
    "name": "httpx-sse " + importlib.metadata.version("httpx-sse"),
    "capabilities": ["event_ids", "timing"],
}


class Chunks(httpx.SyncByteStream):
    def __init__(self, stream, lengths):
        self.stream = stream
        self.lengths = lengths
        self.fed = 0

    def __iter__(self):
        start = 0
        for length in self.lengths:
            self.fed = start + length
            yield self.stream[start : self.fed]
            start = self.fed
        # Items from here on are reported because the stream has ended.
        self.fed = None


def parse(stream, lengths):
    """Decodes through a response, because the package has no other entry point."""
    chunks = Chunks(stream, lengths)
    headers = {"Content-Type": "text/event-stream"}
    response = httpx.Response(200, headers=headers, stream=chunks)
    return {
        "items": [
            {"at": chunks.fed, "event": sse.event, "data": sse.data, "id": sse.id}
            for sse in EventSource(response).iter_sse()
        ]
    }


for line in sys.stdin:
    request = json.loads(line)
    if request["op"] == "hello":
        answer = HELLO
    else:
        try:
            answer = parse(bytes.fromhex(request["bytes"]), request["chunks"])
        except Exception as error:
            answer = {"error": repr(error)}
    print(json.dumps(answer), flush=True)
