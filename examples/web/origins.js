// Opens the page of the second origin, by a name of the same site or of another one.

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

  card.querySelector('[data-action="same-site"]').addEventListener('click', () => show(here));
  card.querySelector('[data-action="cross-site"]').addEventListener('click', () => show(elsewhere));

  function show(host) {
    // The other page reads from this server under the name this page knows it by.
    link.href = `http://${host}:${ports.other}/?server=${here}`;
    link.hidden = false;
    frame.src = link.href;
    frame.hidden = false;
  }
}
