// Messages of everyone arrive as events of the stream. A form sends messages.

import { appendLine, element, freeConnection, showState } from './connection.js';
import { gapLine } from './gap.js';
import { ownName } from './visitor.js';

export async function showChat(card) {
  const state = card.querySelector('.state');
  const log = card.querySelector('.log');
  const form = card.querySelector('form');
  const problem = card.querySelector('.problem');
  card.querySelector('[data-value="name"]').textContent = ownName;

  form.addEventListener('submit', async (submit) => {
    submit.preventDefault();
    const body = new URLSearchParams({ message: form.message.value, name: ownName });
    try {
      const response = await fetch('/chat', { method: 'POST', body });
      problem.textContent = response.ok ? '' : `Not sent: ${await response.text()}`;
      if (response.ok) form.reset();
    } catch {
      problem.textContent = 'Not sent: the server does not answer.';
    }
  });

  await freeConnection(state);
  const source = new EventSource(`/chat?${new URLSearchParams({ name: ownName })}`);
  showState(state, source);

  // An event without a type is a "message". A new page gets the latest ones first.
  source.addEventListener('message', (event) => {
    const { name, message, at } = JSON.parse(event.data);
    const time = new Date(at).toLocaleTimeString('en-GB');
    appendLine(log, element('li', '', element('time', '', time), ' ', element('b', '', name), ' ', message));
  });
  source.addEventListener('gap', (event) => appendLine(log, gapLine(event)));

  // The list of everyone here comes whenever it has changed, and the page compares it with the one before.
  let known = [];
  source.addEventListener('here', (event) => {
    const { names, listeners } = JSON.parse(event.data);
    const joined = names.filter((name) => !known.includes(name));
    if (known.length === 0) note(`You joined as ${ownName}.`);
    else joined.forEach((name) => note(`${name} joined.`));
    known.filter((name) => !names.includes(name)).forEach((name) => note(`${name} left.`));
    known = names;
    const here = card.querySelector('[data-value="listeners"]');
    here.textContent = listeners;
    here.title = names.join(', ');
  });

  function note(text) {
    appendLine(log, element('li', 'note', text));
  }
}
