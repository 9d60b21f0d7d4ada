// Reads the streams of another origin under three policies, one after the other, each once.

const query = new URLSearchParams(location.search);
const host = query.get('server') ?? location.hostname;
const isTop = window.parent === window;

// A site is a scheme and a registrable domain. An IP address or localhost is a site of its own.
const isSameSite = host === location.hostname;

const NO_COOKIE = 'read, no cookie';
const TRIALS = [
  {
    stream: '/origins/any',
    withCredentials: false,
    expected: NO_COOKIE,
    why: 'Allow-Origin is *, for every page. A request without credentials has no cookie.',
  },
  {
    stream: '/origins/any',
    withCredentials: true,
    expected: 'refused',
    why: 'With credentials a browser accepts no *: the server has to name the origin.',
  },
  {
    stream: '/origins/listed',
    withCredentials: false,
    expected: NO_COOKIE,
    why: 'The server names this origin. A request without credentials has no cookie.',
  },
  {
    stream: '/origins/listed',
    withCredentials: true,
    expected: isSameSite ? 'read, visitor=' : NO_COOKIE,
    why: isSameSite
      ? 'The server names this origin and allows credentials. The cookie stays within its site.'
      : 'The server allows credentials, but SameSite=Lax keeps the cookie within its own site.',
  },
  {
    stream: '/origins/closed',
    withCredentials: false,
    expected: 'refused',
    why: 'The server names only https://elsewhere.example, so this page may not read.',
  },
];

const rows = TRIALS.map(({ stream, withCredentials, expected, why }) => {
  const row = document.querySelector('tbody').insertRow();
  const should = expected.endsWith('=') ? 'read, with the cookie' : expected;
  for (const text of [stream, withCredentials ? 'yes' : 'no', `${should}.`, '–']) {
    row.insertCell().textContent = text;
  }
  const reason = document.createElement('small');
  reason.textContent = why;
  row.cells[2].append(' ', reason);
  return row;
});

const ports = await (await fetch('/ports')).json();
const server = `http://${host}:${ports.server}`;
set('here', location.origin);
set('server', server);
set('sites', isSameSite ? 'one site' : 'two sites');

if (!isTop) {
  const { body } = document;
  const tell = () => window.parent.postMessage({ height: Math.ceil(body.getBoundingClientRect().height) }, '*');
  // The observer waits until the frame is in view, so the first height is sent without it.
  tell();
  new ResizeObserver(tell).observe(body);
}

if (isTop || query.has('ask')) {
  for (const [index, { stream, withCredentials, expected }] of TRIALS.entries()) {
    const result = rows[index].cells[3];
    result.textContent = 'asking…';
    const outcome = await read(`${server}${stream}`, withCredentials);
    result.textContent = outcome.refused ? 'refused' : `read, ${outcome.cookie ?? 'no cookie'}`;
    rows[index].dataset.asExpected = result.textContent.startsWith(expected) ? 'yes' : 'no';
  }
  document.body.dataset.done = 'yes';
}

// Returns the first event of the stream, or the refusal.
function read(url, withCredentials) {
  return new Promise((resolve) => {
    const source = new EventSource(url, { withCredentials });
    const finish = (outcome) => {
      source.close();
      resolve(outcome);
    };
    source.addEventListener('seen', (event) => finish(JSON.parse(event.data)));
    // The page gets no reason, because it may read nothing of an answer that CORS hides.
    source.addEventListener('error', () => finish({ refused: true }));
  });
}

function set(name, value) {
  document.querySelector(`[data-value="${name}"]`).textContent = value;
}
