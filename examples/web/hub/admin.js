// Shows the contents of the hub, and reads them again while the page is visible.

import { onToken, request, showProblem } from './token.js';

const INTERVAL = 2000;

const problem = document.querySelector('.problem');
let timer;

async function refresh() {
  clearTimeout(timer);
  try {
    show(await request('/admin/snapshot'));
    showProblem(problem, '');
  } catch (error) {
    showProblem(problem, error.message);
  }
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(refresh, INTERVAL);
}

function show(snapshot) {
  for (const number of document.querySelectorAll('[data-number]')) {
    const value = snapshot[number.dataset.number];
    number.textContent = number.dataset.number === 'bytes' ? size(value) : value.toLocaleString('en');
  }
  fill('#topics', snapshot.topics, ({ name, events, subscriptions }) => [name, events, subscriptions]);
  fill('#subscribers', snapshot.subscribers, ({ key, topics, lag }) => [key, topics?.join(', ') ?? 'all', lag]);
}

function fill(table, rows, cells) {
  const body = document.querySelector(`${table} tbody`);
  body.replaceChildren(...rows.map((row) => {
    const line = document.createElement('tr');
    for (const cell of cells(row)) line.insertCell().textContent = cell.toLocaleString('en');
    return line;
  }));
}

function size(bytes) {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

onToken(refresh);
document.addEventListener('visibilitychange', refresh);
refresh();
