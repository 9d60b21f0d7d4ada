// better-sse under the server suite: prints its address and runs until it is killed.
import { createServer } from "node:http";
import { createChannel, createSession } from "better-sse";

const channel = createChannel();

async function control(request, response) {
  // Decodes characters that are split between two parts.
  request.setEncoding("utf8");
  let text = "";
  for await (const part of request) text += part;
  const { action, data, type, id } = JSON.parse(text);
  switch (action) {
    case "publish":
      // Otherwise the library would write the data as JSON.
      channel.broadcast(data, type ?? "message", id === undefined ? {} : { eventId: id });
      return response.writeHead(204).end();
    case "count":
      return response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ open: channel.sessionCount }));
    default:
      return response.writeHead(501).end();
  }
}

const server = createServer(async (request, response) => {
  if (request.url.startsWith("/control")) return control(request, response);
  // A program decides which methods it serves, as in `app.get("/events", …)`.
  if (request.method !== "GET" && request.method !== "HEAD") {
    return response.writeHead(405, { allow: "GET, HEAD" }).end();
  }
  const session = await createSession(request, response, { serializer: String });
  channel.register(session);
});
server.listen(0, "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
