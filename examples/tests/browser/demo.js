// What the tests share: the demo server, a browser, and screenshots of both at work.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach } from 'node:test';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const fromHere = (path) => fileURLToPath(new URL(path, import.meta.url));

const BINARY = process.env.DEMO_BINARY ?? fromHere('../../../target/debug/demo');
const ORIGINS_BINARY = join(dirname(BINARY), 'tls_origins');
const SCREENSHOTS = process.env.SCREENSHOTS ?? fromHere('../../../target/screenshots');

// Starts the demo; `{ url, other, port, otherPort, stop }` once it listens.
export async function startDemo(port = 0, otherPort = 0, ...options) {
  const { addresses, stop } = await start(
    BINARY,
    ['--port', port, '--second-port', otherPort, ...options],
    2,
  );
  const [url, other] = addresses;
  return { url, other, port: new URL(url).port, otherPort: new URL(other).port, stop };
}

// Starts the server of many names; `{ port, stop }` once it listens.
export async function startOrigins() {
  const { addresses, stop } = await start(ORIGINS_BINARY, ['127.0.0.1:0'], 1);
  return { port: new URL(addresses[0]).port, stop };
}

// Starts a program that prints so many addresses.
async function start(program, options, count) {
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = new Promise((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  let printed = '';
  const addresses = await Promise.race([
    exited.then((status) => assert.fail(`${program} exited with ${status}`)),
    new Promise((resolve) => {
      child.stdout.on('data', (text) => {
        printed += text;
        const found = printed.match(/https?:\/\/\S+(?=\/)/g) ?? [];
        if (found.length === count) resolve(found);
      });
    }),
  ]);
  return {
    addresses,
    // As a crash would, without a word to the clients.
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

const LAUNCH = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // Names of pages and servers that are all this machine.
    '--host-resolver-rules=MAP *.test 127.0.0.1',
  ],
};
const browser = await chromium.launch(LAUNCH);
after(() => browser.close());
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

// A page of a person of their own: own cookies, own connections. What goes wrong in it is kept in
// `page.problems`.
export async function open(url, options = {}) {
  return openIn(await browser.newContext(options), url);
}

// Runs `run` with a page of a browser of its own whose settings let the cookies of other sites come
// along, which those of a new profile do not.
export async function withForeignCookies(url, options, run) {
  const profile = await mkdtemp(join(tmpdir(), 'profile-'));
  const preferences = { profile: { cookie_controls_mode: 0, block_third_party_cookies: false } };
  await mkdir(join(profile, 'Default'));
  await writeFile(join(profile, 'Default', 'Preferences'), JSON.stringify(preferences));
  const context = await chromium.launchPersistentContext(profile, { ...LAUNCH, ...options });
  try {
    await run(await openIn(context, url));
  } finally {
    await context.close();
    // Its last process may still be writing.
    await rm(profile, { recursive: true, maxRetries: 10, retryDelay: 200 });
  }
}

async function openIn(context, url) {
  const page = await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') page.problems.push(message.text());
  });
  await page.goto(url);
  return page;
}

export async function screenshot(page, name) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  // A frame is painted once it was in view.
  const frame = page.locator('iframe');
  if (await frame.isVisible()) await frame.scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

// Asks until `question` answers true, or fails with its last answer.
export async function eventually(question, what, deadline = 15_000) {
  const end = Date.now() + deadline;
  let answer;
  while (Date.now() < end) {
    answer = await question();
    if (answer === true) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.fail(`${what}: not within ${deadline} ms; at last ${JSON.stringify(answer)}`);
}

// The server's count of open streams, by demonstration.
export async function openStreams(demo) {
  return (await (await fetch(`${demo.url}/streams`)).json()).open;
}

// The state a card shows.
export async function hasState(page, card, state) {
  await page.locator(`${card} .state[data-state="${state}"]`).waitFor();
}

// The reason that a card gives for having no connection.
export async function hasReason(page, card, text) {
  await page.locator(`${card} .reason`, { hasText: text }).waitFor();
}

// A line of a card's log, once it is there.
export async function hasLine(page, card, text) {
  await page.locator(`${card} .log li`, { hasText: text }).first().waitFor();
}
