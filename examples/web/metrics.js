// Shows the text of /metrics as a page, and reads it again every second while the page is visible.

import { element } from './connection.js';
import { addCopyButton } from './copy.js';

const INTERVAL = 1000;

const TRAFFIC = [
  ['Open now', 'sse_streams_open'],
  ['Opened', 'sse_streams_opened_total'],
  ['Events', 'sse_stream_events_total'],
  ['Heartbeats', 'sse_stream_heartbeats_total'],
  ['Bytes', 'sse_stream_bytes_total'],
  ['Bytes sent', 'sse_stream_sent_bytes_total'],
];

const card = (id) => document.getElementById(id);
const state = document.querySelector('.state');
let before = { values: new Map(), time: 0 };
let timer;

async function refresh() {
  clearTimeout(timer);
  try {
    const response = await fetch('/metrics');
    if (!response.ok) throw new Error(`status ${response.status}`);
    show(await response.text());
    setState('open', 'live');
  } catch {
    setState('waiting', 'no answer');
  }
  clearTimeout(timer);
  if (!document.hidden) timer = setTimeout(refresh, INTERVAL);
}

function setState(name, text) {
  state.dataset.state = name;
  if (state.textContent !== text) state.textContent = text;
}

function show(text) {
  const samples = parse(text);
  const now = { values: new Map(samples.map(({ key, value }) => [key, value])), time: performance.now() };
  card('traffic').querySelector('.total').textContent = now.values.get('sse_streams_open') ?? '–';
  fill('traffic', TRAFFIC.map(([words, key]) => row(words, now.values.get(key), rate(key, now))));
  fill('ends', ['sse_streams_ended_total', 'sse_streams_refused_total'].flatMap((name) => {
    const prefix = name === 'sse_streams_refused_total' ? 'refused: ' : '';
    return named(samples, name)
      .filter(({ value }) => value > 0)
      .map(({ labels, value }) => row(prefix + labels.reason.replaceAll('_', ' '), value));
  }), 'No stream has ended yet.');
  fill('hubs', named(samples, 'sse_hub_subscriptions').flatMap(({ labels, value }) => {
    const { hub } = labels;
    const gaps = named(samples, 'sse_hub_gaps_total').filter((sample) => sample.labels.hub === hub);
    const published = `sse_hub_published_total{hub="${hub}"}`;
    return [
      row(`${hub}: subscriptions`, value),
      row(`${hub}: published`, now.values.get(published), rate(published, now)),
      row(`${hub}: gaps`, gaps.reduce((sum, gap) => sum + gap.value, 0)),
    ];
  }));
  showDurations(samples, now.values);
  const pre = card('text').querySelector('pre');
  // A selection of the reader is kept.
  if (!getSelection().containsNode(pre, true) || getSelection().isCollapsed) pre.textContent = text.trim();
  before = now;
}

// Returns the samples of a name in the order of their labels, which the text does not have.
function named(samples, name) {
  return samples.filter((sample) => sample.name === name).sort((a, b) => a.key.localeCompare(b.key));
}

function showDurations(samples, values) {
  const count = values.get('sse_stream_duration_seconds_count') ?? 0;
  const sum = values.get('sse_stream_duration_seconds_sum') ?? 0;
  const mean = count ? `${count.toLocaleString('en')} so far, open for ${duration(sum / count)} on average.` : 'None so far.';
  card('durations').querySelector('[data-value="mean"]').textContent = mean;
  const buckets = samples.filter(({ name }) => name === 'sse_stream_duration_seconds_bucket');
  let lower = 0;
  fill('durations', buckets.map(({ labels: { le }, value }, index) => {
    // Prometheus counts all streams up to the bound of a bucket.
    const own = value - lower;
    lower = value;
    const words = le === '+Inf' ? `over ${duration(Number(buckets[index - 1].labels.le))}` : `up to ${duration(Number(le))}`;
    const line = row(words, own);
    line.style.setProperty('--share', count ? own / count : 0);
    return line;
  }));
}

// Returns the samples of the text format: name, labels, value, and the key of both.
function parse(text) {
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'));
  return lines.map((line) => {
    const [, key, name, labels, value] = line.match(/^(([^{ ]+)(?:\{(.*)\})?) (\S+)$/);
    const pairs = [...(labels ?? '').matchAll(/(\w+)="([^"]*)"/g)];
    return { key, name, labels: Object.fromEntries(pairs.map(([, label, text]) => [label, text])), value: Number(value) };
  });
}

// Returns the change per second since the last text, or nothing for a gauge.
function rate(key, { values, time }) {
  if (!key.includes('_total') || !before.values.has(key)) return '';
  const each = (values.get(key) - before.values.get(key)) / ((time - before.time) / 1000);
  return `${each.toLocaleString('en', { maximumFractionDigits: each < 10 ? 1 : 0 })}/s`;
}

function row(words, value, more = '') {
  const number = element('dd', '', value?.toLocaleString('en') ?? '–');
  if (more) number.prepend(element('small', '', more), ' ');
  return element('div', '', element('dt', '', words), number);
}

function fill(id, rows, note = '') {
  const made = rows.length ? rows : [element('div', '', element('dt', '', note))];
  card(id).querySelector('dl').replaceChildren(...made);
}

function duration(seconds) {
  if (seconds < 59.5) return `${seconds < 9.95 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
  if (seconds < 3570) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

for (const command of document.querySelectorAll('.curl')) {
  command.textContent = command.textContent.replace('http://127.0.0.1:3000', location.origin);
  addCopyButton(command);
}
document.addEventListener('visibilitychange', refresh);
refresh();
