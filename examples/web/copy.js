// A button that copies the command beside it.

import { element } from './connection.js';

// Puts a button beside `code`.
export function addCopyButton(code) {
  const button = element('button', 'copy', 'Copy');
  button.type = 'button';
  button.setAttribute('aria-label', `Copy: ${code.textContent}`);
  const row = element('div', 'command');
  code.replaceWith(row);
  row.append(code, button);

  let restore;
  button.addEventListener('click', async () => {
    button.textContent = (await copy(code)) ? 'Copied' : 'Press Ctrl+C';
    clearTimeout(restore);
    restore = setTimeout(() => (button.textContent = 'Copy'), 2000);
  });
}

// Returns whether the text is on the clipboard. If not, it is selected for the reader to copy.
async function copy(code) {
  getSelection().selectAllChildren(code);
  try {
    // Only pages of a secure context, such as localhost, have this interface.
    await navigator.clipboard.writeText(code.textContent);
    return true;
  } catch {
    return document.execCommand('copy');
  }
}
