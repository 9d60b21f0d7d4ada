// The pages of `hub`: publishing and subscribing in a browser, with and without tokens, and the administration.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, open, screenshot, startHub } from './demo.js';

const hub = await startHub();
after(() => hub.stop());

const VIEWS = [
  ['wide', { viewport: { width: 1280, height: 800 }, colorScheme: 'light' }],
  ['phone-dark', { viewport: { width: 390, height: 844 }, colorScheme: 'dark' }],
];

async function subscribe(page, topics, types = '') {
  await page.getByLabel('Topics, separated by spaces').fill(topics);
  await page.getByLabel('Event types, separated by spaces').fill(types);
  await page.getByRole('button', { name: 'Subscribe' }).click();
}

async function publish(page, topic, type, data) {
  await page.getByLabel('Topic', { exact: true }).fill(topic);
  await page.getByLabel('Event type', { exact: true }).fill(type);
  await page.getByLabel('Data').fill(data);
  await page.getByRole('button', { name: 'Publish' }).click();
}

const isOpen = (page) => page.locator('.state[data-state="open"]').waitFor();
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

for (const [name, options] of VIEWS) {
  test(`${name}: an event is published and received, and administrators see the hub`, async () => {
    const page = await open(hub.url, options);
    await subscribe(page, `news-${name} orders/7`, 'paid');
    await isOpen(page);
    await publish(page, `news-${name}`, '', 'hello <b>from</b> the page');
    const events = page.locator('.events li');
    await events.filter({ hasText: 'hello <b>from</b> the page' }).waitFor();
    const headers = { 'Content-Type': 'application/json' };
    const body = JSON.stringify({ order: 7, note: 'a long text without spaces '.replaceAll(' ', '-').repeat(8) });
    await fetch(`${hub.url}/topics/orders/7?type=paid`, { method: 'POST', headers, body });
    await page.locator('.events li[data-type="paid"]', { hasText: '"order":7' }).waitFor();
    await page.getByText(/^Published with the ID /).waitFor();
    assert.ok(await fits(page));
    await screenshot(page, `hub-${name}`);

    const admin = await open(`${hub.url}/admin`, options);
    await admin.locator('#topics td', { hasText: `news-${name}` }).waitFor();
    await admin.locator('#subscribers td', { hasText: '127.0.0.1' }).first().waitFor();
    assert.equal(await admin.locator('[data-number="log"]').textContent(), 'healthy');
    assert.ok(await fits(admin));
    await screenshot(admin, `hub-admin-${name}`);
    assert.deepEqual([...page.problems, ...admin.problems], []);
  });
}

test('a refused stream and a refused event are explained', async () => {
  const page = await open(hub.url);
  await subscribe(page, 'x'.repeat(256));
  await page.getByText('invalid topic: its name has 256 bytes').waitFor();
  await publish(page, 'news', 'gap', 'x');
  await page.getByText('the server itself sends events of this type').waitFor();
});

test('a server with tokens asks for them', async () => {
  const tokens = ['reader-token-0000 subscribe:*', 'writer-token-0000 admin publish:*'];
  const guarded = await startHub(...tokens.flatMap((line) => ['--token', line]));
  after(() => guarded.stop());
  const page = await open(guarded.url);
  await subscribe(page, 'news');
  await page.getByText('a token is needed').waitFor();
  const enter = async (page, token) => {
    await page.getByLabel('Token').fill(token);
    await page.getByLabel('Token').blur();
  };
  await enter(page, 'reader-token-0000');
  await isOpen(page);
  await publish(page, 'news', '', 'x');
  await page.getByText('the token does not allow this').waitFor();

  const admin = await open(`${guarded.url}/admin`);
  await admin.getByText('a token is needed').waitFor();
  await screenshot(admin, 'hub-admin-without-token');
  await enter(admin, 'writer-token-0000');
  await eventually(async () => (await admin.locator('[data-number="subscriptions"]').textContent()) === '1', 'a count');
  assert.ok(await admin.locator('.problem').isHidden());
});
