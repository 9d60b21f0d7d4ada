import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, open, openStreams, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

async function outcomes(frame) {
  await frame.locator('body[data-done]').waitFor();
  return frame.locator('tbody tr').evaluateAll((rows) =>
    rows.map((row) => {
      const [stream, credentials, , result] = Array.from(row.cells, (cell) => cell.textContent);
      return [stream, credentials, result];
    }));
}

// Returns the expectation of each row, and whether the result meets it.
async function expectations(frame) {
  return frame.locator('tbody tr').evaluateAll((rows) =>
    rows.map((row) => [row.cells[2].firstChild.textContent, row.dataset.asExpected]));
}

for (const host of ['127.0.0.1', 'localhost']) {
  test(`${host}: cookies arrive where policy and site allow them, and refusals are in the console`, async () => {
    const page = await open(`http://${host}:${demo.port}`);
    const cookie = await page.locator('#origins [data-value="cookie"]').textContent();
    const frame = page.frameLocator('#origins iframe');

    // Before the first request, each row says what it should show and why.
    await frame.locator('tbody tr').nth(4).waitFor();
    for (const row of await frame.locator('tbody tr').all()) {
      assert.match(await row.locator('td').nth(2).innerText(), /^(read|refused).*\.\s+[A-Z].{30,}/s);
      assert.equal(await row.locator('td').nth(3).innerText(), '–');
    }
    assert.equal((await openStreams(demo)).origins ?? 0, 0);

    await page.locator('[data-action="same-site"]').click();
    assert.deepEqual(await outcomes(frame), [
      ['/origins/any', 'no', 'read, no cookie'],
      ['/origins/any', 'yes', 'refused'],
      ['/origins/listed', 'no', 'read, no cookie'],
      ['/origins/listed', 'yes', `read, ${cookie}`],
      ['/origins/closed', 'no', 'refused'],
    ]);
    assert.equal(await frame.locator('[data-value="sites"]').textContent(), 'one site');
    assert.deepEqual(await expectations(frame), [
      ['read, no cookie.', 'yes'],
      ['refused.', 'yes'],
      ['read, no cookie.', 'yes'],
      ['read, with the cookie.', 'yes'],
      ['refused.', 'yes'],
    ]);
    refusals(page, `http://${host}:${demo.otherPort}`);
    await screenshot(page, `origins-same-site-${host}`);

    page.problems = [];
    const elsewhere = host === 'localhost' ? '127.0.0.1' : 'localhost';
    await page.locator('[data-action="cross-site"]').click();
    await frame.locator('[data-value="sites"]', { hasText: 'two sites' }).waitFor();
    assert.deepEqual(await outcomes(frame), [
      ['/origins/any', 'no', 'read, no cookie'],
      ['/origins/any', 'yes', 'refused'],
      ['/origins/listed', 'no', 'read, no cookie'],
      ['/origins/listed', 'yes', 'read, no cookie'],
      ['/origins/closed', 'no', 'refused'],
    ]);
    assert.deepEqual((await expectations(frame)).map(([should]) => should), [
      'read, no cookie.', 'refused.', 'read, no cookie.', 'read, no cookie.', 'refused.',
    ]);
    assert.equal(await frame.locator('tr[data-as-expected="yes"]').count(), 5);
    refusals(page, `http://${elsewhere}:${demo.otherPort}`);
    await screenshot(page, `origins-cross-site-${host}`);

    await eventually(async () => (await openStreams(demo)).origins === 0, 'no stream');
  });
}

// Checks that the console names the page's origin, the stream and the reason, once for each refusal.
function refusals(page, origin) {
  const blocked = page.problems.filter((problem) => problem.includes('blocked by CORS policy'));
  assert.equal(blocked.length, 2, page.problems.join('\n'));
  const [any, closed] = blocked;
  assert.ok(blocked.every((problem) => problem.includes(`from origin '${origin}'`)), any);
  assert.match(any, /\/origins\/any'.*must not be the wildcard '\*'/s);
  assert.match(closed, /\/origins\/closed'.*No 'Access-Control-Allow-Origin' header/s);
}

test('the page of the other origin also works on its own', async () => {
  const page = await open(demo.other);
  const rows = await outcomes(page);
  assert.equal(rows.length, 5);
  await screenshot(page, 'other-origin');
});
