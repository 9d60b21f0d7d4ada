// eventsource-parser, asked line by line. See ../rust/src/process.rs for its answers.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createParser } from 'eventsource-parser';

function decode(stream, size, onEvent) {
  const parser = createParser({ onEvent });
  const decoder = new TextDecoder();
  for (let start = 0; start < stream.length; start += size) {
    parser.feed(decoder.decode(stream.subarray(start, start + size), { stream: true }));
  }
}

function digest(stream, size) {
  const hash = createHash('sha256');
  let events = 0;
  let bytes = 0;
  // The parser does not remember the last ID, so the program does.
  let lastEventId = '';
  decode(stream, size, ({ event, data, id }) => {
    lastEventId = id ?? lastEventId;
    events += 1;
    bytes += Buffer.byteLength(data);
    hash.update(`${event ?? 'message'}\0${lastEventId}\0${data}\0`);
  });
  return JSON.stringify({ events, bytes, digest: hash.digest('hex') });
}

function time(stream, size, times) {
  let events = 0;
  const start = process.hrtime.bigint();
  for (let i = 0; i < times; i += 1) {
    decode(stream, size, () => { events += 1; });
  }
  return Number(process.hrtime.bigint() - start) / 1e9;
}

for await (const line of createInterface({ input: process.stdin })) {
  const [, kind, size, times, file] = line.match(/^(digest|time) (\d+) (?:(\d+) )?(.*)$/);
  const stream = readFileSync(file);
  const answer = kind === 'digest' ? digest(stream, +size) : time(stream, +size, +times);
  console.log(String(answer));
}
