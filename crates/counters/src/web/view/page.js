'use strict';
// Without this script the page works with its forms. With it, a click does not reload the page, and values update by
// themselves. Text from outside is only written to textContent, dataset and attributes, never into markup. The content
// of the pipeline's places is markup that the server has rendered and escaped.

const RETRY = 1000;    // ms until the script connects to a lost server again
const SILENCE = 15000; // ms without a message; the server sends a keep-alive every 5 s

const at = id => document.getElementById(id);
let source, silence;

function show(view) {
  notify(view.notices);
  at('waiting').textContent = view.waiting ?? '–';
  showQueues(view);
  showPlaces(view.places);
  if (view.counters === null) return;
  const list = at('counters');
  const paths = new Set(view.counters.map(card => card.path));
  for (const item of [...list.children]) if (!paths.has(item.dataset.path)) item.remove();
  const items = new Map([...list.children].map(item => [item.dataset.path, item]));
  view.counters.forEach((card, index) => {
    const item = items.get(card.path) ?? build(card);
    // Only elements in the wrong place move, so that the focus stays.
    if (list.children[index] !== item) list.insertBefore(item, list.children[index] ?? null);
    setValue(item.querySelector('.value'), card.value);
    item.querySelector('.pending').textContent = card.pending;
  });
  at('empty').hidden = view.counters.length > 0;
}

function showQueues(view) {
  const items = view.queues.map(queue => {
    const name = document.createElement('bdi');
    const waiting = document.createElement('span');
    name.textContent = queue.name;
    waiting.textContent = queue.waiting;
    const item = document.createElement('li');
    item.append(name, ' ', waiting);
    return item;
  });
  if (view.more !== null) {
    const item = document.createElement('li');
    item.textContent = view.more;
    items.push(item);
  }
  at('queues').replaceChildren(...items);
  at('queues').hidden = items.length === 0;
}

function build(card) {
  const item = at('card').content.firstElementChild.cloneNode(true);
  item.dataset.path = card.path;
  item.querySelector('bdi').textContent = card.name;
  item.querySelector('.value').textContent = card.value;
  for (const form of item.querySelectorAll('form')) {
    form.setAttribute('action', `${card.path}/${form.dataset.change}`);
    const button = form.querySelector('button');
    button.setAttribute('aria-label', button.getAttribute('aria-label') + card.name);
  }
  return item;
}

function setValue(place, value) {
  if (place.textContent === value) return;
  place.textContent = value;
  place.classList.remove('changed');
  void place.offsetWidth; // restarts the animation
  place.classList.add('changed');
}

function notify(texts) {
  const box = at('notices');
  // Do nothing if unchanged: a screen reader would read it again.
  if ([...box.children].map(line => line.textContent).join('\n') === texts.join('\n')) return;
  box.replaceChildren(...texts.map(text => {
    const line = document.createElement('p');
    line.textContent = text;
    return line;
  }));
}

function showResult(isAction, text, problem, jid, commands) {
  if (isAction) {
    showCommands(text, problem, commands ?? []);
    return;
  }
  at('message').textContent = text;
  at('message').classList.toggle('problem', problem);
  at('jid').hidden = !jid;
  at('jid').querySelector('code').textContent = jid ?? '';
}

async function send(form) {
  const body = new URLSearchParams(new FormData(form));
  // Determined now, because the form may be redrawn before the response arrives.
  const isAction = form.closest('#pipeline') !== null;
  try {
    const headers = { Accept: 'application/json' };
    const response = await fetch(form.getAttribute('action'), { method: 'POST', headers, body });
    const reply = await response.json();
    showResult(isAction, reply.message ?? reply.error, !response.ok, reply.jid, reply.commands);
    if (response.ok && form.id === 'define') form.reset();
  } catch (error) {
    showResult(isAction, `The page’s own server gave no readable answer (${error.message}). Look into its terminal.`, true);
  }
}

function listen() {
  source?.close();
  source = new EventSource('/events');
  source.onmessage = event => { alive(); show(JSON.parse(event.data)); };
  source.addEventListener('beat', alive);
  source.onerror = lost;
  alive();
}

function alive() {
  clearTimeout(silence);
  silence = setTimeout(lost, SILENCE);
}

function lost() {
  source.close();
  notify(['The page’s own server cannot be reached. The values may be old. Trying again every second.']);
  clearTimeout(silence);
  silence = setTimeout(listen, RETRY);
}

document.addEventListener('submit', event => {
  event.preventDefault();
  send(event.target);
});

// A hidden page requests nothing. A page that becomes visible again updates at once.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    clearTimeout(silence);
    source?.close();
  } else {
    listen();
  }
});
if (!document.hidden) listen();
