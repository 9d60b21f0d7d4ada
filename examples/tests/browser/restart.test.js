import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasReason, hasState, open, screenshot, startDemo } from './demo.js';

let demo = await startDemo();
after(() => demo.stop());

const CARDS = ['#clock', '#chat', '#notifications', '#stop'];
const GAP = 'A gap (epoch): the server was started again, and its log is a new one.';

test('after a server is killed and started again, its pages reconnect', async () => {
  const page = await open(demo.url);
  const other = await open(demo.url);
  await page.locator('[data-action="start"]').click();
  for (const card of CARDS) await hasState(page, card, 'open');
  for (const one of [page, other]) await one.locator('#notifications .log li[data-id]').first().waitFor();

  await demo.stop();
  for (const card of CARDS) await hasState(page, card, 'connecting');
  assert.equal(await page.locator('#streams .total').textContent(), '–');
  for (const card of CARDS) await hasReason(page, card, 'The server does not answer.');
  await hasReason(page, '#streams', 'over the connection of the clock');
  await page.locator('[data-action="read"]').click();
  await hasReason(page, '#raw', 'The server does not answer.');
  await page.locator('[data-action="same-site"]').click();
  await hasReason(page, '#origins', `The second server, ${demo.other}, does not answer.`);
  await page.locator('#clock nav a').first().click();
  await page.locator('#source', { hasText: 'The server does not answer' }).waitFor();
  await page.keyboard.press('Escape');
  await page.locator('#message').fill('Is anyone there?');
  await page.locator('#chat form button').click();
  await eventually(
    async () => (await page.locator('#chat .problem').textContent()) === 'Not sent: the server does not answer.',
    'the problem',
  );
  await screenshot(page, 'server-gone');

  demo = await startDemo(demo.port, demo.otherPort);
  for (const card of CARDS) {
    await hasState(page, card, 'open');
    assert.ok(await page.locator(`${card} .reason`).isHidden(), card);
  }
  await page.locator('#streams .reason').waitFor({ state: 'hidden' });
  assert.equal(await page.locator('#clock [data-value="connections"]').textContent(), '2');
  // The new server does not have the events of the old one, and says so with a gap event. Then it goes on.
  for (const one of [page, other]) {
    await hasLine(one, '#notifications', GAP);
    await hasLine(one, '#chat', GAP);
    await one.locator('#notifications .note', { hasText: GAP }).locator('~ li[data-id]').nth(1).waitFor();
    assert.match(await one.locator('#notifications .verdict').innerText(), /0 lost, 0 duplicated$/);
  }
  await page.locator('#chat form button').click();
  for (const one of [page, other]) await hasLine(one, '#chat', 'Is anyone there?');
  await screenshot(page, 'server-restarted');
});
