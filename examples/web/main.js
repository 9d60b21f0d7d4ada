// The page: each demonstration is a module that takes its card.

import { showChat } from './chat.js';
import { showClock } from './clock.js';
import { addCopyButton } from './copy.js';
import { showNotifications } from './notifications.js';
import { showOrigins } from './origins.js';
import { showRaw } from './raw.js';
import { showSources } from './source.js';
import { showStop } from './stop.js';

const card = (id) => document.getElementById(id);

// In this order they ask for a connection, of which the tabs of a browser have few.
showChat(card('chat'));
showClock(card('clock'), card('streams'));
showNotifications(card('notifications'));
showStop(card('stop'));
showRaw(card('raw'));
showOrigins(card('origins'));

// The commands to copy name the address this page came from.
for (const command of document.querySelectorAll('.curl, .example')) {
  command.textContent = command.textContent.replace('http://127.0.0.1:3000', location.origin);
  addCopyButton(command);
}
showSources();
