// Shows events of several topics, which share one connection, and checks that none is lost or comes twice.

import { appendLine, element, freeConnection, setState, showState } from './connection.js';
import { gapLine } from './gap.js';

export async function showNotifications(card) {
  const state = card.querySelector('.state');
  const log = card.querySelector('.log');
  const boxes = Array.from(card.querySelectorAll('[name="topic"]'));
  const counts = { received: 0, lost: 0, duplicated: 0 };
  let source = null;
  let lastEventId = '';
  // The number of the latest event of each topic and server.
  let numbers = {};

  card.querySelector('[data-action="notify"]').addEventListener('click', () => {
    fetch('/notifications', { method: 'POST' }).catch(unreachable);
  });
  card.querySelector('[data-action="cut"]').addEventListener('click', () => {
    note('The server was asked to cut the connection.');
    fetch('/notifications/cut', { method: 'POST' }).catch(unreachable);
  });
  for (const box of boxes) box.addEventListener('change', connect);

  await freeConnection(state);
  connect();

  // Opens the one connection for all chosen topics. The IDs are those of the hub, whatever the topics, so a
  // connection for other topics can resume where the one before has ended.
  function connect() {
    source?.close();
    const topics = boxes.filter((box) => box.checked).map((box) => box.value);
    for (const box of boxes) if (!box.checked) delete numbers[box.value];
    if (topics.length === 0) {
      show('connection', 'none');
      setState(state, 'closed');
      return;
    }
    const query = new URLSearchParams(topics.map((topic) => ['topic', topic]));
    show('connection', `/notifications?${query}`);
    if (lastEventId) query.append('lastEventId', lastEventId);
    source = new EventSource(`/notifications?${query}`);
    showState(state, source);
    listen();
  }

  function listen() {
    let connections = 0;
    source.addEventListener('open', () => {
      connections += 1;
      if (connections > 1) note('Connected again. The browser has sent the ID of the last event, so what was missed follows.');
    });
    for (const type of ['build', 'mention', 'alert', 'resolved']) {
      source.addEventListener(type, (event) => {
        lastEventId = event.lastEventId;
        const { topic, server, number, title, at } = JSON.parse(event.data);
        check(topic, server, number);
        const time = new Date(at).toLocaleTimeString('en-GB');
        const line = element('li', type, element('time', '', time), element('b', '', type), title);
        Object.assign(line.dataset, { id: event.lastEventId, topic, server, number });
        line.title = `topic ${topic}, id ${event.lastEventId}`;
        appendLine(log, line);
      });
    }
    source.addEventListener('gap', (event) => {
      lastEventId = event.lastEventId;
      numbers = {};
      appendLine(log, gapLine(event));
    });
  }

  // The numbers of a topic and a server have no holes, so each must be the previous one plus one.
  function check(topic, server, number) {
    const ofTopic = (numbers[topic] ??= {});
    const last = ofTopic[server];
    counts.received += 1;
    if (last !== undefined && number <= last) counts.duplicated += 1;
    if (last !== undefined && number > last + 1) counts.lost += number - last - 1;
    ofTopic[server] = Math.max(last ?? 0, number);
    for (const [name, count] of Object.entries(counts)) show(name, count);
  }

  function show(name, value) {
    card.querySelector(`[data-value="${name}"]`).textContent = value;
  }

  function note(text) {
    appendLine(log, element('li', 'note', text));
  }

  function unreachable() {
    note('The server does not answer.');
  }
}
