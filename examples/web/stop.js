// Three ways for a stream to end: a break, after which the browser comes back; the server's 204;
// the page's close().

import { appendLine, element, showState } from './connection.js';

export function showStop(card) {
  // A name for this page, so that the server can stop its stream and no other's.
  const page = Math.random().toString(36).slice(2);
  const log = card.querySelector('.log');
  const button = (action) => card.querySelector(`[data-action="${action}"]`);
  let source = open();

  function open() {
    const source = new EventSource(`/ticks?page=${page}`);
    const show = showState(card.querySelector('.state'), source);
    button('close').onclick = () => {
      source.close();
      show();
      closed('The page called close().');
    };
    source.addEventListener('message', (event) => appendLine(log, element('li', '', event.data)));
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) closed('Refused: the browser will not come back.');
      else note('The connection ended; the browser comes back.');
    });
    running(true);
    return source;
  }

  button('stop').addEventListener('click', async () => {
    if (await tell('stop')) note('The server has stopped the stream: it ends, then the answer is 204.');
  });

  button('start').addEventListener('click', async () => {
    source.close();
    if (await tell('start')) source = open();
  });

  async function tell(what) {
    try {
      return (await fetch(`/ticks/${what}?page=${page}`, { method: 'POST' })).ok;
    } catch {
      note('The server does not answer.');
      return false;
    }
  }

  function closed(reason) {
    note(reason);
    running(false);
  }

  function running(yes) {
    button('stop').disabled = !yes;
    button('close').disabled = !yes;
    button('start').disabled = yes;
  }

  function note(text) {
    appendLine(log, element('li', 'note', text));
  }
}
