// The page. Each demonstration is a module, which gets its card.

import { showChat } from './chat.js';
import { showClock } from './clock.js';
import { addCopyButton } from './copy.js';
import { showNotifications } from './notifications.js';
import { showOrigins } from './origins.js';
import { showRaw } from './raw.js';
import { showSlow } from './slow.js';
import { showSources } from './source.js';
import { showStop } from './stop.js';

const card = (id) => document.getElementById(id);

// The cards request their connections in this order. The tabs of a browser share few connections.
showChat(card('chat'));
showClock(card('clock'), card('streams'));
showNotifications(card('notifications'));
showSlow(card('slow'));
showStop(card('stop'));
showRaw(card('raw'));
showOrigins(card('origins'));

// The commands to copy contain the address of this page.
for (const command of document.querySelectorAll('.curl, .example')) {
  command.textContent = command.textContent.replace('http://127.0.0.1:3000', location.origin);
  addCopyButton(command);
}
showSources();
