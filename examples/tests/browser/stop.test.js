import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasState, open, openStreams, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

// Records the browser's requests for the stream and their answers.
function watchTicks(page) {
  const statuses = [];
  page.on('response', (response) => {
    if (response.url().startsWith(`${demo.url}/ticks?`)) statuses.push(response.status());
  });
  return statuses;
}

test('after 204 the browser does not reconnect until the page starts again', async () => {
  const page = await open('about:blank');
  const statuses = watchTicks(page);
  await page.goto(demo.url);
  await page.locator('[data-action="start"]').click();
  await hasLine(page, '#stop', 'tick 2');

  await page.locator('[data-action="stop"]').click();
  await hasLine(page, '#stop', 'The connection ended: the browser comes back.');
  await hasState(page, '#stop', 'closed');
  await hasLine(page, '#stop', 'The answer was not 200: the browser will not come back.');
  assert.deepEqual(statuses, [200, 204]);
  await screenshot(page, 'stopped');

  // The reconnection time is one second, so after three ticks of the clock the browser would have reconnected.
  const id = () => page.locator('#clock [data-value="last-event-id"]').textContent().then(Number);
  const closed = await id();
  await eventually(async () => (await id()) >= closed + 3, 'three seconds of the clock');
  assert.deepEqual(statuses, [200, 204]);
  assert.equal((await openStreams(demo)).ticks, 0);

  await page.locator('[data-action="start"]').click();
  await hasState(page, '#stop', 'open');
  assert.deepEqual(statuses, [200, 204, 200]);
});

test('close() by the page is final, and the server notices it', async () => {
  const page = await open('about:blank');
  const statuses = watchTicks(page);
  await page.goto(demo.url);
  await page.locator('[data-action="start"]').click();
  await hasLine(page, '#stop', 'tick 1');
  await page.locator('[data-action="close"]').click();
  await hasState(page, '#stop', 'closed');
  await eventually(async () => (await openStreams(demo)).ticks === 0, 'no stream');
  assert.deepEqual(statuses, [200]);
  assert.deepEqual(page.problems, []);
});

test('stopping one page does not stop the others', async () => {
  const [one, two] = [await open(demo.url), await open(demo.url)];
  for (const page of [one, two]) {
    await page.locator('[data-action="start"]').click();
    await hasLine(page, '#stop', 'tick 1');
  }
  await one.locator('[data-action="stop"]').click();
  await hasState(one, '#stop', 'closed');
  await hasState(two, '#stop', 'open');
  await eventually(async () => (await openStreams(demo)).ticks === 1, 'one stream');
});
