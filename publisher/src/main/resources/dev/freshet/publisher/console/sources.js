// Databases and others that the publisher reads changes from.

import { bytes, clock, command, element, panel, say, seconds } from './text.js';

export class Sources {
  #body = element('tbody');
  #note = element('p', { class: 'note' });
  #table;

  constructor() {
    this.#table = element('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': 'Sources' },
      element('table', {}, element('caption', { class: 'hidden' }, 'Sources of changes'),
        element('thead', {}, element('tr', {}, ['Source', 'Kind', 'State', 'Behind', 'Last progress', 'Last error']
          .map(title => element('th', { scope: 'col' }, title)))), this.#body));
    this.node = panel('Sources', 'sources',
      element('p', { class: 'lead' }, 'Changes that come from a database, an outbox or Redis itself. Behind is what the database has logged and the'
        + ' source has not acknowledged.'),
      this.#table, this.#note, command('curl -s localhost:8701/health/ready'));
  }

  state(data) {
    this.#table.hidden = data.sources.length === 0;
    say(this.#note, data.sources.length > 0 ? ''
      : 'This publisher has no sources, or the token may not see all regions: changes come over HTTP or from Java.');
    this.#body.replaceChildren(...data.sources.map(source => {
      const isBehind = source.lagBytes !== undefined;
      return element('tr', {}, element('th', { scope: 'row' }, source.name), element('td', {}, source.kind),
        element('td', {}, element('span', { class: 'badge', 'data-level': source.fault ? 'amber' : 'green' }, source.fault ? 'fails' : 'reads'),
          source.fault ? ` ${source.fault}` : source.note ? ` ${source.note}` : ''),
        element('td', { class: 'number' }, isBehind ? `${bytes(source.lagBytes)}, ${seconds(source.lagSeconds)}` : '–'),
        element('td', { class: 'number' }, isBehind ? `${seconds(source.progressAge)} ago` : '–'),
        element('td', {}, source.lastError ? `${clock(source.lastErrorAt * 1000)}: ${source.lastError}` : 'none'));
    }));
  }
}
