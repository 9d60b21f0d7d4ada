// Reads the streams of another origin under three policies, one after the other, each once.

const TRIALS = [
  { stream: '/origins/any', withCredentials: false },
  { stream: '/origins/any', withCredentials: true },
  { stream: '/origins/listed', withCredentials: false },
  { stream: '/origins/listed', withCredentials: true },
  { stream: '/origins/closed', withCredentials: false },
];

const host = new URLSearchParams(location.search).get('server') ?? location.hostname;
const ports = await (await fetch('/ports')).json();
const server = `http://${host}:${ports.server}`;

set('here', location.origin);
set('server', server);
// A site is scheme and registrable domain; an IP address or localhost is a site of its own.
set('sites', host === location.hostname ? 'one site' : 'two sites');

const rows = TRIALS.map(({ stream, withCredentials }) => {
  const row = document.querySelector('tbody').insertRow();
  for (const text of [stream, withCredentials ? 'yes' : 'no', '…']) {
    row.insertCell().textContent = text;
  }
  return row;
});

for (const [index, { stream, withCredentials }] of TRIALS.entries()) {
  const outcome = await read(`${server}${stream}`, withCredentials);
  rows[index].dataset.outcome = outcome.refused ? 'refused' : 'read';
  rows[index].cells[2].textContent = outcome.refused ? 'refused' : `read, ${outcome.cookie ?? 'no cookie'}`;
}
document.body.dataset.done = 'yes';

// The first event of the stream, or the refusal.
function read(url, withCredentials) {
  return new Promise((resolve) => {
    const source = new EventSource(url, { withCredentials });
    const finish = (outcome) => {
      source.close();
      resolve(outcome);
    };
    source.addEventListener('seen', (event) => finish(JSON.parse(event.data)));
    // The page learns no reason: what another origin forbids to read, it forbids altogether.
    source.addEventListener('error', () => finish({ refused: true }));
  });
}

function set(name, value) {
  document.querySelector(`[data-value="${name}"]`).textContent = value;
}
