// Checks the look of the page: nothing is empty, cut off, invisible or in the wrong colour.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasState, open, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

const VIEWS = [
  ['wide', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['wide-dark', { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' }],
  ['phone', { viewport: { width: 390, height: 844 }, colorScheme: 'light' }],
  ['phone-dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
];

test('the page says what it demonstrates, with links to the README and the crates', async () => {
  const page = await open(demo.url);
  assert.match(await page.locator('.masthead').innerText(), /demo of Server-Sent Events for Rust/);
  const links = await page.locator('.masthead a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  for (const name of ['', 'sse-proto/', 'sse-tower/', 'sse-conformance/']) {
    assert.ok(links.includes(`/source/${name}README.md`), name);
  }
});

for (const [name, options] of VIEWS) {
  test(`${name}: no box is empty on first view, and no row is cut`, async () => {
    const page = await open(demo.url, options);
    for (const card of ['#clock', '#chat', '#notifications']) await hasState(page, card, 'open');
    await page.frameLocator('#origins iframe').locator('tbody tr').nth(4).waitFor();
    for (const log of await page.locator('.log').all()) {
      assert.match(await log.innerText(), /\S.{20,}/s, await log.getAttribute('aria-label'));
    }
    assert.deepEqual(await cutRows(page), []);
    await screenshot(page, `first-view-${name}`);

    await page.locator('[data-action="start"]').click();
    await page.locator('[data-action="read"]').click();
    await hasLine(page, '#stop', 'tick 9');
    await hasLine(page, '#raw', 'id: 0');
    await eventually(async () => (await page.locator('#notifications .log li').count()) > 8, 'notifications');
    // The page scrolls to a new line in the next frame.
    await eventually(async () => (await cutRows(page)).join('\n') || true, 'no row is cut');
  });

  test(`${name}: disabled buttons can be read`, async () => {
    const page = await open(demo.url, options);
    const contrasts = await page.locator('button:disabled').evaluateAll((buttons) => {
      const luminance = (color) => {
        const channels = color.match(/[\d.]+/g).slice(0, 3).map((value) => value / 255);
        const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      return buttons.map((button) => {
        const { color, opacity, borderTopStyle } = getComputedStyle(button);
        const card = getComputedStyle(button.closest('.card')).backgroundColor;
        const [light, dark] = [luminance(color), luminance(card)].sort((a, b) => b - a);
        return { contrast: (light + 0.05) / (dark + 0.05), opacity, borderTopStyle };
      });
    });
    assert.equal(contrasts.length, 5);
    for (const { contrast, opacity, borderTopStyle } of contrasts) {
      assert.ok(contrast >= 4.5, `${contrast}`);
      assert.deepEqual([opacity, borderTopStyle], ['1', 'dashed']);
    }
  });

  test(`${name}: a source opens beside the page, and its lines fit`, async () => {
    const page = await open(demo.url, options);
    await hasState(page, '#clock', 'open');
    const link = page.locator('#notifications nav a').first();
    await link.click();
    const panel = page.locator('#source');
    await panel.locator('.code span').nth(100).waitFor();
    await screenshot(page, `source-${name}`);
    assert.equal(await panel.locator('h2').textContent(), 'notifications.rs');
    assert.match(await panel.locator('.code').innerText(), /several topics over one connection/);
    assert.ok(await fits(panel.locator('.code')));
    // The page is still there, and its streams are open.
    assert.equal(page.url(), `${demo.url}/`);
    await hasState(page, '#clock', 'open');
    if (options.viewport.width > 1000) {
      const [main, beside] = [await page.locator('main').boundingBox(), await panel.boundingBox()];
      assert.ok(main.x + main.width <= beside.x, 'the panel covers nothing');
    }
    await page.keyboard.press('Escape');
    assert.ok(await panel.isHidden());
    assert.ok(await link.evaluate((link) => link === document.activeElement));

    // A new tab shows the source as a page of its own.
    await page.goto(`${demo.url}/source/notifications.rs`);
    assert.ok(await fits(page.locator('html')));
    const size = await page.locator('.code').evaluate((code) => parseFloat(getComputedStyle(code).fontSize));
    assert.ok(size >= 12, `${size}`);
  });
}

test('a message about a failure is red, and one about its end is green', async () => {
  const page = await open(demo.url);
  const colors = async (text) => {
    const line = page.locator('#notifications .log li', { hasText: text }).first();
    await line.waitFor();
    return line.evaluate((line) => {
      const variable = (name) => {
        const probe = document.createElement('i');
        probe.style.color = `var(${name})`;
        line.append(probe);
        const { color } = getComputedStyle(probe);
        probe.remove();
        return color;
      };
      const { color } = getComputedStyle(line.querySelector('b'));
      return { isBad: color === variable('--bad'), isGood: color === variable('--open') };
    });
  };
  assert.deepEqual(await colors('91 % full'), { isBad: true, isGood: false });
  assert.deepEqual(await colors('fine again'), { isBad: false, isGood: true });
});

test('a command is copied by its button', async () => {
  const page = await open(demo.url, { permissions: ['clipboard-read', 'clipboard-write'] });
  const commands = await page.locator('.card > footer .command').all();
  assert.equal(commands.length, 8);
  for (const command of commands) {
    await command.getByRole('button').click();
    await command.getByText('Copied').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied, await command.locator('.curl').textContent());
    assert.match(copied, /^curl .*http/);
  }
});

// Returns the rows that the edge of their log cuts off.
function cutRows(page) {
  return page.locator('.log').evaluateAll((logs) => logs.flatMap((log) => {
    const box = log.getBoundingClientRect();
    return Array.from(log.children).filter((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      const isCutBy = (edge) => top < edge - 5 && bottom > edge + 5;
      return isCutBy(box.top) || isCutBy(box.bottom);
    }).map((row) => `${log.getAttribute('aria-label')}: ${row.textContent}`);
  }));
}

function fits(locator) {
  return locator.evaluate((element) => element.scrollWidth <= element.clientWidth);
}
