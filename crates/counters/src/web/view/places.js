// Fills the pipeline's places, and animates each job from its old place to its new one. A job is recognized by its jid.

const TRAVEL = 500; // ms
const MOST = 40;    // animations that start at once
const TICK = 250;   // ms between two updates of the durations
const calm = matchMedia('(prefers-reduced-motion: reduce)');

// The last content, and the place whose button is pressed: if it were redrawn now, the click would be lost.
let seen, held;

const places = () => document.querySelectorAll('[data-place]');

// The position of each job: by jid, the place's name and the rectangle.
function positions() {
  const jobs = new Map();
  for (const place of places()) {
    for (const disc of place.querySelectorAll('.job')) {
      if (!jobs.has(disc.dataset.jid)) {
        jobs.set(disc.dataset.jid, { disc, place: place.dataset.place, box: disc.getBoundingClientRect() });
      }
    }
  }
  return jobs;
}

function showPlaces(view) {
  seen = view;
  const before = positions();
  const focused = document.activeElement?.id;
  for (const place of places()) {
    const inside = view[place.dataset.place];
    if (place.shown === inside || place === held) continue;
    place.shown = inside;
    place.innerHTML = inside;
  }
  // A redrawn button has lost the focus.
  if (focused && document.activeElement?.id !== focused) at(focused)?.focus({ preventScroll: true });
  tick();
  if (!calm.matches && !document.hidden) travel(before, positions());
  drawRoads();
}

function travel(before, after) {
  let left = MOST;
  for (const [jid, { disc, box }] of after) {
    const from = before.get(jid);
    const [x, y] = from ? [from.box.x - box.x, from.box.y - box.y] : [-24, 0];
    if (disc === from?.disc || Math.hypot(x, y) < 2 || left-- <= 0) continue;
    const start = { transform: `translate(${x}px, ${y}px)`, opacity: from ? 1 : 0 };
    disc.animate([start, { transform: 'none', opacity: 1 }], { duration: TRAVEL, easing: 'ease-out' });
  }
  for (const [jid, from] of before) {
    if (!after.has(jid) && left-- > 0) leave(from);
  }
}

// A job that is in no place any more: a process that does not report its jobs has taken it, or it is done.
function leave({ disc, place, box }) {
  const next = { queues: '#place-processes', processes: '#place-figures' }[place];
  if (!next) return;
  const roads = at('roads');
  const [here, goal] = [roads.getBoundingClientRect(), (document.querySelector(`${next} [data-sink]`) ?? document.querySelector(next)).getBoundingClientRect()];
  const ghost = document.createElementNS('http://www.w3.org/2000/svg', 'g');
  ghost.append(disc.querySelector('circle').cloneNode());
  roads.append(ghost);
  const to = (x, y) => `translate(${x - here.x}px, ${y - here.y}px)`;
  const end = to(goal.x + Math.min(goal.width, 300) / 2, goal.y + goal.height / 2);
  ghost.animate([{ transform: to(box.x, box.y), opacity: 1 }, { transform: end, opacity: 0 }], { duration: TRAVEL, easing: 'ease-in' })
    .finished.finally(() => ghost.remove());
}

// From a side of one place to a side of another, with a label. Only if they are next to each other.
const ROADS = [
  ['queues', 'processes', 'across', 0.5, ''],
  ['processes', 'retry', 'down', 0.3, 'fails'],
  ['processes', 'dead', 'down', 0.75, 'fails too often'],
  ['retry', 'queues', 'up', 0.25, 'when due'],
  ['schedule', 'queues', 'up', 0.5, 'when due'],
];

function drawRoads() {
  const roads = at('roads');
  const here = roads.getBoundingClientRect();
  const wide = at('place-queues').getBoundingClientRect().right < at('place-processes').getBoundingClientRect().left;
  const key = `${here.width} ${here.height} ${wide} ${at('place-queues').offsetHeight}`;
  if (roads.dataset.drawn === key) return;
  roads.dataset.drawn = key;
  roads.querySelectorAll('path, polygon, text').forEach(part => part.remove());
  if (wide) ROADS.forEach(road => drawRoad(roads, here, road));
}

function drawRoad(roads, here, [from, to, way, share, word]) {
  const [a, b] = [from, to].map(name => at(`place-${name}`).getBoundingClientRect());
  const overlap = [Math.max(a.left, b.left), Math.min(a.right, b.right)];
  let x1, y1, x2, y2;
  if (way === 'across') {
    [x1, y1, x2, y2] = [a.right, a.top + a.height * share, b.left, a.top + a.height * share];
  } else {
    x1 = x2 = overlap[0] + (overlap[1] - overlap[0]) * share;
    [y1, y2] = way === 'down' ? [a.bottom, b.top] : [a.top, b.bottom];
  }
  const [dx, dy] = [Math.sign(x2 - x1), Math.sign(y2 - y1)];
  const [px, py] = [x2 - here.x - 3 * dx, y2 - here.y - 3 * dy];
  add('path', { d: `M${x1 - here.x + 3 * dx} ${y1 - here.y + 3 * dy}L${px - 6 * dx} ${py - 6 * dy}` });
  add('polygon', { points: `${px},${py} ${px - 7 * dx - 4 * dy},${py - 7 * dy - 4 * dx} ${px - 7 * dx + 4 * dy},${py - 7 * dy + 4 * dx}` });
  const label = add('text', { x: px + 9, y: (y1 + y2) / 2 - here.y + 4 });
  label.textContent = word;
  // Near the edge, the label is on the other side.
  if (px + 9 + label.getComputedTextLength() > here.width) {
    label.setAttribute('x', px - 9);
    label.setAttribute('text-anchor', 'end');
  }

  function add(name, attributes) {
    const part = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
    roads.append(part);
    return part;
  }
}

function tick() {
  const now = Date.now() / 1000;
  for (const time of document.querySelectorAll('time[data-since]')) setTime(time, now - time.dataset.since);
  for (const time of document.querySelectorAll('time[data-until]')) setTime(time, time.dataset.until - now);
}

// Formats like the server (format_duration in lookout).
function setTime(place, seconds) {
  const [unit, size, digits] =
    seconds < 10 ? ['s', 1, 1] :
    seconds < 120 ? ['s', 1, 0] :
    seconds < 7200 ? ['min', 60, 0] :
    seconds < 172800 ? ['h', 3600, 0] : ['days', 86400, 0];
  const text = `${(Math.max(seconds, 0) / size).toFixed(digits)} ${unit}`;
  if (place.textContent !== text) place.textContent = text;
}

function showCommands(text, problem, commands) {
  at('result').textContent = text;
  at('result').classList.toggle('problem', problem);
  at('commands').textContent = commands.join('\n');
  at('commands').hidden = commands.length === 0;
}

function release() {
  if (!held) return;
  held = null;
  // After the click event, which comes last.
  setTimeout(() => showPlaces(seen));
}

addEventListener('pointerdown', event => { held = event.target.closest('[data-place]'); });
addEventListener('pointerup', release);
addEventListener('pointercancel', release);
setInterval(() => { if (!document.hidden) tick(); }, TICK);
addEventListener('resize', () => drawRoads());
