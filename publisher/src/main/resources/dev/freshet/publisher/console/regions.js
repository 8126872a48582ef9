// All regions, and the members of the one that is shown.

import { Sparkline, WindowChart } from './charts.js';
import { command, count, element, micros, panel, percent, say, seconds, sequence } from './text.js';

const REMEMBERED = 120;

const PROMISES = {
  nothing_lost: 'nothing is lost: the member has no recent proof that it applied everything',
  nothing_comes_back: 'nothing comes back: stores without a lease are accepted',
  staleness_measured: 'staleness is measured: the error of its clock is not known yet',
};

export class Regions {
  #app;
  #rows = new Map();
  #body = element('tbody');
  #omitted = element('p', { class: 'note' });
  #title = element('h3');
  #members = element('tbody');
  #promises = element('ul', { class: 'promises' });
  #chart = new WindowChart();
  #detail;
  #command = command('./freshet members');

  constructor(app) {
    this.#app = app;
    const heads = (...titles) => element('thead', {}, element('tr', {}, titles.map(title => element('th', { scope: 'col' }, title))));
    this.#detail = element('div', { class: 'detail' }, this.#title,
      element('p', { class: 'legend' }, 'Stale window, from the change to the eviction:',
        element('span', { class: 'key p50' }, 'p50'), element('span', { class: 'key p99' }, 'p99')),
      this.#chart.node,
      element('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': 'Members' },
        element('table', {}, element('caption', { class: 'hidden' }, 'Members of the region'),
          heads('Member', 'State', 'Position', 'Behind', 'Proof', 'Entries', 'Hit rate', 'Resets', 'Version'), this.#members)),
      this.#promises);
    this.node = panel('Regions', 'regions',
      element('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': 'Regions' },
        element('table', { class: 'regions' }, element('caption', { class: 'hidden' }, 'Regions. Choose one to see its members.'),
          heads('Region', 'Members', 'Entries', 'Hit rate', 'Stale p50', 'Stale p99', 'p99 lately', 'Resets', 'Records/s'), this.#body)),
      this.#omitted, this.#detail, this.#command);
  }

  themed() {
    this.#chart.themed();
  }

  state(data) {
    const kept = new Set(data.regions.map(region => region.name));
    for (const [name, row] of this.#rows) {
      if (!kept.has(name)) {
        row.node.remove();
        this.#rows.delete(name);
      }
    }
    data.regions.forEach(region => this.#row(region, region.name === data.selected));
    say(this.#omitted, data.regions.length === 0 ? 'There is no region yet: nobody has published or subscribed.'
      : data.omitted > 0 ? `${count(data.omitted)} more regions are not shown.` : '');
    this.#detail.hidden = !data.region;
    if (data.region) {
      this.#show(data.region);
    }
  }

  #row(region, isSelected) {
    let row = this.#rows.get(region.name);
    if (!row) {
      const spark = new Sparkline();
      const button = element('button', {
        type: 'button', class: 'link', onclick: () => this.#app.go(null, { region: region.name }),
      }, region.name);
      const cells = Array.from({ length: 7 }, () => element('td', { class: 'number' }));
      const node = element('tr', {}, element('th', { scope: 'row' }, button),
        cells.slice(0, 5), element('td', {}, spark.node), cells.slice(5));
      row = { node, button, cells, spark, values: [] };
      this.#rows.set(region.name, row);
      const after = [...this.#rows.keys()].sort().indexOf(region.name);
      this.#body.insertBefore(node, this.#body.children[after] ?? null);
    }
    row.node.classList.toggle('selected', isSelected);
    row.button.setAttribute('aria-pressed', String(isSelected));
    const [members, entries, hits, p50, p99, resets, rate] = row.cells;
    say(members, region.unconfirmed > 0 ? `${region.members - region.unconfirmed} of ${region.members}` : count(region.members));
    members.dataset.level = region.unconfirmed > 0 ? 'amber' : 'none';
    say(entries, count(region.entries));
    say(hits, percent(region.hitRate));
    say(p50, micros(region.p50));
    say(p99, micros(region.p99));
    say(resets, count(region.resets));
    say(rate, region.rate.toFixed(region.rate < 10 ? 1 : 0));
    row.values.push(region.p99);
    row.values.splice(0, Math.max(0, row.values.length - REMEMBERED));
    row.spark.show(row.values);
  }

  #show(region) {
    say(this.#title, `Members of ${region.name}`);
    say(this.#command.querySelector('code'), `./freshet members ${region.name}`);
    this.#chart.show(region.points);
    const members = region.subscribers;
    if (!members) {
      this.#members.replaceChildren(element('tr', {}, element('td', { colspan: '9' }, 'Their names need the right members.')));
      return;
    }
    const rows = members.map(member => {
      const state = !member.live ? 'silent' : member.serving ?? (member.confirmed ? 'confirmed' : 'no proof');
      const level = !member.live || !member.confirmed ? (member.serving === 'unconfirmed' ? 'red' : 'amber') : 'green';
      const reads = member.hits + member.misses;
      return element('tr', {},
        element('th', { scope: 'row' }, member.name),
        element('td', {}, element('span', { class: 'badge', 'data-level': level }, state),
          member.subscription && member.subscription !== 'live' ? ` ${member.subscription}` : ''),
        element('td', { class: 'number', title: member.position ?? 'none yet' }, sequence(member.position)),
        element('td', { class: 'number' }, member.lag === null ? 'other log' : count(member.lag)),
        element('td', { class: 'number' }, member.confirmedAge === null ? 'never' : `${seconds(member.confirmedAge)} ago`),
        element('td', { class: 'number' }, count(member.entries)),
        element('td', { class: 'number' }, member.hits < 0 || reads === 0 ? '–' : percent(member.hits / reads)),
        element('td', { class: 'number' }, count(member.resets)),
        element('td', {}, member.version ?? '–'));
    });
    this.#members.replaceChildren(...(rows.length > 0 ? rows
      : [element('tr', {}, element('td', { colspan: '9' }, 'No live member follows this region: is its name misspelt?'))]));
    const broken = members.flatMap(member => [
      ...member.cannotPromise.map(promise => element('li', {}, `${member.name} cannot promise that ${PROMISES[promise] ?? promise}.`)),
      ...(member.trouble ? [element('li', {}, `${member.name}: ${member.trouble}`)] : []),
    ]);
    this.#promises.replaceChildren(...broken);
  }
}
