// Messages of everyone arrive as events of the stream. A form sends messages.

import { appendLine, element, freeConnection, showState } from './connection.js';

export async function showChat(card) {
  const state = card.querySelector('.state');
  const log = card.querySelector('.log');
  const form = card.querySelector('form');
  const problem = card.querySelector('.problem');
  let ticket = '';

  form.addEventListener('submit', async (submit) => {
    submit.preventDefault();
    const body = new URLSearchParams({ message: form.message.value, ticket });
    try {
      const response = await fetch('/chat', { method: 'POST', body });
      problem.textContent = response.ok ? '' : `Not sent: ${await response.text()}`;
      if (response.ok) form.reset();
    } catch {
      problem.textContent = 'Not sent: the server does not answer.';
    }
  });

  await freeConnection(state);
  const source = new EventSource('/chat');
  showState(state, source);

  // The first event of each connection has the name of this page.
  source.addEventListener('welcome', (event) => {
    const welcome = JSON.parse(event.data);
    ticket = welcome.ticket;
    card.querySelector('[data-value="name"]').textContent = welcome.name;
    showListeners(welcome.listeners);
    note(`You joined as ${welcome.name}.`);
  });

  for (const type of ['joined', 'left']) {
    source.addEventListener(type, (event) => {
      const { name, listeners } = JSON.parse(event.data);
      showListeners(listeners);
      note(`${name} ${type}.`);
    });
  }

  // An event without a type is a "message".
  source.addEventListener('message', (event) => {
    const { name, message } = JSON.parse(event.data);
    appendLine(log, element('li', '', element('b', '', name), ' ', message));
  });

  source.addEventListener('missed', (event) => note(`You were too slow for ${event.data} events.`));

  function showListeners(count) {
    card.querySelector('[data-value="listeners"]').textContent = count;
  }

  function note(text) {
    appendLine(log, element('li', 'note', text));
  }
}
