// Shows the events of topics, and publishes events.

import { onToken, request, showProblem, token } from './token.js';

// The number of events that the list keeps.
const MAX_EVENTS = 100;

const list = document.querySelector('.events');
const state = document.querySelector('.state');
const problem = document.querySelector('.problem');
const answer = document.querySelector('.answer');
const forms = { subscribe: document.querySelector('#subscribe'), publish: document.querySelector('#publish') };

let source;
// EventSource tells a page only of the types that it listens for.
const types = new Set(['message', 'gap']);

forms.subscribe.addEventListener('submit', (event) => {
  event.preventDefault();
  subscribe();
});

onToken(() => source && subscribe());

function subscribe() {
  source?.close();
  const words = (name) => new FormData(forms.subscribe).get(name).split(/\s+/).filter(Boolean);
  for (const type of words('types')) types.add(type);
  const query = new URLSearchParams(words('topics').map((topic) => ['topic', topic]));
  const url = `/events?${query}`;
  // An EventSource cannot set header fields.
  if (token()) query.set('access_token', token());
  showProblem(problem, '');
  source = new EventSource(`/events?${query}`);
  source.onopen = showState;
  source.onerror = () => {
    showState();
    // EventSource does not tell the page why the server has refused.
    if (source.readyState === EventSource.CLOSED) explain(url);
  };
  for (const type of types) source.addEventListener(type, show);
  showState();
}

async function explain(url) {
  const controller = new AbortController();
  const headers = token() ? { Authorization: `Bearer ${token()}` } : {};
  try {
    const response = await fetch(url, { headers, signal: controller.signal });
    const why = response.ok ? 'the stream was refused' : await response.text();
    showProblem(problem, why.trim());
  } catch {
    showProblem(problem, 'the server cannot be reached');
  }
  controller.abort();
}

function showState() {
  state.textContent = ['connecting', 'open', 'closed'][source.readyState];
  state.dataset.state = state.textContent;
}

function show({ type, data, lastEventId }) {
  const item = document.createElement('li');
  item.dataset.type = type;
  for (const [name, text] of [['b', type], ['code', data], ['small', lastEventId]]) {
    const part = document.createElement(name);
    part.textContent = text;
    item.append(part);
  }
  list.prepend(item);
  while (list.childElementCount > MAX_EVENTS) list.lastElementChild.remove();
}

forms.publish.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { topic, type, data } = Object.fromEntries(new FormData(forms.publish));
  listenFor(type || 'message');
  const name = topic.split('/').map(encodeURIComponent).join('/');
  const query = type ? `?${new URLSearchParams({ type })}` : '';
  try {
    const headers = { 'Content-Type': 'text/plain' };
    const { id } = await request(`/topics/${name}${query}`, { method: 'POST', headers, body: data });
    showAnswer(`Published with the ID ${id}`, false);
  } catch (error) {
    showAnswer(error.message, true);
  }
});

function listenFor(type) {
  if (types.has(type)) return;
  types.add(type);
  source?.addEventListener(type, show);
}

function showAnswer(text, isProblem) {
  answer.textContent = text;
  answer.hidden = false;
  answer.classList.toggle('problem', isProblem);
}
