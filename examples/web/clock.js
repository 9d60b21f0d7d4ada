// Shows the clock's event each second, and the overview of streams from the same connection.

import { explain, freeConnection, showState } from './connection.js';
import { showStreams } from './streams.js';

export async function showClock(card, streams) {
  const state = card.querySelector('.state');
  const late = setTimeout(() => withoutCounts(), 1000);
  await freeConnection(state);
  const source = new EventSource('/clock');
  showState(state, source);

  let connections = 0;
  source.addEventListener('open', () => set(card, 'connections', ++connections));

  // Each event type, the server's `event` field, has its own listener.
  source.addEventListener('tick', (event) => {
    const tick = JSON.parse(event.data);
    card.querySelector('time').textContent = new Date(tick.time).toLocaleTimeString('en-GB');
    set(card, 'reconnection-time', `${tick.reconnection_time / 1000} s`);
    set(card, 'last-event-id', event.lastEventId);
  });

  source.addEventListener('streams', (event) => {
    clearTimeout(late);
    explain(streams, '');
    showStreams(streams, JSON.parse(event.data));
  });
  source.addEventListener('error', withoutCounts);

  function withoutCounts() {
    showStreams(streams, null);
    explain(streams, 'The counts come over the connection of the clock, which is not open.');
  }
}

function set(card, name, value) {
  card.querySelector(`[data-value="${name}"]`).textContent = value;
}
