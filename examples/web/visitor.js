// The name of this window, for the chat and for the figures of the slow tab.

const COLOURS = ['Amber', 'Azure', 'Coral', 'Crimson', 'Emerald', 'Golden', 'Indigo', 'Ivory', 'Jade', 'Lilac',
  'Ruby', 'Russet', 'Sable', 'Scarlet', 'Silver', 'Violet'];
const ANIMALS = ['Badger', 'Crane', 'Dolphin', 'Falcon', 'Finch', 'Fox', 'Gecko', 'Heron', 'Ibis', 'Lynx',
  'Marten', 'Otter', 'Owl', 'Raven', 'Seal', 'Wren'];

// Each window has a name of its own, which it keeps when the page is reloaded.
export const ownName = (sessionStorage.name ??= `${pick(COLOURS)} ${pick(ANIMALS)} ${10 + random(90)}`);

function pick(names) {
  return names[random(names.length)];
}

function random(end) {
  return Math.floor(Math.random() * end);
}
