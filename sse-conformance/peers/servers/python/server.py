"""sse-starlette under the server suite: prints its address and runs until it is killed."""

import asyncio
import json
import socket

import uvicorn
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

readers: set[asyncio.Queue] = set()


async def events(request):
    queue = asyncio.Queue()
    readers.add(queue)

    async def read():
        try:
            while True:
                event = await queue.get()
                if event is None:
                    return
                yield ServerSentEvent(**event)
        finally:
            readers.discard(queue)

    return EventSourceResponse(read())


async def control(request):
    action = await request.json()
    match action["action"]:
        case "publish":
            event = {"data": action["data"], "event": action.get("type"), "id": action.get("id")}
            for queue in readers:
                queue.put_nowait(event)
        case "end":
            for queue in readers:
                queue.put_nowait(None)
        case "count":
            return JSONResponse({"open": len(readers)})
    return Response(status_code=204)


app = Starlette(routes=[Route("/events", events), Route("/control", control, methods=["POST"])])

if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(app, log_level="warning")
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))
