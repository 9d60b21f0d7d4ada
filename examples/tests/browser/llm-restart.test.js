// The server of the chat `llm` is killed in the middle of an answer, and started again.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { open, screenshot, startLlm, startRedis } from './demo.js';

const state = (page, name) => page.locator(`.turn[data-state="${name}"]`).first().waitFor();

async function ask(page, question) {
  await page.getByLabel('Your question').fill(question);
  await page.getByRole('button', { name: 'Ask' }).click();
}

test('with Redis, the answer is interrupted, and a question that was not answered is sent again', async () => {
  const redis = await startRedis();
  after(() => redis.stop());
  const options = ['--pause', 100, '--redis', redis.url];
  const first = await startLlm(0, ...options);
  const page = await open(first.url);
  const native = await page.context().newPage();
  await native.goto(first.url);
  await native.getByLabel('EventSource').check();
  const other = await open(first.url);
  await ask(page, 'Will you survive?');
  for (const one of [page, native]) await one.locator('.answer', { hasText: 'You ask: “Will' }).waitFor();
  await first.stop();
  for (const one of [page, native]) await state(one, 'lost');
  // Nobody answers this POST yet.
  await ask(other, 'Does anybody hear me?');
  await state(other, 'asking');

  const second = await startLlm(first.port, ...options);
  after(() => second.stop());
  await state(other, 'answering');
  // The lease of the dead server has 15 seconds.
  for (const one of [page, native]) {
    await one.getByText('Interrupted: the server that asked the model has ended.').waitFor({ timeout: 25_000 });
    assert.match(await one.locator('.answer').textContent(), /^You ask: “Will/);
    assert.equal(await one.locator('.turn').count(), 1);
  }
  await screenshot(page, 'llm-interrupted');
  const { answers } = await other.evaluate(async () => (await fetch('/answers')).json());
  assert.equal(answers.length, 1);
});

test('without Redis, the answer is gone', async () => {
  const first = await startLlm();
  const page = await open(first.url);
  await ask(page, 'Will you survive?');
  await page.locator('.answer', { hasText: 'You ask' }).waitFor();
  await first.stop();
  await state(page, 'lost');
  const second = await startLlm(first.port);
  after(() => second.stop());
  await page.getByText('The server no longer has this answer').waitFor();
  assert.match(await page.locator('.answer').textContent(), /^You ask/);
});
