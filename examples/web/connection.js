// Code that all cards share: the state of the connection, the reason for waiting, and the log.

const STATES = ['connecting', 'open', 'closed'];

// Shows the state of `source` in `element`, now and after each change. `EventSource` has events for two
// changes: "open" and "error" (reconnecting, or closed by a refusal). It has none for close(), so the
// caller of close() sets the state.
export function showState(element, source) {
  setState(element, STATES[source.readyState]);
  const late = setTimeout(() => explain(element, 'The server has not answered yet.'), 2000);
  source.addEventListener('open', () => {
    clearTimeout(late);
    setState(element, 'open');
  });
  source.addEventListener('error', async () => {
    clearTimeout(late);
    if (source.readyState === EventSource.CLOSED) {
      setState(element, 'closed', 'The answer was no event stream, so the browser does not try again.');
      return;
    }
    setState(element, 'connecting', 'The connection ended. The browser makes a new one by itself.');
    const reason = await whyEnded(new URL(source.url).pathname.slice(1));
    if (source.readyState === EventSource.CONNECTING) explain(element, reason);
  });
}

// Resolves when this card may open a connection. The result is a function that gives it back.
//
// Over HTTP/1.1 all tabs of a browser share six connections to an origin, and an open stream holds one. If
// all six were held, not even a form could be sent. So the tabs share five of them by the Web Locks API. A
// card that finds none free waits until one is given back or a tab is closed.
export function freeConnection(state) {
  // Locks need a secure context. Without one, the sixth stream waits without a message.
  if (!navigator.locks) return Promise.resolve(() => {});
  setState(state, 'waiting');
  const late = setTimeout(() => explain(state, 'All connections that a browser opens to one origin over '
    + 'HTTP/1.1 are in use. Close another tab of this page, or stop another stream here.'), 1000);
  return new Promise((resolve) => {
    const found = new AbortController();
    for (const n of [1, 2, 3, 4, 5]) {
      const hold = () => {
        if (found.signal.aborted) return undefined;
        found.abort();
        clearTimeout(late);
        explain(state, '');
        // The lock is held until this promise is resolved. The caller gets the function that does so.
        return new Promise((giveBack) => resolve(giveBack));
      };
      navigator.locks.request(`connection ${n}`, { signal: found.signal }, hold).catch(() => {});
    }
  });
}

// Shows the state of a connection, and the reason for waiting.
export function setState(element, state, reason = '') {
  element.textContent = state;
  element.dataset.state = state;
  explain(element, reason);
}

// Shows in the card around `element` why it has no connection. An empty reason removes the text.
export function explain(element, reason) {
  const line = element.closest('.card').querySelector('.reason');
  line.textContent = reason;
  line.hidden = reason === '';
}

// Asks the server why the stream of a demonstration has ended.
async function whyEnded(demonstration) {
  try {
    const { ended } = await overview();
    const last = ended.find((stream) => stream.demonstration === demonstration);
    const reason = last ? `: ${last.reason}` : '';
    return `The server ended this stream${reason}. The browser reconnects by itself.`;
  } catch {
    return 'The server does not answer. The browser tries again every few seconds.';
  }
}

// Cards that lose their connections at the same time share one request.
let asked = null;
function overview() {
  asked ??= fetch('/streams').then((response) => response.json());
  setTimeout(() => (asked = null), 1000);
  return asked;
}

// The logs that have lines, and the logs whose latest line is in view. A log does not scroll if the reader
// has scrolled away from the latest line.
const known = new WeakSet();
const followed = new WeakSet();

// Appends a line to a log and keeps the latest in view, unless the reader has scrolled away.
export function appendLine(log, line, limit = 100) {
  follow(log);
  log.append(line);
  while (log.children.length > limit) log.firstChild.remove();
  if (followed.has(log)) scrollToEnd(log);
}

// Keeps the latest line of a log in view, also when the size of the log changes.
function follow(log) {
  if (known.has(log)) return;
  known.add(log);
  followed.add(log);
  log.addEventListener('scroll', () => {
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    if (isAtEnd) followed.add(log);
    else followed.delete(log);
  });
  new ResizeObserver(() => {
    if (followed.has(log)) scrollToEnd(log);
  }).observe(log);
}

// Scrolls until the last line is in view and the first visible line is whole. The remaining room is below
// the last line.
function scrollToEnd(log) {
  log.style.paddingBottom = '';
  const hidden = log.scrollHeight - log.clientHeight;
  if (hidden <= 0) return;
  const { paddingTop, paddingBottom } = getComputedStyle(log);
  const start = (line) => line.offsetTop - parseFloat(paddingTop);
  const first = Array.from(log.children).find((line) => start(line) >= hidden);
  if (first) log.style.paddingBottom = `${parseFloat(paddingBottom) + start(first) - hidden}px`;
  log.scrollTop = first ? start(first) : hidden;
}

// An element with a class and children; strings become text, never markup.
export function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}
