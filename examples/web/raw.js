// Shows the bytes of a stream as they arrive, read with fetch instead of EventSource.

import { appendLine, element, explain, freeConnection, setState } from './connection.js';

export function showRaw(card) {
  const state = card.querySelector('.state');
  const log = card.querySelector('.log');
  const stream = card.querySelector('select');
  const read = card.querySelector('[data-action="read"]');
  const abort = card.querySelector('[data-action="abort"]');
  setState(state, 'closed');

  read.addEventListener('click', async () => {
    const controller = new AbortController();
    abort.onclick = () => controller.abort();
    let failed = false;
    running(true);
    log.replaceChildren();
    const giveBack = await freeConnection(state);
    try {
      await show(stream.value, controller.signal);
      note('The server has ended the stream.');
    } catch {
      failed = !controller.signal.aborted;
      note(failed ? 'The connection failed.' : 'Stopped here.');
    }
    giveBack();
    running(false);
    if (failed) explain(state, 'The server does not answer. Read again once it is back.');
  });

  async function show(url, signal) {
    setState(state, 'connecting');
    const response = await fetch(url, { signal, headers: { Accept: 'text/event-stream' } });
    setState(state, 'open');
    const type = response.headers.get('Content-Type');
    note(`${response.status}, ${type}`);

    // With `stream: true`, a character may be split between two chunks.
    const decoder = new TextDecoder();
    const begun = performance.now();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const seconds = ((performance.now() - begun) / 1000).toFixed(2);
      const size = `${seconds} s, ${value.length} ${value.length === 1 ? 'byte' : 'bytes'}`;
      const text = visible(decoder.decode(value, { stream: true }));
      appendLine(log, element('li', '', element('small', '', size), element('code', '', ...text)));
    }
  }

  function note(text) {
    appendLine(log, element('li', 'note', text));
  }

  function running(yes) {
    if (!yes) setState(state, 'closed');
    read.disabled = yes;
    stream.disabled = yes;
    abort.disabled = !yes;
  }
}

// Makes line ends visible, and shows comments differently from fields.
function* visible(text) {
  for (const line of text.match(/[^\r\n]*(\r\n|\r|\n|$)/g)) {
    const [, shown, end] = line.match(/^([^\r\n]*)([\r\n]*)$/);
    if (shown) yield element('span', shown.startsWith(':') ? 'comment' : '', shown);
    if (end) yield element('i', '', end.replace('\r', 'CR').replace('\n', 'LF'));
    if (end) yield '\n';
  }
}
