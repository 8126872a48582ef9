// The records of a region as they are appended. One that is chosen says when each member applied it.

import { get } from './stream.js';
import { clock, command, count, element, micros, names, panel, say, sequence } from './text.js';

const KEPT = 300;

export class Tail {
  #app;
  #region = null;
  #records = [];
  #list = element('tbody');
  #note = element('p', { class: 'note', role: 'status' });
  #filter = element('input', { type: 'search', placeholder: 'key, tag, publisher or position', 'aria-label': 'Filter' });
  #pause = element('button', { type: 'button', class: 'quiet', 'aria-pressed': 'false' }, 'Pause');
  #detail = element('div', { class: 'detail', hidden: true, 'aria-live': 'polite' });
  #command = command('');
  #chosen = null;
  #isPaused = false;
  #sampled = 0;

  constructor(app) {
    this.#app = app;
    this.#filter.addEventListener('input', () => {
      this.#app.go(null, { filter: this.#filter.value }, true);
      this.#draw();
    });
    this.#pause.addEventListener('click', () => {
      this.#isPaused = !this.#isPaused;
      this.#pause.setAttribute('aria-pressed', String(this.#isPaused));
      say(this.#pause, this.#isPaused ? 'Go on' : 'Pause');
      this.#draw();
    });
    this.node = panel('Tail', 'tail',
      element('p', { class: 'controls' }, this.#filter, this.#pause),
      element('div', { class: 'columns' },
        element('div', { class: 'wide scroll', tabindex: '0', role: 'region', 'aria-label': 'Records, the newest first' },
          element('table', { class: 'records' }, element('caption', { class: 'hidden' }, 'Records, the newest first. Choose one to see when each member applied it.'),
            element('thead', {}, element('tr', {}, ['Record', 'Logged', 'From', 'Evicts'].map(title => element('th', { scope: 'col' }, title)))),
            this.#list)),
        this.#detail),
      this.#note, this.#command);
  }

  shown() {
    if (document.activeElement !== this.#filter) {
      this.#filter.value = this.#app.filter;
    }
    this.#draw();
  }

  state(data) {
    if (data.selected !== this.#region) {
      this.#region = data.selected;
      this.#records = [];
      this.#choose(null);
      this.#draw();
    }
    say(this.#command.querySelector('code'), `./freshet tail ${data.selected ?? 'REGION'}`);
  }

  records(data) {
    if (data.region !== this.#region) {
      this.#region = data.region;
      this.#records = [];
    }
    if (data.isPast) {
      this.#records = []; // What is told anew after a new connection holds it.
    }
    this.#sampled += data.total - data.records.length;
    for (const record of data.records) {
      record.text = this.#text(record);
      this.#records.push(record);
    }
    this.#records.splice(0, Math.max(0, this.#records.length - KEPT));
    if (!this.#isPaused) {
      this.#draw();
    }
  }

  #text(record) {
    const parts = record.invalidations ? record.invalidations.map(names) : [`unreadable: ${record.unreadable}`];
    record.what = parts.length > 2 ? `${parts.slice(0, 2).join('; ')} and ${count(parts.length - 2)} more` : parts.join('; ');
    const all = (record.invalidations ?? []).flatMap(one => [one.kind, ...one.names]);
    const traces = (record.invalidations ?? []).map(one => one.traceId ?? '');
    return [record.position, record.origin ?? '', record.what, ...all, ...traces].join(' ').toLowerCase();
  }

  #draw() {
    if (!this.node.isConnected) {
      return;
    }
    const wanted = this.#filter.value.trim().toLowerCase();
    const shown = this.#records.filter(record => record.text.includes(wanted)).reverse().slice(0, 100);
    const rows = new Map([...this.#list.children].map(row => [row.dataset.position, row]));
    const nodes = shown.map(record => {
      const row = rows.get(record.position) ?? this.#row(record);
      row.classList.toggle('selected', record.position === this.#chosen);
      return row;
    });
    // Rows that stay are not touched, so that the keyboard's focus stays where it is.
    const keep = new Set(nodes);
    [...this.#list.children].filter(row => !keep.has(row)).forEach(row => row.remove());
    nodes.forEach((row, i) => {
      if (this.#list.children[i] !== row) {
        this.#list.insertBefore(row, this.#list.children[i] ?? null);
      }
    });
    say(this.#note, [
      this.#isPaused ? 'Paused.' : '',
      shown.length === 0 ? (wanted ? 'No record matches.' : 'No record yet.') : '',
      this.#sampled > 0 ? `Sampled: ${count(this.#sampled)} records were not shown. The command line shows all.` : '',
    ].filter(Boolean).join(' '));
  }

  #row(record) {
    const button = element('button', {
      type: 'button', class: 'link', onclick: () => this.#choose(record), 'aria-label': `Record ${record.position}`,
    }, sequence(record.position));
    return element('tr', { 'data-position': record.position }, element('th', { scope: 'row' }, button),
      element('td', { class: 'time' }, record.loggedAt ? clock(record.loggedAt) : '–'),
      element('td', {}, record.origin ?? '–'), element('td', { class: 'what' }, record.what));
  }

  async #choose(record) {
    this.#chosen = record?.position ?? null;
    this.#detail.hidden = !record;
    if (!record) {
      return;
    }
    this.#draw();
    this.#detail.replaceChildren(element('h3', {}, `Record ${sequence(record.position)}`), element('p', {}, 'Asking the members.'));
    try {
      const query = new URLSearchParams({ region: this.#region, position: record.position });
      const answer = await get(`v1/record?${query}`);
      if (this.#chosen === record.position) {
        this.#show(answer.record ?? record, answer.members);
      }
    } catch (fault) {
      this.#detail.replaceChildren(element('h3', {}, `Record ${sequence(record.position)}`),
        element('p', { class: 'fault', role: 'alert' }, fault.message));
    }
  }

  #show(record, members) {
    const before = one => `changed ${micros(Math.abs(record.loggedAt - one.changedAt))} ${record.loggedAt >= one.changedAt ? 'before' : 'after'}`
      + `${one.version === null || one.version === undefined ? '' : `, version ${one.version}`}`
      + `${one.traceId ? `, trace ${one.traceId}` : ''}`;
    this.#detail.replaceChildren(
      element('h3', {}, `Record ${sequence(record.position)}`),
      element('dl', {},
        element('dt', {}, 'Position'), element('dd', { class: 'mono' }, record.position),
        element('dt', {}, 'Logged'), element('dd', {}, record.loggedAt ? clock(record.loggedAt) : '–'),
        element('dt', {}, 'From'), element('dd', {}, record.origin ?? '–'),
        element('dt', {}, 'Evicts'), element('dd', {}, element('ul', {},
          (record.invalidations ?? []).map(one => element('li', {}, `${names(one)} (${before(one)})`))))),
      element('table', {}, element('caption', {}, 'Applied, after the append'),
        element('tbody', {}, members.map(member => element('tr', {}, element('th', { scope: 'row' }, member.name),
          element('td', { class: 'number' }, this.#applied(record, member)))))));
  }

  #applied(record, member) {
    if (member.appliedAt !== null) {
      return `${micros(Math.max(0, member.appliedAt - record.loggedAt))}`;
    }
    if (!member.answered) {
      return 'no answer';
    }
    const [epoch, sequenceOf] = (member.position ?? '-').split('-');
    const [itsEpoch, its] = record.position.split('-');
    return epoch === itsEpoch && Number(sequenceOf) < Number(its) ? 'not yet' : 'longer ago than it remembers';
  }
}
