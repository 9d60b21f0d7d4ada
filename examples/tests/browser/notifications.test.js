import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasState, open, openStreams, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

const events = (page) => page.locator('#notifications .log li[data-id]').evaluateAll((lines) => lines.map((line) => ({ ...line.dataset })));
const verdict = (page) => page.locator('#notifications .verdict').innerText();

// Opens the page, and records the requests for its notifications.
async function watch() {
  const page = await open('about:blank');
  const connections = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.pathname === '/notifications' && request.method() === 'GET') {
      connections.push(request.allHeaders().then((headers) => ({ query: url.searchParams, headers })));
    }
  });
  await page.goto(demo.url);
  return { page, connections };
}

// Checks that the numbers of each topic have no hole.
function areDense(events) {
  for (const topic of new Set(events.map((event) => event.topic))) {
    const numbers = events.filter((event) => event.topic === topic).map((event) => Number(event.number));
    assert.deepEqual(numbers, numbers.map((_, n) => numbers[0] + n), topic);
  }
}

test('after a cut the page resumes without loss or duplicate', async () => {
  const { page, connections } = await watch();
  await eventually(async () => (await events(page)).length >= 2, 'notifications');

  for (let cut = 1; cut <= 2; cut += 1) {
    await page.locator('[data-action="cut"]').click();
    await hasState(page, '#notifications', 'connecting');
    // These are published while the page is disconnected.
    for (let n = 0; n < 3; n += 1) {
      await fetch(`${demo.url}/notifications`, { method: 'POST' });
    }
    await eventually(async () => (await page.locator('.note', { hasText: 'Connected again' }).count()) === cut, 'resumed');
    const seen = (await events(page)).length;
    await eventually(async () => (await events(page)).length >= seen + 2, 'live');
  }

  const all = await events(page);
  areDense(all);
  assert.equal(all.filter(({ topic }) => topic === 'mentions').length >= 6, true);
  assert.match(await verdict(page), /^\d+ received, 0 lost, 0 duplicated$/);
  // The browser has sent the ID of an event, and all later ones follow in the log.
  const asked = (await Promise.all(connections)).map(({ headers }) => headers['last-event-id']);
  const ids = all.map(({ id }) => id);
  assert.equal(asked.length, 3);
  assert.equal(asked[0], undefined);
  for (const id of asked.slice(1)) assert.ok(ids.includes(id), id);
  assert.equal(new Set(ids).size, ids.length);
  await screenshot(page, 'notifications-resumed');
  assert.deepEqual(page.problems, []);
});

test('several topics share one connection, and other ones go on where it ended', async () => {
  const { page, connections } = await watch();
  const connection = () => page.locator('#notifications [data-value="connection"]').textContent();
  const topics = async () => new Set((await events(page)).map(({ topic }) => topic));
  await eventually(async () => (await topics()).size === 3, 'three topics');
  assert.equal(connections.length, 1);
  assert.equal((await openStreams(demo)).notifications, 1);
  assert.equal(await connection(), '/notifications?topic=builds&topic=mentions&topic=alerts');

  const before = (await events(page)).length;
  await page.locator('[name="topic"][value="builds"]').uncheck();
  await eventually(async () => (await events(page)).length >= before + 4, 'further notifications');
  const all = await events(page);
  const [, second] = await Promise.all(connections);
  assert.deepEqual(second.query.getAll('topic'), ['mentions', 'alerts']);
  const change = all.findIndex(({ id }) => id === second.query.get('lastEventId'));
  assert.ok(change >= before - 1);
  assert.deepEqual(all.slice(change + 1).filter(({ topic }) => topic === 'builds'), []);
  areDense(all);
  assert.equal(await connection(), '/notifications?topic=mentions&topic=alerts');
  assert.equal((await openStreams(demo)).notifications, 1);

  // When a topic is chosen again, the page does not count the events in between as lost.
  await page.locator('[name="topic"][value="builds"]').check();
  await eventually(async () => (await events(page)).slice(change + 1).some(({ topic }) => topic === 'builds'), 'a build');
  assert.match(await verdict(page), /^\d+ received, 0 lost, 0 duplicated$/);

  for (const box of await page.locator('[name="topic"]').all()) await box.uncheck();
  await hasState(page, '#notifications', 'closed');
  await eventually(async () => (await openStreams(demo)).notifications === 0, 'no stream');
  assert.deepEqual(page.problems, []);
});

test('a notification by the button reaches every page', async () => {
  const [one, two] = [await open(demo.url), await open(demo.url)];
  for (const page of [one, two]) await hasState(page, '#notifications', 'open');
  await one.locator('[data-action="notify"]').click();
  for (const page of [one, two]) await hasLine(page, '#notifications', 'mention');
  for (const page of [one, two]) await hasLine(page, '#notifications', 'You pressed the button');
});
