import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasState, open, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

const DESKTOP = { width: 1280, height: 900 };
const TABLET = { width: 820, height: 1100 };
const PHONE = { width: 390, height: 844 };

for (const [name, viewport, colorScheme] of [
  ['desktop-light', DESKTOP, 'light'],
  ['desktop-dark', DESKTOP, 'dark'],
  ['tablet-light', TABLET, 'light'],
  ['phone-light', PHONE, 'light'],
  ['phone-dark', PHONE, 'dark'],
]) {
  test(`${name}: everything is open, nothing overflows, nothing fails`, async () => {
    const page = await open(demo.url, { viewport, colorScheme });
    await page.locator('[data-action="start"]').click();
    for (const card of ['#clock', '#chat', '#notifications', '#stop']) await hasState(page, card, 'open');
    await page.locator('#message').fill('Hello from the tests');
    await page.locator('#chat form button').click();
    await page.locator('[data-action="read"]').click();
    await page.locator('[data-action="same-site"]').click();
    await page.frameLocator('#origins iframe').locator('body[data-done]').waitFor();
    await hasLine(page, '#raw', 'data: a message');
    await hasLine(page, '#stop', 'tick 3');
    await eventually(async () => (await page.locator('#notifications .log li[data-id]').count()) >= 3, 'notifications');
    await screenshot(page, name);

    for (const frame of page.frames()) {
      const overflow = await frame.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.equal(overflow, 0, frame.url());
    }
    const failures = page.problems.filter((problem) => !/CORS|ERR_FAILED/.test(problem));
    assert.deepEqual(failures, []);
  });
}

test('cards keep their size while events come', async () => {
  const page = await open(demo.url, { viewport: DESKTOP });
  const boxes = () => page.locator('.card').evaluateAll((cards) =>
    cards.map((card) => ({ top: card.offsetTop, height: card.offsetHeight })));
  for (const card of ['#clock', '#chat', '#notifications']) await hasState(page, card, 'open');
  await eventually(async () => (await page.locator('.reason:visible').count()) === 0, 'no reason');
  await page.frameLocator('#origins iframe').locator('tbody tr').nth(4).waitFor();
  await eventually(async () => page.locator('iframe').evaluate((frame) => frame.style.height !== ''), 'the height');
  const before = await boxes();
  await page.locator('[data-action="start"]').click();
  await page.locator('[data-action="read"]').click();
  await hasLine(page, '#stop', 'tick 8');
  assert.deepEqual(await boxes(), before);
});

test('the commands and the sources on the page work', async () => {
  const page = await open(demo.url);
  const commands = await page.locator('.curl').allTextContents();
  assert.equal(commands.length, 8);
  assert.ok(commands.every((command) => command.includes(demo.url)), commands.join('\n'));
  assert.equal((await fetch(`${demo.url}${await page.getByText('All metrics').getAttribute('href')}`)).status, 200);
  const links = await page.locator('a[href^="/source/"]').all();
  assert.equal(links.length, 26);
  for (const link of links) {
    const path = await link.getAttribute('href');
    const response = await fetch(`${demo.url}${path}`);
    assert.equal(response.status, 200, path);
    assert.match(await response.text(), path.endsWith('.md') ? /<span># / : /<span class=comment>\/[/!]/, path);
  }
  assert.equal((await fetch(`${demo.url}/source/Cargo.toml`)).status, 404);
});

for (const withClipboard of [true, false]) {
  test(`every command is copied by its button, ${withClipboard ? 'with' : 'without'} the clipboard's interface`, async () => {
    const permissions = ['clipboard-read', 'clipboard-write'];
    const page = await open('about:blank', { permissions });
    if (!withClipboard) {
      // As on a page without a secure context, for example at an address in the local network.
      await page.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    }
    await page.goto(demo.url);
    const commands = page.locator('.command');
    await eventually(async () => (await commands.count()) === 9, 'nine commands');
    assert.equal(await page.locator('code:has-text("curl"):not(.command code)').count(), 0, 'all have a button');
    for (const command of await commands.all()) {
      const text = await command.locator('code').textContent();
      assert.ok(text.startsWith('curl ') && text.includes(demo.url), text);
      await command.getByRole('button', { name: `Copy: ${text}` }).click();
      await command.locator('button', { hasText: 'Copied' }).waitFor();
      if (withClipboard) assert.equal(await page.evaluate(() => navigator.clipboard.readText()), text);
      assert.equal(await page.evaluate(() => getSelection().toString()), text);
    }
    assert.deepEqual(page.problems, []);
  });
}
