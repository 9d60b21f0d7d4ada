// An event a second, and beside it, over the same connection, what the server tells of its streams.

import { freeConnection, showState } from './connection.js';
import { showStreams } from './streams.js';

export async function showClock(card, streams) {
  const state = card.querySelector('.state');
  await freeConnection(state);
  const source = new EventSource('/clock');
  showState(state, source);

  let connections = 0;
  source.addEventListener('open', () => set(card, 'connections', ++connections));

  // A listener for each event type: the server's `event` field.
  source.addEventListener('tick', (event) => {
    const tick = JSON.parse(event.data);
    card.querySelector('time').textContent = new Date(tick.time).toLocaleTimeString('en-GB');
    set(card, 'reconnection-time', `${tick.reconnection_time / 1000} s`);
    set(card, 'last-event-id', event.lastEventId);
  });

  source.addEventListener('streams', (event) => showStreams(streams, JSON.parse(event.data)));
  // Without the connection nothing is known of the server.
  source.addEventListener('error', () => showStreams(streams, null));
}

function set(card, name, value) {
  card.querySelector(`[data-value="${name}"]`).textContent = value;
}
