// Puts the views together, and keeps what is shown in the address: #/view?region=users&filter=user

import { Stream, token, useToken } from './stream.js';
import { element, say } from './text.js';
import { River } from './river.js';
import { Regions } from './regions.js';
import { Tail } from './tail.js';
import { Ask } from './ask.js';
import { Sources } from './sources.js';
import { Audit } from './audit.js';

// Each view is a list of panels; a panel is a class with a node and what it wants to hear: state, records, themed, shown.
const VIEWS = [
  { id: 'overview', title: 'Overview', panels: [River, Regions] },
  { id: 'tail', title: 'Tail', panels: [Tail] },
  { id: 'ask', title: 'Ask', panels: [Ask] },
  { id: 'sources', title: 'Sources', panels: [Sources] },
  { id: 'audit', title: 'Audit', panels: [Audit] },
];

const byId = id => document.getElementById(id);

// ---- the address

function parsed() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  return { view: VIEWS.find(view => view.id === path) ?? VIEWS[0], query: new URLSearchParams(query) };
}

const app = {
  get region() {
    return parsed().query.get('region') ?? app.selected;
  },
  get filter() {
    return parsed().query.get('filter') ?? '';
  },
  selected: null,
  // Changes parts of the address; without an entry in the history where it follows what somebody types.
  go(view, changes, isTyped = false) {
    const now = parsed();
    for (const [key, value] of Object.entries(changes)) {
      if (value) {
        now.query.set(key, value);
      } else {
        now.query.delete(key);
      }
    }
    const query = now.query.toString();
    const hash = `#/${view ?? now.view.id}${query ? `?${query}` : ''}`;
    if (hash === location.hash) {
      return;
    }
    if (isTyped) {
      history.replaceState(null, '', hash);
    } else {
      location.hash = hash;
    }
  },
  askForToken() {
    byId('token-input').value = token() ?? '';
    byId('token-dialog').showModal();
  },
};

// A token may come with the address, as the demo prints it. It does not stay there.
const given = /^#token=([A-Za-z0-9._~+/=-]+)$/.exec(location.hash);
if (given) {
  useToken(given[1]);
  history.replaceState(null, '', location.pathname);
}

// ---- views

const views = new Map();
let current = null;
let lastState = null;

function viewOf(view) {
  if (!views.has(view.id)) {
    const panels = view.panels.map(Panel => new Panel(app));
    views.set(view.id, { ...view, panels, node: element('div', { class: 'view' }, panels.map(panel => panel.node)) });
  }
  return views.get(view.id);
}

// All views exist from the start, so that what happens while another is shown is not missed.
VIEWS.forEach(viewOf);
const panels = () => [...views.values()].flatMap(view => view.panels);

function show() {
  const { view } = parsed();
  const shown = viewOf(view);
  if (shown !== current) {
    current = shown;
    byId('main').replaceChildren(shown.node);
    document.title = `${shown.title} · Freshet console`;
  }
  links();
  panels().forEach(panel => panel.shown?.());
  watch();
}

function links() {
  const nodes = VIEWS.map(view => {
    const query = parsed().query.toString();
    return element('a', {
      href: `#/${view.id}${query ? `?${query}` : ''}`, 'aria-current': view.id === current.id ? 'page' : null,
    }, view.title);
  });
  const nav = byId('views');
  const focused = [...nav.children].indexOf(document.activeElement);
  nav.replaceChildren(...nodes);
  nav.children[focused]?.focus();
}

window.addEventListener('hashchange', show);
// Its address would take the place of the view's.
document.querySelector('.skip').addEventListener('click', event => {
  event.preventDefault();
  byId('main').focus();
});

// ---- what the publisher says

let watched;
const stream = new Stream((name, data) => {
  if (name === 'state') {
    state(data);
  } else if (name === 'records') {
    panels().forEach(panel => panel.records?.(data));
  }
}, lost, slow);

function watch(isForced = false) {
  const region = parsed().query.get('region');
  if (isForced || region !== watched) {
    watched = region;
    stream.watch(region);
  }
}

function state(data) {
  lastState = data;
  app.selected = data.selected;
  verdict(data.verdict.level, data.verdict.sentence, data.verdict.advice);
  regionsOf(data);
  panels().forEach(panel => panel.state?.(data));
}

function verdict(level, sentence, advice) {
  byId('verdict').dataset.level = level;
  say(byId('sentence'), sentence);
  const list = byId('advice');
  if (list.textContent !== advice.join('')) {
    list.replaceChildren(...advice.map(one => element('li', {}, one)));
  }
}

function lost(fault) {
  if (fault.status === 401) {
    verdict('none', 'This console needs a token.', [fault.message]);
    app.askForToken();
    return;
  }
  verdict('red', lastState ? 'The publisher does not answer. What is shown is old.' : 'The publisher does not answer.',
    [fault.status ? fault.message : 'The page connects again by itself. Look whether the publisher runs.']);
}

function slow() {
  verdict('amber', 'The publisher answers, but has looked at Redis for over 10 s.', ['What is shown is old. Look whether Redis answers it.']);
}

const picker = byId('region');
picker.addEventListener('change', () => app.go(null, { region: picker.value }));

function regionsOf(data) {
  const names = data.regions.map(region => region.name);
  if (data.selected && !names.includes(data.selected)) {
    names.unshift(data.selected);
  }
  if (names.join() !== [...picker.options].map(option => option.value).join()) {
    picker.replaceChildren(...names.map(name => element('option', { value: name }, name)));
  }
  if (data.selected && picker.value !== data.selected && document.activeElement !== picker) {
    picker.value = data.selected;
  }
  picker.disabled = names.length === 0;
}

// ---- light and dark

const THEMES = ['auto', 'light', 'dark'];
const themeButton = byId('theme');

function theme(name) {
  if (name === 'auto') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = name;
  }
  localStorage.setItem('freshet-theme', name);
  say(byId('theme-name'), name);
  panels().forEach(panel => panel.themed?.());
}

themeButton.addEventListener('click', () => {
  const now = localStorage.getItem('freshet-theme') ?? 'auto';
  theme(THEMES[(THEMES.indexOf(now) + 1) % THEMES.length]);
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => panels().forEach(panel => panel.themed?.()));

// ---- the token

byId('token').addEventListener('click', () => app.askForToken());
byId('token-cancel').addEventListener('click', () => byId('token-dialog').close());
byId('token-form').addEventListener('submit', event => {
  event.preventDefault();
  useToken(byId('token-input').value.trim());
  byId('token-dialog').close();
  watch(true);
});

theme(THEMES.includes(localStorage.getItem('freshet-theme')) ? localStorage.getItem('freshet-theme') : 'auto');
show();
