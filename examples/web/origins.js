// Shows the page of the second origin, under a name of the same site or of another one.

import { explain } from './connection.js';

export async function showOrigins(card) {
  const frame = card.querySelector('iframe');
  const link = card.querySelector('.open');

  // "Lax" means: the browser does not send this cookie with requests from pages of other sites.
  const cookie = `visitor=${Math.random().toString(36).slice(2, 6)}`;
  document.cookie = `${cookie}; SameSite=Lax; Path=/`;
  card.querySelector('[data-value="cookie"]').textContent = cookie;

  const here = location.hostname;
  const elsewhere = here === 'localhost' ? '127.0.0.1' : 'localhost';
  const ports = await (await fetch('/ports')).json();

  card.querySelector('[data-action="same-site"]').addEventListener('click', () => ask(here));
  card.querySelector('[data-action="cross-site"]').addEventListener('click', () => ask(elsewhere));

  // Only the page of the other origin knows its height, so it sends it.
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
    // The other page reads from this server under the same host name as this page.
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
