// Shows the server's open streams and the latest ends. The clock's stream reports them.

import { element } from './connection.js';

export function showStreams(card, overview) {
  for (const count of card.querySelectorAll('[data-count]')) {
    count.textContent = overview ? (overview.open[count.dataset.count] ?? 0) : '–';
  }
  const total = overview && Object.values(overview.open).reduce((sum, count) => sum + count, 0);
  card.querySelector('.total').textContent = total ?? '–';
  // The list is kept while the server is down. If the list is empty, the card explains it.
  if (overview?.ended.length) card.querySelector('.log').replaceChildren(...overview.ended.map(line));
}

function line({ demonstration, reason, seconds, events, bytes }) {
  const size = bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`;
  const made = element(
    'li',
    '',
    element('b', '', demonstration),
    element('span', '', reason),
    element('small', '', `${duration(seconds)}, ${events} ${events === 1 ? 'event' : 'events'}, ${size}`),
  );
  made.dataset.reason = reason;
  return made;
}

function duration(seconds) {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
