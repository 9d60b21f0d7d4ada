// eventsource-parser under the suite: `sse-conformance decoder -- node adapter.js`. See ../../PROTOCOL.md.

import { createInterface } from 'node:readline';
import { createParser } from 'eventsource-parser';

const CAPABILITIES = ['comments', 'event_ids', 'retry', 'timing'];

function parse(stream, chunks) {
  const items = [];
  let fed = 0;
  let lastEventId = '';
  const parser = createParser({
    onEvent({ event, data, id }) {
      // The parser does not remember the last ID, so the program does.
      lastEventId = id ?? lastEventId;
      items.push({ at: fed, event: event ?? 'message', data, id: lastEventId });
    },
    onRetry(retry) {
      items.push({ at: fed, retry });
    },
    onComment(comment) {
      items.push({ at: fed, comment });
    },
  });
  // The parser takes text, so the program decodes the bytes.
  const decoder = new TextDecoder();
  for (const length of chunks) {
    const chunk = stream.subarray(fed, fed + length);
    fed += length;
    parser.feed(decoder.decode(chunk, { stream: true }));
  }
  return { items };
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = request.op === 'hello'
    ? { protocol: 1, name: 'eventsource-parser 3.1.1', capabilities: CAPABILITIES }
    : parse(Buffer.from(request.bytes, 'hex'), request.chunks);
  console.log(JSON.stringify(answer));
}
