// Who holds this, how old is it, what would evict it; and to publish that, where the token may.

import { post } from './stream.js';
import { command, count, element, panel, plural, say, seconds } from './text.js';

const KINDS = { keys: 'Key', tags: 'Tag', prefixes: 'Prefix', all: 'All entries', row: 'Changed row' };
const SINGULAR = { keys: 'key', tags: 'tag', prefixes: 'prefix' };

export class Ask {
  #app;
  #region = null;
  #rights = {};
  #kind = element('select', { id: 'ask-kind' }, Object.entries(KINDS).map(([value, text]) => element('option', { value }, text)));
  #name = element('input', { id: 'ask-name', type: 'text', autocomplete: 'off', spellcheck: 'false', placeholder: 'user:17' });
  #table = element('input', { id: 'ask-table', type: 'text', autocomplete: 'off', spellcheck: 'false', placeholder: 'public.products' });
  #row = element('textarea', { id: 'ask-row', rows: '3', spellcheck: 'false', placeholder: '{"id": 7, "category_id": 3}' });
  #nameField = element('p', {}, element('label', { for: 'ask-name' }, 'Name'), this.#name);
  #rowFields = element('div', {}, element('p', {}, element('label', { for: 'ask-table' }, 'Table'), this.#table),
    element('p', {}, element('label', { for: 'ask-row' }, 'Row after the change, as JSON'), this.#row));
  #answer = element('div', { class: 'answer', 'aria-live': 'polite' });
  #command = command('');
  #form;

  constructor(app) {
    this.#app = app;
    this.#form = element('form', {
      class: 'ask', onsubmit: event => {
        event.preventDefault();
        this.#app.go(null, { kind: this.#kind.value, name: this.#name.value }, true);
        this.#ask();
      },
    }, element('p', {}, element('label', { for: 'ask-kind' }, 'What'), this.#kind), this.#nameField, this.#rowFields,
    element('p', {}, element('button', { type: 'submit' }, 'Ask')));
    this.#kind.addEventListener('change', () => this.#fields());
    this.#name.addEventListener('input', () => this.#says());
    this.#table.addEventListener('input', () => this.#says());
    this.node = panel('Ask', 'ask',
      element('p', { class: 'lead' }, 'Who holds it, how old it is, and what would evict it. Values are never shown.'),
      this.#form, this.#answer, this.#command);
    this.#fields();
  }

  shown() {
    const query = new URLSearchParams(location.hash.split('?')[1] ?? '');
    if (query.get('kind') in KINDS) {
      this.#kind.value = query.get('kind');
    }
    if (query.has('name') && document.activeElement !== this.#name) {
      this.#name.value = query.get('name');
    }
    this.#fields();
  }

  state(data) {
    if (data.selected !== this.#region) {
      this.#region = data.selected;
      this.#answer.replaceChildren();
      this.#says();
    }
    this.#rights = data.region ?? {};
  }

  #fields() {
    const kind = this.#kind.value;
    this.#nameField.hidden = kind === 'row' || kind === 'all';
    this.#rowFields.hidden = kind !== 'row';
    this.#name.required = !this.#nameField.hidden;
    this.#table.required = kind === 'row';
    this.#row.required = kind === 'row';
    this.#says();
  }

  #says() {
    const kind = this.#kind.value;
    const region = this.#region ?? 'REGION';
    const shell = text => `'${text.replaceAll("'", "'\\''")}'`;
    say(this.#command.querySelector('code'), kind === 'row'
      ? `./freshet explain --config publisher.yaml --table ${shell(this.#table.value || 'TABLE')} --row 'JSON'`
      : kind === 'all' ? `./freshet publish ${region} --all --dry-run`
        : `./freshet publish ${region} --${SINGULAR[kind]} ${shell(this.#name.value || 'NAME')} --dry-run`);
  }

  async #ask() {
    if (!this.#region) {
      this.#answer.replaceChildren(element('p', { role: 'alert' }, 'There is no region to ask about yet.'));
      return;
    }
    this.#answer.replaceChildren(element('p', {}, 'Asking the members.'));
    try {
      if (this.#kind.value === 'row') {
        await this.#explain();
      } else {
        await this.#hold(this.#change());
      }
    } catch (fault) {
      this.#fault(this.#answer, fault);
    }
  }

  #fault(node, fault) {
    const faults = fault.problem?.errors ?? fault.problem?.faults ?? [];
    node.replaceChildren(element('p', { class: 'fault', role: 'alert' }, fault.message),
      element('ul', {}, faults.map(one => element('li', {}, `${one.field ?? one.name ?? ''} ${one.fault ?? one.detail ?? ''}`))));
  }

  #change() {
    const kind = this.#kind.value;
    return kind === 'all' ? { region: this.#region, all: true } : { region: this.#region, [kind]: [this.#name.value] };
  }

  async #hold(change) {
    const answer = await post('v1/ask', change);
    const readable = answer.members.reduce((sum, member) => sum + (member.readable ?? 0), 0);
    const asked = change.keys?.[0];
    this.#answer.replaceChildren(
      element('h3', {}, `${plural(readable, 'readable entry', 'readable entries')} on ${plural(answer.members.length, 'member')}`),
      element('div', { class: 'cards' }, answer.members.map(member => this.#card(member, asked))),
      element('p', { class: 'note' }, answer.silent.length > 0 ? `No answer from ${answer.silent.join(', ')}.` : ''),
      this.#evictedBy(answer, change),
      this.#publish(change, answer, readable));
  }

  #card(member, asked) {
    const entries = member.entries.map(entry => element('li', {},
      element('span', { class: 'badge', 'data-level': entry.state === 'readable' || entry.state === 'absent' ? 'green' : 'amber' }, entry.state),
      element('span', { class: 'mono' }, ` ${asked && member.entries.length === 1 ? asked : entry.key}`),
      element('span', { class: 'facts' }, `stored ${seconds(entry.age)} ago`
        + (entry.expiresIn === null ? ', does not expire' : `, expires in ${seconds(entry.expiresIn)}`)
        + (entry.version === null ? '' : `, version ${entry.version}`)
        + (entry.tags.length === 0 ? ', no tags' : `, tags ${entry.tags.join(', ')}`))));
    return element('section', { class: 'card' }, element('h4', {}, member.name),
      entries.length > 0 ? element('ul', {}, entries) : element('p', {}, 'does not hold it'),
      member.readable !== null && member.readable > member.entries.length
        ? element('p', { class: 'note' }, `and ${count(member.readable - member.entries.length)} more`) : null,
      member.serving && member.serving !== 'confirmed' ? element('p', { class: 'note' }, `serves ${member.serving}`) : null);
  }

  #evictedBy(answer, change) {
    const entries = answer.members.flatMap(member => member.entries);
    if (!change.keys || entries.length === 0) {
      return null;
    }
    const tags = [...new Set(entries.flatMap(entry => entry.tags))];
    const left = entries.map(entry => entry.expiresIn).filter(value => value !== null);
    return element('div', {}, element('h3', {}, 'What would evict it'), element('ul', { class: 'by' },
      element('li', {}, `the key ${change.keys[0]}`),
      tags.map(tag => element('li', {}, `the tag ${tag}`)),
      element('li', {}, `any prefix of the key, such as ${change.keys[0].replace(/[^:/.]*$/, '') || change.keys[0].slice(0, 1)}`),
      element('li', {}, 'all entries of the region'),
      left.length > 0 ? element('li', {}, `time: in ${seconds(Math.min(...left))} on the first member`) : null));
  }

  #publish(change, answer, readable) {
    const limit = answer.broadMaximumEntries;
    const isOver = answer.isBroad && limit > 0 && (readable > limit || answer.silent.length > 0);
    const mayAll = this.#rights.mayPublish && (!answer.isBroad || this.#rights.mayBroad);
    const result = element('p', { role: 'status' });
    const force = element('input', { type: 'checkbox', id: 'ask-force' });
    const button = element('button', {
      type: 'button', class: 'danger', disabled: !mayAll, onclick: async () => {
        button.disabled = true;
        say(result, 'Publishing.');
        try {
          const query = new URLSearchParams({ await: 'applied', timeout: '2s' });
          if (force.checked) {
            query.set('force', 'true');
          }
          const done = await post(`v1/invalidations?${query}`, change);
          const position = Object.values(done.positions ?? {})[0];
          say(result, `Published as ${position}: applied by ${done.applied ?? '?'} of ${done.members ?? '?'} members.`);
        } catch (fault) {
          say(result, fault.message);
        }
        button.disabled = false;
      },
    }, 'Publish this invalidation');
    return element('div', { class: 'publish' }, element('h3', {}, 'Publish it'),
      element('p', {}, `It would evict ${plural(readable, 'readable entry', 'readable entries')}. `
        + (!answer.isBroad ? 'Keys are under no limit.'
          : limit === 0 ? 'Broad changes are under no limit here (broad.maximum-entries).'
            : `Broad changes may evict ${count(limit)} (broad.maximum-entries), ${isOver ? 'so it will be refused unless it is forced' : 'so it will pass'}.`)),
      mayAll ? null : element('p', { class: 'note' }, `Read-only: a token with the right ${this.#rights.mayPublish ? 'broad' : 'publish'} in this region is needed.`),
      answer.isBroad && limit > 0 && this.#rights.mayForce && mayAll
        ? element('p', {}, force, ' ', element('label', { for: 'ask-force' }, 'Force it, however many entries go')) : null,
      element('p', {}, button), result);
  }

  async #explain() {
    let row;
    try {
      row = JSON.parse(this.#row.value);
    } catch (fault) {
      throw new Error(`The row is no JSON: ${fault.message}`);
    }
    const answer = await post('v1/explain', { table: this.#table.value, row });
    this.#answer.replaceChildren(element('h3', {}, 'What the rules make of it'),
      element('ul', { class: 'steps' }, answer.steps.map(step => {
        const body = element('div', { class: 'answer' });
        const asks = step.selectors.map(selector => element('button', {
          type: 'button', class: 'quiet', onclick: () => this.#count(step.region, selector, body),
        }, `Who holds ${selector.kind === 'all' ? 'anything' : `${selector.kind} ${selector.names.join(', ')}`}?`));
        return element('li', {}, `Rule ${step.rule} of source ${step.source}, region ${step.region}: `,
          step.broadenedWhy ? `the whole region, because ${step.broadenedWhy}. ` : '',
          step.selectors.length === 0 ? 'nothing, since the columns that it uses are null' : null, ...asks, body);
      })));
  }

  async #count(region, selector, node) {
    try {
      const change = selector.kind === 'all' ? { region, all: true } : { region, [selector.kind]: selector.names };
      const answer = await post('v1/ask', change);
      node.replaceChildren(...answer.members.map(member => element('p', {}, `${member.name}: ${plural(member.readable ?? 0, 'readable entry', 'readable entries')}`)));
    } catch (fault) {
      this.#fault(node, fault);
    }
  }
}
