import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasState, open, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

const ids = (page) => page.locator('#notifications .log li[data-id]').evaluateAll((lines) => lines.map((line) => Number(line.dataset.id)));
const verdict = (page) => page.locator('#notifications .verdict').innerText();

test('after a cut the page resumes without loss or duplicate', async () => {
  const page = await open(demo.url);
  const asked = [];
  page.on('request', (request) => {
    if (request.url() === `${demo.url}/notifications` && request.method() === 'GET') {
      asked.push(request.headers()['last-event-id']);
    }
  });
  await eventually(async () => (await ids(page)).length >= 2, 'notifications');

  for (let cut = 1; cut <= 2; cut += 1) {
    await page.locator('[data-action="cut"]').click();
    await hasState(page, '#notifications', 'connecting');
    // Published while the page is away.
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
  const notes = await page.locator('#notifications .note', { hasText: 'Resumed after' }).allTextContents();
  for (const [n, note] of notes.entries()) {
    const [, after, replayed] = note.match(/after (\d+): (\d+) missed/);
    assert.ok(all.includes(Number(after)));
    assert.ok(Number(replayed) >= 3, note);
    if (asked[n] !== undefined) assert.equal(asked[n], after);
  }
  await screenshot(page, 'notifications-resumed', { fullPage: true });
  assert.deepEqual(page.problems, []);
});

test('a notification by the button reaches every page', async () => {
  const [one, two] = [await open(demo.url), await open(demo.url)];
  for (const page of [one, two]) await hasState(page, '#notifications', 'open');
  await one.locator('[data-action="notify"]').click();
  for (const page of [one, two]) await hasLine(page, '#notifications', 'mention');
  for (const page of [one, two]) await hasLine(page, '#notifications', 'You pressed the button');
});
