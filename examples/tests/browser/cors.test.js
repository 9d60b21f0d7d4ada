// CORS and cookies between real names: checks the requests of the browser, and what a page can read.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { open, withForeignCookies, startOrigins } from './demo.js';

const server = await startOrigins();
after(() => server.stop());

const address = (name, path = '/') => `https://${name}:${server.port}${path}`;
const API = 'api.example.test';
const APP = 'app.example.test'; // same site, in the list
const BRANCH = 'branch.example.test'; // same site, not in the list; the predicate allows it
const PARTNER = 'partner.test'; // another site, in the list
const OTHER = 'other.test'; // another site, not in the list

const NONE = [];
const ALL = ['lax=1', 'none=1', 'strict=1'];
const HIDDEN = 'hidden'; // the server answers, but the browser hides the answer from the page
const FORBIDDEN = 'forbidden'; // the server answers 403

// Each page and policy, with the cookies that the server gets without and with credentials. From another
// site it gets none, since this browser blocks third-party cookies.
const TRIALS = [
  [APP, '/any', NONE, HIDDEN],
  [APP, '/anonymous', NONE, HIDDEN],
  [APP, '/listed', NONE, ALL],
  [APP, '/matching', NONE, ALL],
  [APP, '/refusing', NONE, ALL],
  [BRANCH, '/any', NONE, HIDDEN],
  [BRANCH, '/anonymous', HIDDEN, HIDDEN],
  [BRANCH, '/listed', HIDDEN, HIDDEN],
  [BRANCH, '/matching', NONE, ALL],
  [BRANCH, '/refusing', FORBIDDEN, FORBIDDEN],
  [PARTNER, '/any', NONE, HIDDEN],
  [PARTNER, '/anonymous', HIDDEN, HIDDEN],
  [PARTNER, '/listed', NONE, NONE],
  [PARTNER, '/matching', HIDDEN, HIDDEN],
  [PARTNER, '/refusing', NONE, NONE],
  [OTHER, '/any', NONE, HIDDEN],
  [OTHER, '/listed', HIDDEN, HIDDEN],
  [OTHER, '/matching', HIDDEN, HIDDEN],
  [OTHER, '/refusing', FORBIDDEN, FORBIDDEN],
];

// The server has signed its certificate itself.
const OPTIONS = { ignoreHTTPSErrors: true };

// Opens a page of `name`, in a browser that has the cookies of the API.
async function visit(name, path) {
  const page = await open(address(API, '/cookies'), OPTIONS);
  await page.goto(address(name, path));
  return page;
}

// Returns the requests that the server got since the previous call.
async function requests(page) {
  const response = await page.context().request.post(`https://127.0.0.1:${server.port}/requests`);
  return response.json();
}

const answered = (asked) => asked.map(({ method, status }) => `${method} ${status}`);

// Reads the first event of a stream with EventSource. Returns null if the page may not read it.
function listen(page, url, withCredentials) {
  const first = ([url, withCredentials]) =>
    new Promise((resolve) => {
      const source = new EventSource(url, { withCredentials });
      const finish = (outcome) => {
        source.close();
        resolve(outcome);
      };
      source.addEventListener('message', (event) => finish(JSON.parse(event.data)));
      source.addEventListener('error', () =>
        finish(source.readyState === EventSource.CLOSED ? null : 'connects again'));
    });
  return page.evaluate(first, [url, withCredentials]);
}

// Does the same with fetch, and also returns the header fields that the page can read.
function read(page, url, options) {
  const first = async ([url, options]) => {
    const controller = new AbortController();
    try {
      const response = await fetch(url, { ...options, signal: controller.signal });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      while (!text.includes('}\n\n')) {
        const { done, value } = await reader.read();
        if (done) return { status: response.status };
        text += value;
      }
      const seen = JSON.parse(text.match(/^data: (.*)$/m)[1]);
      return { ...seen, fields: Object.fromEntries(response.headers) };
    } catch (error) {
      if (error instanceof TypeError) return null;
      throw error;
    } finally {
      controller.abort();
    }
  };
  return page.evaluate(first, [url, options]);
}

for (const name of [APP, BRANCH, PARTNER, OTHER]) {
  test(`${name}: policy, site and cookies decide what a page reads`, async () => {
    const page = await visit(name);
    for (const [, path, ...expected] of TRIALS.filter(([page]) => page === name)) {
      for (const [withCredentials, outcome] of [[false, expected[0]], [true, expected[1]]]) {
        const what = `${path} ${withCredentials ? 'with' : 'without'} credentials`;
        const mayRead = Array.isArray(outcome);
        const status = outcome === FORBIDDEN ? 403 : 200;
        const cookies = (seen) => seen && seen.cookies.toSorted();
        await requests(page);

        const heard = await listen(page, address(API, path), withCredentials);
        assert.deepEqual(cookies(heard), mayRead ? outcome : null, `EventSource ${what}`);
        const simple = await requests(page);
        assert.deepEqual(answered(simple), [`GET ${status}`], `EventSource ${what}`);
        assert.equal(simple[0].origin, `https://${name}:${server.port}`);

        // A header field that is not simple needs a preflight. An origin that may not read may not even send it.
        const credentials = withCredentials ? 'include' : 'same-origin';
        const headers = { 'Last-Event-ID': '41' };
        const resumed = await read(page, address(API, path), { credentials, headers });
        assert.deepEqual(cookies(resumed), mayRead ? outcome : null, `fetch ${what}`);
        const asked = await requests(page);
        assert.equal(asked[0].request_headers, 'last-event-id', `fetch ${what}`);
        if (mayRead) {
          assert.equal(resumed.last_event_id, '41');
          assert.deepEqual(answered(asked), ['OPTIONS 200', 'GET 200'], `fetch ${what}`);
        } else {
          assert.deepEqual(answered(asked), [`OPTIONS ${status}`], `fetch ${what}`);
        }
      }
    }
  });
}

test('another site sends at most a cookie with SameSite=None, if the browser allows it', () =>
  withForeignCookies(address(API, '/cookies'), OPTIONS, async (page) => {
    await page.goto(address(PARTNER));
    for (const [path, withCredentials, expected] of [
      ['/listed', false, NONE],
      ['/listed', true, ['none=1']],
      ['/refusing', true, ['none=1']],
    ]) {
      const url = address(API, path);
      const heard = await listen(page, url, withCredentials);
      assert.deepEqual(heard.cookies, expected, `EventSource ${path}`);
      const credentials = withCredentials ? 'include' : 'same-origin';
      const resumed = await read(page, url, { credentials, headers: { 'Last-Event-ID': '41' } });
      assert.deepEqual(resumed.cookies, expected, `fetch ${path}`);
    }
    for (const path of ['/any', '/anonymous', '/matching']) {
      assert.equal(await listen(page, address(API, path), true), null, path);
    }
  }));

test('a page of the same origin needs no policy', async () => {
  const page = await visit(API);
  for (const path of ['/any', '/anonymous', '/listed', '/matching', '/refusing']) {
    await requests(page);
    const heard = await listen(page, path, false);
    assert.deepEqual(heard.cookies.toSorted(), ALL, path);
    const { fields } = await read(page, path, { headers: { 'Last-Event-ID': '41' } });
    assert.equal(fields['x-hidden'], 'yes');
    // No cache may give one origin's answer to another.
    assert.match(fields.vary, /\borigin\b/i, path);
    const asked = await requests(page);
    assert.deepEqual(answered(asked), ['GET 200', 'GET 200'], path);
    assert.deepEqual(asked.map(({ origin }) => origin), [null, null], path);
  }
});

test('the usual header fields may be sent, but no others', async () => {
  const page = await visit(APP);
  const usual = {
    Authorization: 'Bearer x',
    'Cache-Control': 'no-cache',
    'Content-Type': 'application/json',
    'Last-Event-ID': '41',
  };
  for (const path of ['/any', '/listed']) {
    await requests(page);
    const seen = await read(page, address(API, path), { method: 'POST', headers: usual, body: '{}' });
    assert.equal(seen.authorization, 'Bearer x');
    assert.equal(seen.last_event_id, '41');
    let asked = await requests(page);
    assert.deepEqual(answered(asked), ['OPTIONS 200', 'POST 200'], path);
    assert.equal(
      asked[0].request_headers,
      'authorization,cache-control,content-type,last-event-id',
      path,
    );

    const headers = { ...usual, 'X-Own': '1' };
    assert.equal(await read(page, address(API, path), { headers }), null, path);
    asked = await requests(page);
    assert.deepEqual(answered(asked), ['OPTIONS 200'], path);
    assert.match(asked[0].request_headers, /x-own/, path);
  }
});

test('exposed header fields can be read, but no others', async () => {
  const page = await visit(OTHER);
  const { fields } = await read(page, address(API, '/any'), {});
  assert.deepEqual(Object.keys(fields).toSorted(), [
    'cache-control',
    'content-type',
    'retry-after',
    'x-exposed',
  ]);
});

test('the origin of a sandbox is null, which no list contains', async () => {
  const page = await visit(APP, '/sandboxed');
  assert.equal(await page.evaluate(() => origin), 'null');
  for (const [path, expected] of [
    ['/any', NONE],
    ['/listed', null],
    ['/matching', null],
    ['/refusing', null],
  ]) {
    const heard = await listen(page, address(API, path), false);
    assert.deepEqual(heard && heard.cookies, expected, path);
  }
});
