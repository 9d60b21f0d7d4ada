// Shows the source of this demo in a panel beside the page, so that the streams stay open.

import { element } from './connection.js';

const panel = document.getElementById('source');
const code = panel.querySelector('.code');
const tab = panel.querySelector('a');
let opener = null;

export function showSources() {
  document.addEventListener('click', (click) => {
    const link = click.target.closest('a[href^="/source/"]');
    // A click with a modifier key opens a tab or a window.
    if (!link || panel.contains(link) || click.ctrlKey || click.metaKey || click.shiftKey) return;
    click.preventDefault();
    opener = link;
    open(link);
  });
  panel.querySelector('[data-action="close-source"]').addEventListener('click', close);
  document.addEventListener('keydown', (key) => {
    if (key.key === 'Escape' && panel.open) close();
  });
}

async function open(link) {
  const name = link.getAttribute('href').replace('/source/', '');
  panel.querySelector('h2').textContent = name;
  tab.href = link.href;
  code.replaceChildren(element('p', 'note', 'Loading…'));
  if (!panel.open) panel.show();
  document.body.classList.add('beside-source');
  panel.querySelector('button').focus();
  const lines = await load(link.href);
  // The reader may have opened another file in the meantime.
  if (opener === link) {
    code.replaceChildren(...lines);
    code.scrollTop = 0;
  }
}

// Returns the lines of the page at `url`, or a message that says why they are missing.
async function load(url) {
  try {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`status ${response.status}`);
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    return page.querySelector('.code').childNodes;
  } catch {
    return [element('p', 'note', 'The server does not answer, so its source cannot be shown.')];
  }
}

function close() {
  panel.close();
  document.body.classList.remove('beside-source');
  opener?.focus();
  opener = null;
}
