// A chat whose answers survive the page. The server keeps them, and the page only follows.

import { ask, list, newId, stop } from './answers.js';
import { followWithEventSource, followWithFetch } from './follow.js';
import { Turn } from './turn.js';

// The number of earlier questions that the model gets with a new one.
const EARLIER = 10;

const find = (selector) => document.querySelector(selector);
const conversation = find('#conversation');
const form = find('#ask');
const input = find('#question');
const send = find('#send');
const stopButton = find('#stop');
const problem = find('#problem');
const ways = find('#way');

const turns = new Map();
const unfollow = new Map();
// Tells the other tabs of a new answer.
const tabs = new BroadcastChannel('answers');

const openTurn = () => [...turns.values()].findLast((turn) => turn.isOpen);

function add(id, question) {
  const turn = new Turn(id, question);
  turns.set(id, turn);
  conversation.append(turn.element);
  scrollTo(0, document.body.scrollHeight);
  showButtons();
  return turn;
}

function follow(turn) {
  const way = ways.querySelector(':checked').value;
  const start = way === 'EventSource' ? followWithEventSource : followWithFetch;
  const end = start(turn.id, {
    onOpen() {
      turn.state = 'answering';
    },
    onEvent(event) {
      const isAtEnd = innerHeight + scrollY > document.body.scrollHeight - 80;
      turn.take(event);
      if (!turn.isOpen) close(turn);
      if (isAtEnd) scrollTo(0, document.body.scrollHeight);
    },
    onLost() {
      turn.state = 'lost';
    },
    onGone() {
      turn.state = 'gone';
      close(turn);
    },
  });
  unfollow.set(turn.id, end);
}

function close(turn) {
  unfollow.get(turn.id)?.();
  unfollow.delete(turn.id);
  showButtons();
}

// Follows the answers that this page does not know yet.
async function refresh() {
  const { model, answers } = await list();
  find('#model').textContent = model;
  for (const { id } of answers) {
    if (!turns.has(id)) follow(add(id));
  }
}

function showButtons() {
  const isAnswering = Boolean(openTurn());
  // A button that is hidden loses the focus.
  if (!isAnswering && document.activeElement === stopButton) input.focus();
  stopButton.hidden = !isAnswering;
  send.disabled = isAnswering;
}

function showProblem(text) {
  problem.textContent = text;
  problem.hidden = !text;
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const question = input.value.trim();
  if (!question || openTurn()) return;
  showProblem('');
  const isKnown = ({ text, state }) => text.answer && ['end', 'stopped'].includes(state);
  const earlier = [...turns.values()].filter(isKnown).slice(-EARLIER);
  const turn = add(newId(), question);
  input.value = '';
  try {
    await ask(turn.id, question, earlier.map(({ text }) => text));
  } catch (error) {
    turn.element.remove();
    turns.delete(turn.id);
    input.value = question;
    showButtons();
    const why = error instanceof TypeError ? 'the server does not answer' : error.message;
    showProblem(`Not sent: ${why}.`);
    return;
  }
  tabs.postMessage(turn.id);
  follow(turn);
});

input.addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

stopButton.addEventListener('click', async () => {
  const turn = openTurn();
  if (!turn) return;
  turn.isStoppedHere = true;
  showProblem('');
  try {
    // The answer tells its end to every page that follows it, and so to this one.
    const seal = await stop(turn.id);
    if (seal !== 'stopped') showProblem(`It was too late to stop the answer: it had ended before (${seal}).`);
  } catch (error) {
    turn.isStoppedHere = false;
    const why = error instanceof TypeError ? 'the server does not answer' : error.message;
    showProblem(`Not stopped: ${why}.`);
  }
});

// Follows the open answer in the other way, from its start.
ways.addEventListener('change', (event) => {
  localStorage.setItem('way', event.target.value);
  const turn = openTurn();
  if (!turn || !unfollow.has(turn.id)) return;
  close(turn);
  turn.restart();
  follow(turn);
});

const saved = localStorage.getItem('way');
for (const radio of ways.querySelectorAll('input')) if (radio.value === saved) radio.checked = true;

tabs.onmessage = () => refresh().catch(() => {});
// Another server may have started answers while this page was hidden.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) refresh().catch(() => {});
});

for (;;) {
  try {
    await refresh();
    showProblem('');
    break;
  } catch (error) {
    const why = error instanceof TypeError ? 'The server does not answer' : error.message;
    showProblem(`${why}. The page tries again.`);
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
