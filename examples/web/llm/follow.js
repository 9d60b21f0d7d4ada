// Two ways to follow an answer. Both go on after the last event that has arrived, and neither starts anything.
//
// Each takes an object with `onOpen()`, `onEvent({ type, data })`, `onLost()` and `onGone()`, and returns a function that
// ends it.

import { events } from './events.js';

// The events that end an answer.
export const SEALS = ['end', 'stopped', 'interrupted', 'too_large', 'failed'];

// `fetch` leaves everything to the page: the last event ID, the wait, the next request. In return, the page sees the
// status, and could set header fields.
export function followWithFetch(id, handlers) {
  const controller = new AbortController();
  repeat(id, handlers, controller.signal);
  return () => controller.abort();
}

async function repeat(id, { onOpen, onEvent, onLost, onGone }, signal) {
  let last = '';
  let wait = 1000;
  while (!signal.aborted) {
    try {
      const headers = last ? { 'Last-Event-ID': last } : {};
      const response = await fetch(`/answers/${id}`, { headers, signal });
      if (response.status === 404) return onGone();
      // The page already has the end.
      if (response.status === 204) return;
      if (response.ok) {
        onOpen();
        for await (const event of events(response.body, (time) => (wait = time))) {
          last = event.id;
          onEvent(event);
          if (signal.aborted) return;
        }
      }
    } catch {
      // The network has failed, or the page has ended this.
    }
    if (signal.aborted) return;
    onLost();
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

// `EventSource` does all that by itself, and stops at 204 and 404. It tells the page only of the types that it listens
// for, and nothing about the status.
export function followWithEventSource(id, { onOpen, onEvent, onLost, onGone }) {
  const source = new EventSource(`/answers/${id}`);
  for (const type of ['message', 'question', 'problem', ...SEALS]) {
    source.addEventListener(type, ({ data }) => onEvent({ type, data }));
  }
  source.onopen = onOpen;
  source.onerror = () => (source.readyState === EventSource.CLOSED ? onGone() : onLost());
  return () => source.close();
}
