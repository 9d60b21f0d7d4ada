import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasState, open, openStreams, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

test('the bytes are shown as they arrive, heartbeats included', async () => {
  const page = await open(demo.url);
  await page.locator('[data-action="read"]').click();
  await hasLine(page, '#raw', '200, text/event-stream');
  await hasLine(page, '#raw', 'retry: 3000LF');
  await hasLine(page, '#raw', 'data: two lines of data,LF\ndata: one eventLF\nid: 0LF\nLF');

  // A chunk with only a heartbeat has two bytes: a colon and a line feed.
  const chunks = await page.locator('#raw .log li code').allTextContents();
  const heartbeat = page.locator('#raw .log li', { hasText: ', 2 bytes' }).first();
  assert.equal(await heartbeat.locator('code').textContent(), ':LF\n');
  // The pause of five seconds before the event with an ID has two heartbeats.
  const event = chunks.findIndex((chunk) => chunk.includes('id: 0'));
  assert.equal(chunks.slice(0, event).filter((chunk) => chunk === ':LF\n').length, 2);
  await screenshot(page, 'raw');

  await page.locator('[data-action="abort"]').click();
  await hasState(page, '#raw', 'closed');
  await eventually(async () => (await openStreams(demo)).raw === 0, 'no stream');
  assert.deepEqual(page.problems, []);
});

test('another stream can also be read', async () => {
  const page = await open(demo.url);
  await page.locator('#raw-stream').selectOption('/clock');
  await page.locator('[data-action="read"]').click();
  await hasLine(page, '#raw', 'event: tickLF');
});
