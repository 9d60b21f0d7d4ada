// A tab that stops reading its stream, and what the hub does then.
//
// `EventSource` reads whatever comes. With `fetch` the page decides when it reads.

import { appendLine, element, freeConnection, setState } from './connection.js';
import { gapLine } from './gap.js';
import { ownName } from './visitor.js';

// The number of events that the scale shows.
const SCALE = 200;

export function showSlow(card) {
  const state = card.querySelector('.state');
  const log = card.querySelector('.log');
  const button = (action) => card.querySelector(`[data-action="${action}"]`);
  let tab = begin();
  // Is resolved while the page reads.
  let reading = Promise.resolve();
  let read = null;
  setState(state, 'closed');

  button('open').addEventListener('click', async () => {
    const controller = new AbortController();
    button('leave').onclick = () => {
      controller.abort();
      if (read) resume();
    };
    button('open').disabled = true;
    log.replaceChildren();
    tab = begin();
    const giveBack = await freeConnection(state);
    button('leave').disabled = false;
    button('pause').disabled = false;
    const figures = setInterval(showFigures, 250);
    while (!controller.signal.aborted) {
      await listen(controller.signal).catch(() => {});
      if (controller.signal.aborted) break;
      setState(state, 'connecting', 'The connection has ended. The page makes a new one.');
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    clearInterval(figures);
    giveBack();
    setState(state, 'closed');
    button('leave').disabled = true;
    button('pause').disabled = true;
    button('open').disabled = false;
  });

  button('pause').addEventListener('click', () => {
    if (read) {
      const isBehind = card.querySelector('.scale').dataset.isBehind === 'true';
      note(`This tab reads again.${isBehind ? '' : ' Its mark was still in the log, so no gap is expected.'}`);
      resume();
      return;
    }
    tab.lastBefore = tab.last ?? 0;
    note(`This tab has stopped reading after event ${tab.lastBefore}. The server goes on.`);
    reading = new Promise((resolve) => (read = resolve));
    button('pause').textContent = 'Read again';
  });

  function resume() {
    read();
    read = null;
    button('pause').textContent = 'Stop reading';
  }

  async function listen(signal) {
    const headers = { Accept: 'text/event-stream' };
    if (tab.lastEventId) headers['Last-Event-ID'] = tab.lastEventId;
    const response = await fetch(`/readings?${new URLSearchParams({ name: ownName })}`, { signal, headers });
    setState(state, 'open');
    for await (const event of events(response.body)) {
      if (event.id !== undefined) tab.lastEventId = event.id;
      if (event.type === 'gap') showGap(event);
      else if (event.data) showReading(event);
    }
  }

  // Reads the events of a body. While the page does not read, no byte leaves the buffers of the connection.
  async function* events(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    for (;;) {
      await reading;
      const { done, value } = await reader.read();
      if (done) return;
      const blocks = (text + value).split('\n\n');
      text = blocks.pop();
      for (const block of blocks) yield parse(block);
    }
  }

  function showReading(event) {
    const { number } = JSON.parse(event.data);
    if (tab.isInGap) {
      const lost = tab.last === null ? '' : `: ${number - tab.last - 1} are lost for this tab`;
      note(`Goes on with event ${number}${lost}.`);
    }
    tab.isInGap = false;
    tab.last = number;
    card.querySelector('[data-value="last"]').textContent = number;
    if (event.id === tab.head) {
      note(`Caught up with event ${number}. This tab is live again.`);
      tab.head = null;
    }
  }

  function showGap(event) {
    const gap = JSON.parse(event.data);
    if (tab.lastBefore !== null && tab.last > tab.lastBefore) {
      note(`Events ${tab.lastBefore + 1} to ${tab.last} were in the buffers of the connection.`);
    }
    appendLine(log, gapLine(event));
    appendLine(log, element('li', '', element('code', '', `event: gap\ndata: ${event.data}`)));
    // Another log counts anew.
    if (gap.reason === 'epoch') tab.last = null;
    tab.head = gap.head;
    tab.isInGap = true;
    tab.lastBefore = null;
  }

  // Shows the positions in the log of the hub, which anybody may ask for in this demo.
  async function showFigures() {
    const response = await fetch('/readings/hub').catch(() => null);
    if (!response?.ok) return;
    const { published, floor, subscribers } = await response.json();
    const own = subscribers.find(({ key }) => key === ownName);
    if (!own) return;
    const place = (position) => `${Math.max(0, 100 - ((published - position) * 100) / SCALE)}%`;
    const scale = card.querySelector('.scale');
    scale.style.setProperty('--floor', place(floor - 1));
    scale.style.setProperty('--tab', place(own.position));
    scale.dataset.isBehind = own.position < floor - 1;
    const lost = floor - 1 - own.position;
    card.querySelector('.caption').textContent = `The log has events ${floor} to ${published}. `
      + `The server has sent this tab all up to ${own.position}`
      + (lost > 0 ? `, so ${lost} ${lost === 1 ? 'event is' : 'events are'} lost for it.` : '.');
  }

  function note(text) {
    appendLine(log, element('li', 'note', text));
  }
}

// Returns what the page knows of its stream, before the first event.
function begin() {
  return {
    // The number of the last event that was read.
    last: null,
    // The same when the page stopped reading, until a gap event says what has become of the rest.
    lastBefore: null,
    lastEventId: '',
    // True between a gap and the next event.
    isInGap: false,
    // The ID of the newest event at the time of the gap.
    head: null,
  };
}

// Reads the fields of a block. The lines of this server end with LF, and its data has one line.
function parse(block) {
  const event = { type: 'message' };
  for (const line of block.split('\n')) {
    const [, name, value] = line.match(/^([^:]*):? ?(.*)$/);
    if (name === 'event') event.type = value;
    if (name === 'data') event.data = value;
    if (name === 'id') event.id = value;
  }
  return event;
}
