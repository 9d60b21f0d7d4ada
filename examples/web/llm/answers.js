// The requests for answers.

const RESEND_AFTER = 1000;
const ATTEMPTS = 10;

// Returns a new ID for an answer: 128 random bits.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

// Starts an answer. If the network fails, nobody knows whether the server has received the POST. It is sent again all
// the same: there is one answer with this ID, however often the POST arrives.
export async function ask(id, question, earlier) {
  const body = JSON.stringify({ id, question, earlier });
  const headers = { 'Content-Type': 'application/json' };
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request('/answers', { method: 'POST', headers, body });
    } catch (error) {
      if (!(error instanceof TypeError) || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, RESEND_AFTER));
    }
  }
}

// Returns the model and the answers of this user, the oldest one first.
export function list() {
  return request('/answers');
}

// Stops an answer. Returns how it has ended, which is `stopped` unless it had ended before.
export async function stop(id) {
  return (await request(`/answers/${id}`, { method: 'DELETE' })).seal;
}

// Fails with a TypeError if the network does, and otherwise with the server's explanation.
async function request(path, options) {
  const response = await fetch(path, options);
  if (!response.ok) throw new Error((await response.text()).trim() || `status ${response.status}`);
  return response.json();
}
