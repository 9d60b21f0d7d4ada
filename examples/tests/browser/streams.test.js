import assert from 'node:assert/strict';
import { test } from 'node:test';

import { eventually, hasLine, hasState, open, screenshot, startDemo } from './demo.js';

const CARDS = ['#chat', '#clock', '#notifications'];

async function withDemo(options, run) {
  const demo = await startDemo(0, 0, ...options);
  try {
    await run(demo);
  } finally {
    await demo.stop();
  }
}

test('a page beyond the limit waits, and gets a stream once there is room', () =>
  withDemo(['--streams-per-peer', 4], async (demo) => {
    const first = await open(demo.url);
    for (const card of CARDS) await hasState(first, card, 'open');
    const second = await open('about:blank');
    const statuses = new Set();
    second.on('response', (response) => {
      if (new URL(response.url()).pathname === '/notifications') statuses.add(response.status());
    });
    await second.goto(demo.url);
    await hasLine(first, '#streams', 'refused: limit');
    // There is one place. The first request to arrive gets it, so it may be any card.
    const refused = second.locator('.reason', { hasText: 'refused: limit' });
    await eventually(async () => (await refused.count()) === 2, 'two cards are refused');
    await screenshot(second, 'limit');

    await first.context().close();
    // EventSource reconnects within the time that it got from the server, at most ten seconds.
    for (const card of CARDS) await hasState(second, card, 'open');
    await hasLine(second, '#streams', 'client gone');
    assert.deepEqual([...statuses], [200]);
    assert.deepEqual(second.problems, []);
  }));

test('a page reconnects after the lifetime of its stream, and shows why the stream ended', () =>
  withDemo(['--lifetime', 2], async (demo) => {
    const page = await open(demo.url);
    await hasLine(page, '#streams', 'lifetime over');
    const connections = page.locator('#clock [data-value="connections"]');
    await eventually(async () => Number(await connections.textContent()) >= 2, 'another connection');
    await page.locator('#notifications .note', { hasText: 'Connected again' }).first().waitFor();
    await screenshot(page, 'lifetime');
    assert.match(await page.locator('#notifications .verdict').innerText(), /0 lost, 0 duplicated$/);
    assert.deepEqual(page.problems, []);
  }));
