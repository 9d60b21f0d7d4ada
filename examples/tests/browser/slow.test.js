import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasState, open, openStreams, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

const last = (page) => page.locator('#slow [data-value="last"]').textContent().then(Number);
const lines = (page) => page.locator('#slow .log li').allTextContents();

test('a tab that stops reading gets a gap, says what it means, and catches up', async () => {
  const page = await open(demo.url);
  await page.locator('[data-action="open"]').click();
  await hasState(page, '#slow', 'open');
  await eventually(async () => (await last(page)) >= 20, 'events');

  await page.locator('[data-action="pause"]').click();
  await page.locator('#slow .scale[data-is-behind="true"]').waitFor();
  assert.match(
    await page.locator('#slow .caption').textContent(),
    /^The log has events \d+ to \d+\. The server has sent this tab all up to \d+, so \d+ events? (is|are) lost for it\.$/,
  );
  await screenshot(page, 'slow-behind');

  await page.locator('[data-action="pause"]').click();
  await hasLine(page, '#slow', 'Caught up with event');
  const text = (await lines(page)).join('\n');
  const [, first, end] = text.match(/Events (\d+) to (\d+) were in the buffers of the connection\./);
  const [, next, lost] = text.match(/Goes on with event (\d+): (\d+) are lost for this tab\./);
  const [, caughtUp] = text.match(/Caught up with event (\d+)\./);
  assert.match(text, /A gap \(slow\): this page did not read for longer than the log of the server reaches back\./);
  const gap = JSON.parse(text.match(/event: gap\ndata: (.*)/)[1]);
  assert.equal(gap.reason, 'slow');
  assert.ok(Number(first) < Number(end));
  assert.equal(Number(next), Number(end) + Number(lost) + 1);
  // After the gap event come all events that the log had.
  assert.equal(Number(caughtUp) - Number(next), 39);

  // It is live again.
  await eventually(async () => (await last(page)) > Number(caughtUp) + 20, 'further events');
  await page.locator('#slow .scale[data-is-behind="false"]').waitFor();
  for (const [name, width, colorScheme] of [
    ['wide', 1280, 'light'], ['wide-dark', 1280, 'dark'], ['phone', 390, 'light'], ['phone-dark', 390, 'dark'],
  ]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    await screenshot(page, `slow-${name}`);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 0, name);
  }
  assert.deepEqual(page.problems, []);
});

test('a tab can close its stream while it does not read', async () => {
  const page = await open(demo.url);
  await page.locator('[data-action="open"]').click();
  await eventually(async () => (await last(page)) > 0, 'events');
  await page.locator('[data-action="pause"]').click();
  await page.locator('[data-action="leave"]').click();
  await hasState(page, '#slow', 'closed');
  await eventually(async () => (await openStreams(demo)).readings === 0, 'no stream');

  // The next stream begins with new events, and has no gap.
  await page.locator('[data-action="open"]').click();
  const before = await last(page);
  await eventually(async () => (await last(page)) > before + 10, 'events');
  assert.doesNotMatch((await lines(page)).join('\n'), /gap/);
  assert.deepEqual(page.problems, []);
});
