import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasState, open, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

const ids = (page) => page.locator('#notifications .log li[data-id]').evaluateAll((lines) => lines.map((line) => Number(line.dataset.id)));
const verdict = (page) => page.locator('#notifications .verdict').innerText();

test('after a cut the page resumes without loss or duplicate', async () => {
  const page = await open('about:blank');
  const connections = [];
  page.on('response', (response) => {
    const request = response.request();
    if (request.url() === `${demo.url}/notifications` && request.method() === 'GET') {
      connections.push(request.allHeaders());
    }
  });
  await page.goto(demo.url);
  await eventually(async () => (await ids(page)).length >= 2, 'notifications');

  for (let cut = 1; cut <= 2; cut += 1) {
    await page.locator('[data-action="cut"]').click();
    await hasState(page, '#notifications', 'connecting');
    // These are published while the page is disconnected.
    for (let n = 0; n < 3; n += 1) {
      await fetch(`${demo.url}/notifications`, { method: 'POST' });
    }
    await eventually(async () => (await page.locator('.note', { hasText: 'Resumed after' }).count()) === cut, 'resumed');
    const seen = (await ids(page)).length;
    await eventually(async () => (await ids(page)).length >= seen + 2, 'replay, then live');
  }

  const all = await ids(page);
  assert.deepEqual(all, all.map((_, n) => all[0] + n), 'dense ids');
  assert.match(await verdict(page), /^\d+ received, 0 lost, 0 duplicated$/);
  // The browser's last event ID, and the position from which the server resumed.
  const asked = (await Promise.all(connections)).map((headers) => headers['last-event-id']);
  const notes = await page.locator('#notifications .note', { hasText: 'Resumed after' }).allTextContents();
  const resumed = notes.map((note) => note.match(/after (\d+): (\d+) missed/));
  assert.deepEqual(asked, [undefined, ...resumed.map(([, after]) => after)]);
  for (const [note, after, missed] of resumed) {
    assert.ok(all.includes(Number(after)), note);
    assert.ok(Number(missed) >= 3, note);
  }
  await screenshot(page, 'notifications-resumed');
  assert.deepEqual(page.problems, []);
});

test('a notification by the button reaches every page', async () => {
  const [one, two] = [await open(demo.url), await open(demo.url)];
  for (const page of [one, two]) await hasState(page, '#notifications', 'open');
  await one.locator('[data-action="notify"]').click();
  for (const page of [one, two]) await hasLine(page, '#notifications', 'mention');
  for (const page of [one, two]) await hasLine(page, '#notifications', 'You pressed the button');
});
