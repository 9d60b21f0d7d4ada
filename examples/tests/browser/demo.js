// Code that the tests share: starts the demo server and a browser, and takes screenshots.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach } from 'node:test';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

const fromHere = (path) => fileURLToPath(new URL(path, import.meta.url));

const BINARY = process.env.DEMO_BINARY ?? fromHere('../../../target/debug/demo');
const ORIGINS_BINARY = join(dirname(BINARY), 'tls_origins');
const HUB_BINARY = join(dirname(BINARY), 'hub');
const LLM_BINARY = join(dirname(BINARY), 'llm');
const SCREENSHOTS = process.env.SCREENSHOTS ?? fromHere('../../../target/screenshots');

// Starts the demo. Returns `{ url, other, port, otherPort, stop }` once it listens.
export async function startDemo(port = 0, otherPort = 0, ...options) {
  const { addresses, stop } = await start(
    BINARY,
    ['--port', port, '--second-port', otherPort, ...options],
    2,
  );
  const [url, other] = addresses;
  return { url, other, port: new URL(url).port, otherPort: new URL(other).port, stop };
}

// Starts `tls_origins`. Returns `{ port, stop }` once it listens.
export async function startOrigins() {
  const { addresses, stop } = await start(ORIGINS_BINARY, ['127.0.0.1:0'], 1);
  return { port: new URL(addresses[0]).port, stop };
}

// Starts `hub`. Returns `{ url, stop }` once it listens.
export async function startHub(...options) {
  const { addresses, stop } = await start(HUB_BINARY, ['--port', '0', ...options], 1);
  return { url: addresses[0], stop };
}

// Starts `llm`. Returns `{ url, port, stop }` once it listens.
export async function startLlm(port = 0, ...options) {
  const { addresses, stop } = await start(LLM_BINARY, ['--port', port, ...options], 1);
  return { url: addresses[0], port: new URL(addresses[0]).port, stop };
}

// Starts a Redis server that saves nothing. Returns `{ url, stop }` once it answers.
export async function startRedis() {
  // Debian's package `redis-tools` has the server under the name of a tool.
  const programs = [process.env.REDIS_SERVER, '/usr/bin/redis-server', '/usr/bin/redis-check-rdb'];
  const program = programs.find((path) => path && existsSync(path));
  assert.ok(program, 'redis-server is missing: install it, or name it in REDIS_SERVER');
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'redis-'));
  const options = ['--port', port, '--bind', '127.0.0.1', '--save', '', '--dir', folder, '--loglevel', 'warning'];
  const child = spawn(program, options, { argv0: 'redis-server', stdio: 'ignore' });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  await eventually(() => answers(port), 'Redis');
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGKILL');
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

// Returns a port that was free a moment ago: Redis cannot choose one itself.
function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('error', () => resolve(false));
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().startsWith('+PONG'));
    });
  });
}

// Starts a program that prints `count` addresses.
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
    // As in a crash, without an end of the streams.
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
    // These host names all lead to this machine.
    '--host-resolver-rules=MAP *.test 127.0.0.1',
  ],
};
const browser = await chromium.launch(LAUNCH);
after(() => browser.close());
afterEach(() => Promise.all(browser.contexts().map((context) => context.close())));

// Opens a page in a browser profile of its own, with its own cookies and connections. Errors of the page are
// collected in `page.problems`.
export async function open(url, options = {}) {
  return openIn(await browser.newContext(options), url);
}

// Does the same for a page with this name in the chat.
export async function openAs(name, url, options = {}) {
  const page = await open('about:blank', options);
  await page.addInitScript((name) => {
    if (location.pathname === '/') sessionStorage.name = name;
  }, name);
  await page.goto(url);
  return page;
}

// Runs `run` with a page of a browser whose settings allow third-party cookies. A new profile blocks
// them.
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
    // The browser's last process may still be writing.
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
  // The browser paints an iframe only once it was in view.
  const frame = page.locator('iframe');
  if (await frame.isVisible()) await frame.scrollIntoViewIfNeeded();
  await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
}

// Calls `question` until it returns true. Fails with its last answer when the deadline is over.
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

// Returns the server's count of open streams for each demonstration.
export async function openStreams(demo) {
  return (await (await fetch(`${demo.url}/streams`)).json()).open;
}

// Returns the state that a card shows.
export async function hasState(page, card, state) {
  await page.locator(`${card} .state[data-state="${state}"]`).waitFor();
}

// Returns the reason that a card shows for having no connection.
export async function hasReason(page, card, text) {
  await page.locator(`${card} .reason`, { hasText: text }).waitFor();
}

// Waits for a line of a card's log and returns it.
export async function hasLine(page, card, text) {
  await page.locator(`${card} .log li`, { hasText: text }).first().waitFor();
}
