'use strict';
// Without this script the page works by its forms. With it, a press does not reload the page, and values come by
// themselves. Text from outside goes into textContent, dataset and attributes only, never into markup; the pipeline's
// places come as markup that the server has written and escaped.

const RETRY = 1000;    // ms until a lost server is tried again
const SILENCE = 15000; // ms; the server shows every 5 s that it lives

const at = id => document.getElementById(id);
let source, silence;

function show(view) {
  notify(view.notices);
  at('waiting').textContent = view.waiting ?? '–';
  showQueues(view);
  showPipeline(view.pipeline);
  if (view.counters === null) return;
  const list = at('counters');
  const paths = new Set(view.counters.map(card => card.path));
  for (const item of [...list.children]) if (!paths.has(item.dataset.path)) item.remove();
  const items = new Map([...list.children].map(item => [item.dataset.path, item]));
  view.counters.forEach((card, index) => {
    const item = items.get(card.path) ?? build(card);
    // Only what is out of place moves, so that the focus stays where it is.
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
  void place.offsetWidth; // starts the animation anew
  place.classList.add('changed');
}

function notify(texts) {
  const box = at('notices');
  // Unchanged, it is left alone: a screen reader would read it again.
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
  // Asked now: when the answer is here, the form may be drawn anew.
  const isAction = form.closest('#pipeline') !== null;
  try {
    const headers = { Accept: 'application/json' };
    const response = await fetch(form.getAttribute('action'), { method: 'POST', headers, body });
    const reply = await response.json();
    showResult(isAction, reply.message ?? reply.error, !response.ok, reply.jid, reply.commands);
    if (response.ok && form.id === 'define') form.reset();
  } catch (error) {
    showResult(isAction, `The page’s own server gave no answer that can be read (${error.message}). Look into its terminal.`, true);
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
  notify(['The page’s own server is away. What is shown may be old. Trying again every second.']);
  clearTimeout(silence);
  silence = setTimeout(listen, RETRY);
}

document.addEventListener('submit', event => {
  event.preventDefault();
  send(event.target);
});

// A page that nobody sees asks for nothing, and one that is seen again is right at once.
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    clearTimeout(silence);
    source?.close();
  } else {
    listen();
  }
});
if (!document.hidden) listen();
