// A question and its answer on the page.

import { SEALS } from './follow.js';

// What the page says of each state. The answer goes on in the first three.
const WORDS = {
  asking: () => 'Sending the question…',
  answering: () => 'The model is answering…',
  lost: () => 'The connection is lost. The page tries again, and the answer goes on from here.',
  end: () => 'Complete.',
  stopped: ({ isStoppedHere }) =>
    `${isStoppedHere ? 'You have stopped this answer' : 'This answer was stopped in another tab'}: the server closes its ` +
    'request to the model, and what was written until then stays.',
  interrupted: () => 'Interrupted: the server that asked the model has ended. Nothing continues this answer, so ask again.',
  too_large: () => 'The answer has reached the size that the server keeps, so it ends here.',
  failed: ({ problem }) => `Failed: ${problem || 'the model has failed.'}`,
  gone: () => 'The server no longer has this answer: its time is over, or a server without Redis was started again.',
};

export class Turn {
  #outcome;
  #answer;
  #question;

  constructor(id, question = '') {
    this.id = id;
    this.problem = '';
    this.isStoppedHere = false;
    this.element = document.createElement('article');
    this.element.className = 'turn';
    this.element.dataset.id = id;
    this.#question = this.#part('question', 'Question');
    this.#answer = this.#part('answer', 'Answer');
    // A screen reader reads the answer once it is complete, instead of each token.
    this.#answer.setAttribute('aria-live', 'polite');
    this.#outcome = this.#part('outcome');
    this.#outcome.setAttribute('role', 'status');
    this.#question.textContent = question;
    this.state = 'asking';
  }

  #part(name, label) {
    const part = document.createElement('p');
    part.className = name;
    if (label) {
      part.setAttribute('role', 'group');
      part.setAttribute('aria-label', label);
    }
    this.element.append(part);
    return part;
  }

  get state() {
    return this.element.dataset.state;
  }

  set state(state) {
    this.element.dataset.state = state;
    this.#answer.setAttribute('aria-busy', this.isOpen);
    this.#outcome.textContent = WORDS[state](this);
  }

  // Whether the answer may still change.
  get isOpen() {
    return ['asking', 'answering', 'lost'].includes(this.state);
  }

  get text() {
    return { question: this.#question.textContent, answer: this.#answer.textContent };
  }

  // Takes an event of the answer. Its text is never read as markup.
  take({ type, data }) {
    if (type === 'question') this.#question.textContent = data;
    else if (type === 'message') this.#answer.append(data);
    else if (type === 'problem') this.problem = data;
    else if (SEALS.includes(type)) this.state = type;
  }

  // Forgets the answer, to follow it again from the start.
  restart() {
    this.#answer.textContent = '';
    this.state = 'answering';
  }
}
