// The token that the reader has entered. It stays in this tab.

const input = document.querySelector('#token');
input.value = sessionStorage.getItem('token') ?? '';

// Returns the token, or an empty text.
export function token() {
  return input.value.trim();
}

// Calls `changed` when the reader has entered another token.
export function onToken(changed) {
  input.addEventListener('change', () => {
    sessionStorage.setItem('token', token());
    changed();
  });
}

// Sends a request with the token. Fails with the server's explanation unless the answer is a success.
export async function request(path, options = {}) {
  const headers = new Headers(options.headers);
  if (token()) headers.set('Authorization', `Bearer ${token()}`);
  let response;
  try {
    response = await fetch(path, { ...options, headers });
  } catch {
    throw new Error('the server cannot be reached');
  }
  if (!response.ok) throw new Error((await response.text()).trim() || `status ${response.status}`);
  return response.json();
}

// Shows a problem, or hides the last one.
export function showProblem(element, text) {
  element.textContent = text;
  element.hidden = !text;
}
