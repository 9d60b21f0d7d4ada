"""sse-starlette with many streams, for `cargo xtask bench hub`.

The lines that it answers are explained in ../../rust/src/hub/mod.rs.
"""

import asyncio
import os
import socket
import sys
import time

import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.routing import Route

heartbeat = int(sys.argv[1])
readers: set[asyncio.Queue] = set()


async def events(request):
    queue = asyncio.Queue()
    readers.add(queue)

    async def read():
        try:
            while True:
                yield await queue.get()
        finally:
            readers.discard(queue)

    return EventSourceResponse(read(), ping=heartbeat)


async def pace(rate, seconds):
    start = time.monotonic()
    for number in range(rate * seconds):
        await asyncio.sleep(max(0, start + number / rate - time.monotonic()))
        event = ServerSentEvent(f"@{time.monotonic_ns():020}".ljust(174, "x"))
        for queue in readers:
            queue.put_nowait(event)
    return rate * seconds


async def answer():
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        verb, rate, seconds = line.split()
        if verb != "pace":
            raise ValueError(f"`{line}` is not understood")
        print(await pace(int(rate), int(seconds)), flush=True)
    os._exit(0)


async def serve():
    listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print("127.0.0.1:%d" % listener.getsockname()[1], flush=True)
    app = Starlette(routes=[Route("/events", events)])
    config = uvicorn.Config(app, log_level="warning")
    await asyncio.gather(uvicorn.Server(config).serve(sockets=[listener]), answer())


if __name__ == "__main__":
    asyncio.run(serve())
