// The chat `llm`: an answer survives a reload, two tabs follow it, and Stop ends it in both.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { eventually, open, screenshot, startLlm } from './demo.js';

const llm = await startLlm(0, '--pause', 12);
after(() => llm.stop());

const VIEWS = [
  ['wide', 'fetch', { viewport: { width: 1280, height: 900 }, colorScheme: 'light' }],
  ['phone-dark', 'EventSource', { viewport: { width: 360, height: 740 }, colorScheme: 'dark' }],
];
const LAST_WORDS = 'Nobody has to wait for a token that never comes.';

const turn = (page, number = 0) => page.locator('.turn').nth(number);
const state = (page, name, number = 0) => page.locator(`.turn[data-state="${name}"]`).nth(number).waitFor();
const says = (page, text) => page.locator('.answer', { hasText: text }).last().waitFor();
const fits = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

async function ask(page, question) {
  await page.getByLabel('Your question').fill(question);
  await page.keyboard.press('Enter');
}

// Returns the answers that the server has for the user of this page.
const listed = (page) => page.evaluate(async () => (await (await fetch('/answers')).json()).answers);

for (const [name, way, options] of VIEWS) {
  test(`${name}, ${way}: an answer goes on after a reload, and was generated once`, async () => {
    const page = await open(llm.url, options);
    await page.getByLabel(way).check();
    await ask(page, `Why is the sky blue? (${name})`);
    await says(page, 'I say the same');
    const before = await turn(page).locator('.answer').textContent();
    await page.reload();
    assert.ok(await page.getByLabel(way).isChecked());
    await says(page, before);
    assert.equal(await turn(page).getAttribute('data-state'), 'answering');
    assert.equal(await turn(page).locator('.answer').getAttribute('aria-busy'), 'true');
    assert.ok(await page.getByRole('button', { name: 'Ask' }).isDisabled());
    await screenshot(page, `llm-answering-${name}`);
    await state(page, 'end');
    const answer = await turn(page).locator('.answer').textContent();
    assert.ok(answer.startsWith(`You ask: “Why is the sky blue? (${name})”`), answer);
    assert.ok(answer.endsWith(LAST_WORDS), answer);
    assert.equal(answer.split('You ask').length, 2);
    assert.equal((await listed(page)).length, 1);
    assert.ok(await fits(page));
    await screenshot(page, `llm-end-${name}`);
    assert.deepEqual(page.problems, []);
  });

  test(`${name}, ${way}: two tabs follow one answer, and Stop says in both what it did`, async () => {
    const page = await open(llm.url, options);
    await page.getByLabel(way).check();
    const tab = await page.context().newPage();
    await tab.goto(llm.url);
    await ask(page, 'Are you there?');
    await says(page, 'I say the same');
    // The tab was open before the question.
    await says(tab, 'I say the same');
    await page.getByRole('button', { name: 'Stop' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('You have stopped this answer: the server closes its request to the model').waitFor();
    await tab.getByText('This answer was stopped in another tab').waitFor();
    const texts = await Promise.all([page, tab].map((one) => turn(one).locator('.answer').textContent()));
    assert.equal(texts[0], texts[1]);
    assert.ok(texts[0].length > 0 && !texts[0].includes(LAST_WORDS));
    assert.deepEqual((await listed(tab)).map(({ seal }) => seal), ['stopped']);
    // The keyboard goes on at the question.
    assert.ok(await page.getByLabel('Your question').evaluate((input) => input === document.activeElement));
    assert.ok(await page.getByRole('button', { name: 'Stop' }).isHidden());
    await screenshot(page, `llm-stopped-${name}`);
    assert.deepEqual(page.problems, []);
  });
}

test('a failure is explained, markup is text, and the next question is asked', async () => {
  const page = await open(llm.url);
  await ask(page, 'Please fail: <img src=x onerror=document.title="taken">');
  await state(page, 'failed');
  await page.getByText('Failed: The local model has failed, since the question says “fail”.').waitFor();
  assert.match(await turn(page).locator('.answer').textContent(), /<img src=x/);
  assert.equal(await page.locator('.turn img').count(), 0);
  assert.equal(await page.title(), 'Answers that survive a reload');
  await ask(page, 'And now?');
  await state(page, 'answering');
  assert.equal(await turn(page, 1).locator('.question').textContent(), 'And now?');
  assert.ok(await fits(page));
  await screenshot(page, 'llm-failed');
});

test('the way is changed in the middle, and the answer is whole', async () => {
  const page = await open(llm.url);
  await ask(page, 'Which way?');
  await says(page, 'I say the same');
  await page.getByLabel('EventSource').check();
  await says(page, 'at the pace of one that thinks');
  await page.getByLabel('fetch', { exact: true }).check();
  await state(page, 'end');
  const answer = await turn(page).locator('.answer').textContent();
  assert.ok(answer.startsWith('You ask: “Which way?”') && answer.endsWith(LAST_WORDS), answer);
  assert.equal(answer.split('You ask').length, 2);
});

test('a stream that ends early is resumed, and a question that is too long is refused', async () => {
  const ours = await startLlm(0, '--pause', 12, '--lifetime', 1);
  after(() => ours.stop());
  const page = await open(ours.url);
  await ask(page, 'Still there?');
  await state(page, 'end');
  const answer = await turn(page).locator('.answer').textContent();
  assert.ok(answer.endsWith(LAST_WORDS), answer);
  assert.equal(answer.split('You ask').length, 2);
  await page.evaluate(() => document.querySelector('#question').removeAttribute('maxlength'));
  await ask(page, 'x'.repeat(300_000));
  await page.getByText('Not sent: ').waitFor();
  assert.equal((await page.getByLabel('Your question').inputValue()).length, 300_000);
  await eventually(async () => (await page.locator('.turn').count()) === 1, 'one answer');
});
