// Shows the page of the second origin, under a name of the same site or of another one.

import { explain } from './connection.js';

export async function showOrigins(card) {
  const frame = card.querySelector('iframe');
  const link = card.querySelector('.open');

  // Any page of this site may set it; "Lax" keeps it out of what other sites' pages fetch.
  const cookie = `visitor=${Math.random().toString(36).slice(2, 6)}`;
  document.cookie = `${cookie}; SameSite=Lax; Path=/`;
  card.querySelector('[data-value="cookie"]').textContent = cookie;

  const here = location.hostname;
  const elsewhere = here === 'localhost' ? '127.0.0.1' : 'localhost';
  const ports = await (await fetch('/ports')).json();

  card.querySelector('[data-action="same-site"]').addEventListener('click', () => ask(here));
  card.querySelector('[data-action="cross-site"]').addEventListener('click', () => ask(elsewhere));

  // The page of the other origin says how high it is: nothing else can know.
  addEventListener('message', (message) => {
    if (message.source === frame.contentWindow) frame.style.height = `${Number(message.data.height)}px`;
  });
  await show(here, '');

  async function ask(host) {
    await show(host, '&ask');
    link.href = `http://${host}:${ports.other}/?server=${here}`;
    link.hidden = false;
  }

  async function show(host, ask) {
    // The other page reads from this server under the name this page knows it by.
    const origin = `http://${host}:${ports.other}`;
    try {
      await fetch(`${origin}/ports`, { mode: 'no-cors' });
    } catch {
      explain(card, `The second server, ${origin}, does not answer.`);
      return;
    }
    explain(card, '');
    frame.src = `${origin}/?server=${here}${ask}`;
  }
}
