// The event that says that events are missing.

import { element } from './connection.js';

const REASONS = {
  trimmed: 'this page was away for longer than the log of the server reaches back',
  slow: 'this page did not read for longer than the log of the server reaches back',
  epoch: 'the server was started again, and its log is a new one',
  malformed: 'the server does not know the ID that this page has sent',
};

// Returns a line of a log that says in plain words what a gap event says.
export function gapLine(event) {
  const { reason } = JSON.parse(event.data);
  const cause = REASONS[reason] ?? 'events are lost';
  return element('li', 'note gap', `A gap (${reason}): ${cause}. Events may be missing here.`);
}
