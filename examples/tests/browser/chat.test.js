import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasState, open, openAs, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

const listeners = (page) => page.locator('#chat [data-value="listeners"]').textContent();
const lines = (page) => page.locator('#chat .log li').allTextContents();

async function say(page, message) {
  await page.locator('#message').fill(message);
  await page.locator('#chat form button').click();
}

// Sends a message without a page.
function post(demo, message) {
  return fetch(`${demo.url}/chat`, { method: 'POST', body: new URLSearchParams({ message }) });
}

test('every open page shows every message, joining and leaving', async () => {
  const ada = await openAs('Ada', demo.url);
  await hasLine(ada, '#chat', 'You joined as Ada.');
  const grace = await openAs('Grace', demo.url);
  await hasLine(grace, '#chat', 'You joined as Grace.');
  await hasLine(ada, '#chat', 'Grace joined.');
  assert.deepEqual([await listeners(ada), await listeners(grace)], ['2', '2']);

  await say(ada, 'Hello, everyone');
  for (const page of [ada, grace]) await hasLine(page, '#chat', 'Ada Hello, everyone');
  assert.equal(await ada.locator('#message').inputValue(), '');
  await say(grace, 'Hello, Ada');
  for (const page of [ada, grace]) await hasLine(page, '#chat', 'Grace Hello, Ada');
  await screenshot(ada, 'chat');

  await grace.context().close();
  await hasLine(ada, '#chat', 'Grace left.');
  await eventually(async () => (await listeners(ada)) === '1', 'one listener');
  assert.deepEqual(ada.problems, []);
});

test('a new page gets the latest messages, and keeps its name when it is reloaded', async () => {
  const ours = await startDemo();
  try {
    for (let n = 1; n <= 60; n += 1) await post(ours, `message ${n}.`);
    const page = await open(ours.url);
    await hasLine(page, '#chat', 'You joined as');
    const name = await page.locator('#chat [data-value="name"]').textContent();
    const messages = (await lines(page)).filter((line) => line.includes('message'));
    // The two lines about curl come first, then the history, then the page itself.
    assert.deepEqual(
      messages.slice(2).map((line) => line.match(/message (\d+)\.$/)?.[1]),
      Array.from({ length: 50 }, (_, n) => String(n + 11)),
    );
    assert.match((await lines(page)).at(-1), /^You joined as/);
    await screenshot(page, 'chat-history');

    await page.reload();
    await hasLine(page, '#chat', `You joined as ${name}.`);
    assert.deepEqual(page.problems, []);
  } finally {
    await ours.stop();
  }
});

test('a page that reconnects gets only the messages that it has missed', async () => {
  const ours = await startDemo(0, 0, '--lifetime', 2);
  try {
    await post(ours, 'before the page');
    const page = await open(ours.url);
    await hasLine(page, '#chat', 'You joined as');
    for (let n = 1; n <= 2; n += 1) {
      await hasState(page, '#chat', 'connecting');
      await post(ours, `missed ${n}`);
      await hasState(page, '#chat', 'open');
      await hasLine(page, '#chat', `missed ${n}`);
    }
    const texts = (await lines(page)).filter((line) => /before|missed/.test(line));
    assert.deepEqual(texts.map((line) => line.replace(/^\S+ Passer-by /, '')), ['before the page', 'missed 1', 'missed 2']);
    assert.equal(await page.locator('#chat .log li', { hasText: 'You joined as' }).count(), 1);
    assert.deepEqual(page.problems, []);
  } finally {
    await ours.stop();
  }
});

test('markup in a message is text', async () => {
  const page = await open(demo.url);
  await hasState(page, '#chat', 'open');
  await say(page, '<img src=x onerror=document.title="taken">');
  await hasLine(page, '#chat', '<img src=x');
  assert.equal(await page.locator('#chat .log img').count(), 0);
  assert.equal(await page.title(), 'Server-Sent Events, live');
});

test('a message that is refused is explained and kept in the form', async () => {
  const page = await open(demo.url);
  await hasLine(page, '#chat', 'You joined as');
  await page.locator('#message').evaluate((input) => input.removeAttribute('maxlength'));
  await say(page, 'x'.repeat(281));
  const problem = page.locator('#chat .problem');
  await eventually(
    async () => (await problem.textContent()) === 'Not sent: the message has 281 characters; at most 280 are allowed',
    'the problem',
  );
  assert.equal((await page.locator('#message').inputValue()).length, 281);
});
