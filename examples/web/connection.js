// What every card has in common: the state of its connection, and a log of what came.

const STATES = ['connecting', 'open', 'closed'];

// Shows the state of `source` in `element`, now and as it changes. There are events for two of the
// changes, "open" and "error" (connecting again, or closed by a refusal). There is none for
// close(): who calls it sets the state.
export function showState(element, source) {
  const show = () => setState(element, STATES[source.readyState]);
  source.addEventListener('open', show);
  source.addEventListener('error', show);
  show();
}

// Resolves when this card may have a connection, with a function that gives it back.
//
// Over HTTP/1.1 a browser keeps six connections to an origin, all its tabs together, and an open
// stream holds one. Were all six held, not even a form could be sent. So the tabs share five by
// the Web Locks API, and whoever finds none free waits until one is, or until a tab is closed.
export function freeConnection(state) {
  // Without a secure context there are no locks, and the sixth stream waits unseen.
  if (!navigator.locks) return Promise.resolve(() => {});
  setState(state, 'waiting');
  return new Promise((resolve) => {
    const found = new AbortController();
    for (const n of [1, 2, 3, 4, 5]) {
      const hold = () => {
        if (found.signal.aborted) return undefined;
        found.abort();
        // The lock is held until this promise is resolved, which is what the caller is given.
        return new Promise((giveBack) => resolve(giveBack));
      };
      navigator.locks.request(`connection ${n}`, { signal: found.signal }, hold).catch(() => {});
    }
  });
}

export function setState(element, state) {
  element.textContent = state;
  element.dataset.state = state;
}

// Appends a line to a log and keeps the latest in view, unless the reader has scrolled away.
export function appendLine(log, line, limit = 100) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(line);
  while (log.children.length > limit) log.firstChild.remove();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

// An element with a class and children; strings become text, never markup.
export function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}
