import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasState, open, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

const value = async (page, card, name) => {
  const row = page.locator(`${card} dl div`).filter({ has: page.locator('dt', { hasText: new RegExp(`^${name}$`) }) });
  return (await row.count()) ? row.locator('dd').innerText() : undefined;
};

for (const [name, options] of [
  ['metrics-light', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['metrics-phone-dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
]) {
  test(`${name}: the page shows open streams, ends and durations, and moves`, async () => {
    const streams = await open(demo.url);
    for (const card of ['#clock', '#chat', '#notifications']) await hasState(streams, card, 'open');
    const page = await open(`${demo.url}/metrics.html`, options);
    await eventually(async () => (await value(page, '#traffic', 'Open now')) === '3', 'three open streams');
    assert.equal(await page.locator('#traffic .total').innerText(), '3');
    assert.match(await value(page, '#hubs', 'notifications: subscriptions'), /^1$/);
    const events = async () => Number((await value(page, '#traffic', 'Events')).split(' ').at(-1).replaceAll(',', ''));
    const before = await events();
    await eventually(async () => (await events()) > before + 1, 'events are counted while the streams run');

    const gone = async () => Number((await value(page, '#ends', 'client gone')) ?? 0);
    const ended = await gone();
    await streams.context().close();
    await eventually(async () => (await gone()) === ended + 3, 'three streams ended');
    await eventually(async () => (await value(page, '#traffic', 'Open now')) === '0', 'no open stream');
    assert.match(await page.locator('[data-value="mean"]').innerText(), /so far, open for .* on average/);
    await screenshot(page, name);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.equal(overflow, 0);
    assert.deepEqual(page.problems, []);
  });
}
