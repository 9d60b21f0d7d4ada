// Three ways in which a stream ends: a lost connection, after which the browser reconnects; the server's
// 204; and close() in the page.

import { appendLine, element, explain, freeConnection, setState, showState } from './connection.js';

export function showStop(card) {
  // A name for this page, so that the server can stop only the stream of this page.
  const page = Math.random().toString(36).slice(2);
  const state = card.querySelector('.state');
  const log = card.querySelector('.log');
  const button = (action) => card.querySelector(`[data-action="${action}"]`);
  setState(state, 'closed');

  button('start').addEventListener('click', async () => {
    button('start').disabled = true;
    const giveBack = await freeConnection(state);
    explain(state, '');
    if (await tell('start')) {
      listen(giveBack);
    } else {
      ended(giveBack);
      explain(state, 'The server does not answer. Start again once it is back.');
    }
  });

  button('stop').addEventListener('click', async () => {
    if (await tell('stop')) note('The server was asked to stop the stream.');
  });

  function listen(giveBack) {
    const source = new EventSource(`/ticks?page=${page}`);
    showState(state, source);
    button('stop').disabled = false;
    button('close').disabled = false;

    button('close').onclick = () => {
      source.close();
      note('The page called close().');
      ended(giveBack);
    };
    source.addEventListener('message', (event) => appendLine(log, element('li', '', event.data)));
    source.addEventListener('error', () => {
      if (source.readyState === EventSource.CLOSED) {
        note('The answer was not 200: the browser will not come back.');
        ended(giveBack);
      } else {
        note('The connection ended: the browser comes back.');
      }
    });
  }

  function ended(giveBack) {
    giveBack();
    setState(state, 'closed');
    button('stop').disabled = true;
    button('close').disabled = true;
    button('start').disabled = false;
  }

  async function tell(what) {
    try {
      return (await fetch(`/ticks/${what}?page=${page}`, { method: 'POST' })).ok;
    } catch {
      note('The server does not answer.');
      return false;
    }
  }

  function note(text) {
    appendLine(log, element('li', 'note', text));
  }
}
