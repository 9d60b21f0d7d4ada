import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasReason, hasState, open, openStreams, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

test('the clock ticks every second, with its connection beside it', async () => {
  const page = await open(demo.url);
  const value = (name) => page.locator(`#clock [data-value="${name}"]`).textContent();
  await hasState(page, '#clock', 'open');
  await eventually(async () => /^\d{10}$/.test(await value('last-event-id')), 'an id');

  const [time, id] = [await page.locator('#clock time').textContent(), await value('last-event-id')];
  assert.match(time, /^\d\d:\d\d:\d\d$/);
  assert.equal(await value('reconnection-time'), '2 s');
  assert.equal(await value('connections'), '1');
  await eventually(async () => Number(await value('last-event-id')) >= Number(id) + 2, 'two ticks');
  assert.notEqual(await page.locator('#clock time').textContent(), time);
});

test('the count of open streams follows the pages, down to zero', async () => {
  const count = (page, name) => page.locator(`#streams [data-count="${name}"]`).textContent();

  const first = await open(demo.url);
  await eventually(async () => (await count(first, 'chat')) === '1', 'one page');
  const second = await open(demo.url);
  await eventually(async () => (await count(first, 'chat')) === '2', 'two pages');
  await eventually(async () => (await first.locator('#streams .total').textContent()) === '6', 'three each');

  await second.context().close();
  await eventually(async () => (await count(first, 'chat')) === '1', 'one page again');
  await first.context().close();
  await eventually(async () => {
    const counts = await openStreams(demo);
    return Object.values(counts).every((count) => count === 0) || counts;
  }, 'no stream');
});

test('tabs of one browser share its six connections, and waiting cards say why', async () => {
  const first = await open(demo.url);
  await hasState(first, '#notifications', 'open');
  const second = await first.context().newPage();
  await second.goto(demo.url);
  for (const card of ['#chat', '#clock']) await hasState(second, card, 'open');
  await hasState(second, '#notifications', 'waiting');
  await hasReason(second, '#notifications', 'Close another tab of this page');
  await screenshot(second, 'second-tab');

  // The sixth connection is free for a form.
  for (const page of [first, second]) {
    await page.locator('#message').fill('Is there room?');
    await page.locator('#chat form button').click();
    await eventually(async () => (await page.locator('#message').inputValue()) === '', 'sent');
  }
  await hasLine(second, '#chat', 'Is there room?');

  await first.close();
  await hasState(second, '#notifications', 'open');
  assert.ok(await second.locator('#notifications .reason').isHidden());
});
