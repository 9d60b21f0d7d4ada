// Shows named events, and checks that none is lost or comes twice when the connection is cut.

import { appendLine, element, freeConnection, showState } from './connection.js';

export async function showNotifications(card) {
  const state = card.querySelector('.state');
  const log = card.querySelector('.log');
  const counts = { received: 0, lost: 0, duplicated: 0 };
  let last = null;

  card.querySelector('[data-action="notify"]').addEventListener('click', () => {
    fetch('/notifications', { method: 'POST' }).catch(unreachable);
  });
  card.querySelector('[data-action="cut"]').addEventListener('click', () => {
    note('The server was asked to cut the connection.');
    fetch('/notifications/cut', { method: 'POST' }).catch(unreachable);
  });

  await freeConnection(state);
  const source = new EventSource('/notifications');
  showState(state, source);

  for (const type of ['build', 'mention', 'alert', 'resolved']) {
    source.addEventListener(type, (event) => {
      check(Number(event.lastEventId));
      // `data` had several lines, which the browser has joined.
      const { title, at } = JSON.parse(event.data);
      const time = new Date(at).toLocaleTimeString('en-GB');
      const line = element('li', type, element('time', '', time), element('b', '', type), title);
      line.dataset.id = event.lastEventId;
      line.title = `id ${event.lastEventId}`;
      appendLine(log, line);
    });
  }

  // After a Last-Event-ID, the server says whether it can resume from there.
  source.addEventListener('resumed', (event) => {
    const { after, replayed } = JSON.parse(event.data);
    note(`Resumed after ${after}: ${replayed} missed, sent again now.`);
  });
  source.addEventListener('gap', (event) => {
    last = null;
    note(`A gap: ${event.data}.`);
  });

  // The server's IDs have no holes, so each must be the previous one plus one.
  function check(id) {
    counts.received += 1;
    if (last !== null && id <= last) counts.duplicated += 1;
    if (last !== null && id > last + 1) counts.lost += id - last - 1;
    last = Math.max(last, id);
    for (const [name, count] of Object.entries(counts)) {
      card.querySelector(`[data-value="${name}"]`).textContent = count;
    }
  }

  function note(text) {
    appendLine(log, element('li', 'note', text));
  }

  function unreachable() {
    note('The server does not answer.');
  }
}
