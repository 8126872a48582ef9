// How often the auditor asked members, and what it found.

import { command, count, element, panel, say } from './text.js';

export class Audit {
  #moments = element('tbody');
  #findings = element('tbody');
  #note = element('p', { class: 'note' });
  #counts;
  #found;

  constructor() {
    this.#counts = table('Checks', ['Asked after', 'Checked', 'Stale', 'Admitted', 'Wrong', 'Unanswered', 'Fresh'], this.#moments);
    this.#found = table('Findings', ['Kind', 'Region', 'Asked after', 'Member', 'Record', 'Member at', 'Keys'], this.#findings);
    this.node = panel('Audit', 'audit',
      element('p', { class: 'lead' }, 'Some time after a change, every member is asked which entries it holds from before it. Stale and not'
        + ' admitted must be 0.'),
      this.#counts, this.#note, this.#found, command('./freshet audit REGION --for 1m'));
  }

  state(data) {
    const audit = data.audit;
    this.#counts.hidden = !audit || audit.moments.length === 0;
    this.#found.hidden = !audit || audit.findings.length === 0;
    say(this.#note, note(audit));
    this.#moments.replaceChildren(...(audit?.moments ?? []).map(moment => element('tr', {},
      element('th', { scope: 'row' }, moment.after), number(moment.checked),
      element('td', { class: 'number' }, element('span', { class: 'badge', 'data-level': level(moment) }, count(moment.stale))),
      number(moment.admitted), number(moment.wrong), number(moment.unanswered),
      element('td', { class: 'number' }, fresh(moment)))));
    this.#findings.replaceChildren(...(audit?.findings ?? []).map(finding => element('tr', {},
      element('td', {}, element('span', { class: 'badge', 'data-level': finding.admitted ? 'amber' : 'red' }, finding.kind)),
      element('th', { scope: 'row' }, finding.region), element('td', {}, finding.after), element('td', {}, finding.member),
      element('td', {}, finding.record ?? '–', finding.traceId ? ` trace ${finding.traceId}` : ''), element('td', {}, finding.position ?? '–'),
      element('td', {}, finding.keys.join(' ')))));
  }
}

function table(title, columns, body) {
  return element('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': title },
    element('table', {}, element('caption', { class: 'hidden' }, title),
      element('thead', {}, element('tr', {}, columns.map(column => element('th', { scope: 'col' }, column)))), body));
}

function number(value) {
  return element('td', { class: 'number' }, count(value));
}

function level(moment) {
  return moment.stale > moment.admitted ? 'red' : moment.stale > 0 ? 'amber' : 'green';
}

// If nothing was stale, it is what so many checks prove.
function fresh(moment) {
  if (moment.checked === 0) {
    return 'unknown';
  }
  const nines = moment.nines > 0 ? ` (${moment.nines} nines)` : '';
  return `${(100 * moment.fresh).toFixed(4)} %${moment.stale === 0 ? ' or better' : ''}${nines}`;
}

function note(audit) {
  if (!audit) {
    return 'This publisher does not audit, or the token may not see all regions: set audit.sample.';
  }
  const parts = [];
  if (audit.moments.length === 0) {
    parts.push('Nothing was checked yet.');
  }
  if (audit.compared + audit.notCompared > 0) {
    parts.push(`${count(audit.compared)} values compared with the truth, ${count(audit.notCompared)} that could not be.`);
  }
  if (audit.skipped > 0) {
    parts.push(`${count(audit.skipped)} records left out, because there were too many.`);
  }
  if (audit.lastFailure) {
    parts.push(`${count(audit.failures)} questions failed, the last because: ${audit.lastFailure}`);
  }
  return parts.join(' ');
}
