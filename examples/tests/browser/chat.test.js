import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, hasLine, hasState, open, screenshot, startDemo } from './demo.js';

const demo = await startDemo();
after(() => demo.stop());

const listeners = (page) => page.locator('#chat [data-value="listeners"]').textContent();
const name = (page) => page.locator('#chat [data-value="name"]').textContent();

async function say(page, message) {
  await page.locator('#message').fill(message);
  await page.locator('#chat form button').click();
}

test('every open page shows every message, joining and leaving', async () => {
  const ada = await open(demo.url);
  await hasLine(ada, '#chat', 'You joined as');
  const grace = await open(demo.url);
  await hasLine(grace, '#chat', 'You joined as');

  const [adasName, gracesName] = [await name(ada), await name(grace)];
  assert.notEqual(adasName, gracesName);
  await hasLine(ada, '#chat', `${gracesName} joined.`);
  assert.deepEqual([await listeners(ada), await listeners(grace)], ['2', '2']);

  await say(ada, 'Hello, everyone');
  for (const page of [ada, grace]) await hasLine(page, '#chat', `${adasName} Hello, everyone`);
  assert.equal(await ada.locator('#message').inputValue(), '');
  await say(grace, 'Hello, Ada');
  for (const page of [ada, grace]) await hasLine(page, '#chat', `${gracesName} Hello, Ada`);
  await screenshot(ada, 'chat');

  await grace.context().close();
  await hasLine(ada, '#chat', `${gracesName} left.`);
  await eventually(async () => (await listeners(ada)) === '1', 'one listener');
  assert.deepEqual(ada.problems, []);
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
