// Words and small elements. Text is always set as text: nothing that comes from a server is ever parsed as markup.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (key.startsWith('on')) {
      made.addEventListener(key.slice(2), value);
    } else if (key === 'class') {
      made.className = value;
    } else {
      made.setAttribute(key, value === true ? '' : value);
    }
  }
  made.append(...children.flat().filter(child => child !== null && child !== undefined));
  return made;
}

// Changes the text only if it differs, so that a screen reader says it once and a selection stays.
export function say(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

const whole = new Intl.NumberFormat('en');

export function count(value) {
  return value === null || value === undefined || value < 0 ? '–' : whole.format(value);
}

export function plural(number, one, many = one + 's') {
  return `${count(number)} ${number === 1 ? one : many}`;
}

export function micros(value) {
  if (value === null || value === undefined) {
    return '–';
  }
  if (value < 1000) {
    return `${Math.round(value)} µs`;
  }
  if (value < 1e6) {
    return `${(value / 1000).toPrecision(value < 1e5 ? 2 : 3)} ms`;
  }
  return `${(value / 1e6).toFixed(1)} s`;
}

export function seconds(value) {
  if (value === null || value === undefined) {
    return 'never';
  }
  if (value < 10) {
    return `${value.toFixed(1)} s`;
  }
  if (value < 120) {
    return `${Math.round(value)} s`;
  }
  return value < 7200 ? `${Math.round(value / 60)} min` : `${Math.round(value / 3600)} h`;
}

export function percent(value) {
  return value === null || value === undefined ? '–' : `${(100 * value).toFixed(1)} %`;
}

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  let left = value;
  while (left >= 1024 && unit < units.length - 1) {
    left /= 1024;
    unit++;
  }
  return `${unit === 0 ? left : left.toFixed(1)} ${units[unit]}`;
}

export function clock(microsSince1970) {
  const date = new Date(microsSince1970 / 1000);
  return `${date.toLocaleTimeString('en-GB')}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

export function sequence(position) {
  return position ? `#${position.slice(position.indexOf('-') + 1)}` : '–';
}

export function epoch(position) {
  return position ? position.slice(0, position.indexOf('-')) : '';
}

const SINGULAR = { keys: 'key', tags: 'tag', prefixes: 'prefix' };

export function names(invalidation) {
  if (invalidation.kind === 'all') {
    return 'all entries';
  }
  const kind = invalidation.count === 1 ? SINGULAR[invalidation.kind] : invalidation.kind;
  const shown = invalidation.names.slice(0, 3).join(', ');
  const more = invalidation.count > 3 ? ` and ${count(invalidation.count - 3)} more` : '';
  return `${kind} ${shown}${more}`;
}

// What a panel's foot says: the command that shows the same.
export function command(text) {
  return element('p', { class: 'command' }, element('span', { class: 'hidden' }, 'The command line shows the same: '),
    element('code', {}, text));
}

export function panel(title, id, ...children) {
  return element('section', { class: 'panel', 'aria-labelledby': id, id: `panel-${id}` },
    element('h2', { id }, title), ...children);
}
