// What every card has in common: the state of its connection, and a log of what came.

const STATES = ['connecting', 'open', 'closed'];

// Shows the state of `source` in `element`, now and as it changes. There are events for two of the
// changes, "open" and "error" (connecting again, or closed by a refusal). There is none for
// close(): who calls it calls the returned function as well.
export function showState(element, source) {
  const show = () => setState(element, STATES[source.readyState]);
  source.addEventListener('open', show);
  source.addEventListener('error', show);
  show();
  return show;
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
