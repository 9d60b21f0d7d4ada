// `hub --compress`: the browser's own `EventSource` gets each event of a compressed stream at once.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { open, startHub } from './demo.js';

const COUNT = 30;

const hub = await startHub('--compress');
after(() => hub.stop());

async function publish(hub, topic, data) {
  const response = await fetch(`${hub.url}/topics/${topic}`, { method: 'POST', body: data });
  assert.equal(response.status, 200);
}

// An HTML fragment of about 2 KB. The fragments of a stream differ little.
function fragment(number) {
  const row = (item) => `<li class="row" id="r${item}"><a href="/items/${item}">Item ${item}</a> ${number}.00</li>`;
  return `<ul class="list">${Array.from({ length: 30 }, (_, item) => row(item)).join('')}</ul>`;
}

// Returns the bytes of all streams, before and after compression.
async function bytes() {
  const text = await (await fetch(`${hub.url}/metrics`)).text();
  const [plain, sent] = ['', 'sent_'].map((name) => text.match(new RegExp(`^sse_stream_${name}bytes_total (.*)$`, 'm')));
  return { plain: Number(plain[1]), sent: Number(sent[1]) };
}

const isStream = (response) => response.url().includes('/events');

// Opens a stream in a page. Returns the page, and the fields of the response.
async function subscribe(hub, topic, accepted) {
  const page = await open(hub.url);
  if (accepted) {
    const devtools = await page.context().newCDPSession(page);
    await devtools.send('Network.enable');
    await devtools.send('Network.setAcceptedEncodings', { encodings: accepted });
  }
  const answered = page.waitForResponse(isStream);
  await page.evaluate((topic) => {
    window.received = [];
    window.source = new EventSource(`/events?topic=${topic}`);
    window.source.onmessage = ({ data }) => window.received.push(data);
  }, topic);
  const fields = await (await answered).allHeaders();
  return { page, fields };
}

for (const [topic, accepted, coding] of [
  ['any', null, 'br'],
  ['br', ['br'], 'br'],
  ['zstd', ['zstd'], 'zstd'],
  ['gzip', ['gzip'], 'gzip'],
  ['none', [], undefined],
]) {
  test(`coding ${coding}, accepted ${accepted}: each event arrives before the next one is sent`, async () => {
    const { page, fields } = await subscribe(hub, topic, accepted);
    assert.equal(fields['content-encoding'], coding);
    assert.equal(fields.vary, 'accept-encoding, origin');
    const before = await bytes();
    for (let number = 1; number <= COUNT; number += 1) {
      await publish(hub, topic, fragment(number));
      await page.waitForFunction((number) => window.received.length >= number, number);
      assert.equal(await page.evaluate(() => window.received.at(-1)), fragment(number));
    }
    const after = await bytes();
    const [plain, sent] = [after.plain - before.plain, after.sent - before.sent];
    assert.ok(plain > COUNT * 2000, `${plain}`);
    if (coding) assert.ok(sent * 10 < plain, `${plain} bytes became ${sent}`);
    else assert.equal(sent, plain);
    assert.deepEqual(page.problems, []);
  });
}

for (const coding of ['br', 'zstd', 'gzip']) {
  test(`coding ${coding}: after the end of a stream, the browser resumes with a new one`, async () => {
    const short = await startHub('--compress', '--lifetime', '1');
    after(() => short.stop());
    const { page } = await subscribe(short, 'news', [coding]);
    const again = page.waitForResponse(isStream);
    await publish(short, 'news', 'before');
    await page.waitForFunction(() => window.received.length === 1);
    await page.waitForFunction(() => window.source.readyState === EventSource.CONNECTING);
    await publish(short, 'news', 'meanwhile');
    await page.waitForFunction(() => window.received.length === 2);
    assert.equal((await (await again).allHeaders())['content-encoding'], coding);
    assert.deepEqual(await page.evaluate(() => window.received), ['before', 'meanwhile']);
  });
}
