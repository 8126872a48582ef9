// The river: publishers → log → members. Each record is a dot, and lands on a member once its position has reached the record.

import { command, count, element, panel, plural, say, seconds, sequence, epoch } from './text.js';

const SPREAD = 450; // The records of one look are spread over its time.
const TO_LOG = 350;
const TO_MEMBER = 450;
const BURST = 25; // Between dots that were held up, once they may go.
const MAX_WAITING = 40; // So many dots are drawn before a member; the number beside it counts all.
const MAX_MEMBERS = 12;
const ORIGIN_STAYS = 60_000;

export class River {
  #app;
  #canvas = element('canvas', { 'aria-hidden': 'true' });
  #publishers = element('ul', { class: 'stations left', 'aria-label': 'Publishers' });
  #members = element('ul', { class: 'stations right', 'aria-label': 'Members' });
  #log = element('p', { class: 'log' });
  #note = element('p', { class: 'note' });
  #summary = element('p', { class: 'hidden' });
  #command = command('');
  #origins = new Map();
  #lanes = new Map();
  #dots = [];
  #head = null;
  #frame = null;
  #still = matchMedia('(prefers-reduced-motion: reduce)');
  #sampled = 0;
  #region = null;

  constructor(app) {
    this.#app = app;
    this.node = panel('River', 'river',
      element('p', { class: 'lead river-lead' }, 'Every record travels from its publisher through the log to each member. A dot lands when the member has'
        + ' applied it; what waits in front of a member is what it has yet to replay.'),
      element('div', { class: 'river' }, this.#publishers, element('div', { class: 'water' }, this.#canvas, this.#log), this.#members),
      this.#note, this.#summary, this.#command);
    new ResizeObserver(() => this.#resize()).observe(this.node);
  }

  shown() {
    this.#resize();
    this.#run();
  }

  themed() {
    this.#run();
  }

  state(data) {
    const region = data.region;
    if (region?.name !== this.#region) {
      this.#region = region?.name ?? null;
      this.#origins.clear();
      this.#lanes.clear();
      this.#publishers.replaceChildren();
      this.#members.replaceChildren();
      this.#dots = [];
    }
    say(this.#command.querySelector('code'), region ? `./freshet tail ${region.name}; ./freshet members ${region.name}` : './freshet members');
    this.#head = region?.head ?? null;
    say(this.#log, this.#head ? `log ${sequence(this.#head)}` : 'no log yet');
    const members = region?.subscribers ?? [];
    const kept = new Set();
    for (const member of members.slice(0, MAX_MEMBERS)) {
      kept.add(member.id);
      this.#member(member);
    }
    for (const [id, lane] of this.#lanes) {
      if (!kept.has(id)) {
        lane.node.remove();
        this.#lanes.delete(id);
      }
    }
    const rest = members.length - kept.size;
    const parts = [];
    if (region && !region.subscribers) {
      parts.push('The names of members need the right members.');
    }
    if (rest > 0) {
      parts.push(`${plural(rest, 'more member')} not drawn; the table of regions has all.`);
    }
    if (this.#sampled > 0) {
      parts.push(`Sampled: ${count(this.#sampled)} records of the last look are not drawn.`);
    } else if (region) {
      parts.push(`${region.rate.toFixed(region.rate < 10 ? 1 : 0)} records a second.`);
    }
    say(this.#note, parts.join(' '));
    say(this.#summary, members.map(member => `${member.name}: ${this.#words(member)}`).join('. '));
    this.#origin(null);
    this.#run();
  }

  #words(member) {
    if (!member.live) {
      return `silent for ${seconds(member.seenAge)}`;
    }
    if (member.lag === null) {
      return 'joins';
    }
    if (member.lag > 0 && !member.confirmed) {
      return `${count(member.lag)} behind`;
    }
    return member.confirmed ? 'confirmed' : `no proof for ${seconds(member.confirmedAge)}`;
  }

  #member(member) {
    let lane = this.#lanes.get(member.id);
    if (!lane) {
      const node = element('li', {}, element('strong', {}, member.name), element('span', { class: 'what' }), element('span', { class: 'where' }));
      this.#members.append(node);
      lane = { node, waiting: [], position: null, epoch: '', lastAt: 0, flash: 0, lag: 0, held: 0, replayed: 0, replayedAt: 0 };
      this.#lanes.set(member.id, lane);
    }
    const position = member.position ? Number(member.position.split('-')[1]) : null;
    const isHeld = !member.live || !member.confirmed || member.seenAge > 2;
    if (isHeld && member.lag) {
      lane.held = Math.max(lane.held, member.lag);
    } else if (lane.held > 0 && member.lag !== null && member.lag < lane.held) {
      lane.replayed = lane.held;
      lane.replayedAt = performance.now();
      lane.held = 0;
    }
    lane.lag = member.lag;
    lane.epoch = epoch(member.position);
    lane.position = position;
    lane.node.dataset.level = member.live && member.confirmed ? 'green' : member.serving === 'unconfirmed' ? 'red' : 'amber';
    const replayed = lane.replayed > 0 && performance.now() - lane.replayedAt < 8000;
    say(lane.node.querySelector('.what'), replayed ? `replayed ${count(lane.replayed)}` : this.#words(member));
    say(lane.node.querySelector('.where'), `${sequence(member.position)}${isHeld && member.lag ? ` · ${count(member.lag)} behind` : ''}`);
  }

  // Notes that a publisher sent something; forgets those that did not for long.
  #origin(name) {
    const now = performance.now();
    if (name !== null && !this.#origins.has(name)) {
      const node = element('li', {}, element('strong', {}, name || 'publisher'));
      this.#publishers.append(node);
      this.#origins.set(name, { node, at: now });
    }
    if (name !== null) {
      this.#origins.get(name).at = now;
    }
    for (const [other, origin] of this.#origins) {
      if (now - origin.at > ORIGIN_STAYS && this.#origins.size > 1) {
        origin.node.remove();
        this.#origins.delete(other);
      }
    }
  }

  records(data) {
    data.records.forEach(record => record.origin !== undefined && this.#origin(record.origin));
    if (data.isPast) {
      return; // They arrived before somebody watched.
    }
    this.#sampled = data.total - data.records.length;
    const now = performance.now();
    data.records.forEach((record, i) => {
      const begin = now + (SPREAD * i) / data.records.length;
      this.#dots.push({ origin: record.origin ?? '', begin });
      const [itsEpoch, itsSequence] = record.position.split('-');
      for (const lane of this.#lanes.values()) {
        lane.waiting.push({ epoch: itsEpoch, sequence: Number(itsSequence), from: begin + TO_LOG });
        if (lane.waiting.length > MAX_WAITING) {
          lane.waiting.shift();
        }
      }
    });
    this.#run();
  }

  // ---- drawing

  #run() {
    if (this.#frame === null && this.node.isConnected) {
      this.#frame = requestAnimationFrame(now => {
        this.#frame = null;
        this.#draw(now);
      });
    }
  }

  #resize() {
    const box = this.#canvas.parentElement.getBoundingClientRect();
    const scale = devicePixelRatio || 1;
    this.#canvas.width = Math.max(1, Math.round(box.width * scale));
    this.#canvas.height = Math.max(1, Math.round(box.height * scale));
    this.#run();
  }

  #draw(now) {
    const pen = this.#canvas.getContext('2d');
    const box = this.#canvas.getBoundingClientRect();
    const scale = this.#canvas.width / Math.max(1, box.width);
    const style = getComputedStyle(document.documentElement);
    const colour = name => style.getPropertyValue(name).trim();
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, box.width, box.height);
    const middle = { x: box.width / 2, y: box.height / 2 };
    const reach = Math.min(34, box.height / 2 - 24);
    const at = (node, x) => {
      const its = node.getBoundingClientRect();
      return { x, y: Math.max(4, Math.min(box.height - 4, its.top + its.height / 2 - box.top)) };
    };
    const curve = (from, to) => {
      const bend = (from.x + to.x) / 2;
      return t => {
        const u = 1 - t;
        const x = u * u * u * from.x + 3 * u * u * t * bend + 3 * u * t * t * bend + t * t * t * to.x;
        const y = u * u * u * from.y + 3 * u * u * t * from.y + 3 * u * t * t * to.y + t * t * t * to.y;
        return { x, y };
      };
    };
    const line = path => {
      pen.beginPath();
      for (let i = 0; i <= 24; i++) {
        const point = path(i / 24);
        pen.lineTo(point.x, point.y);
      }
      pen.stroke();
    };
    const dot = (point, size) => {
      pen.beginPath();
      pen.arc(point.x, point.y, size, 0, 2 * Math.PI);
      pen.fill();
    };

    pen.lineWidth = 2;
    pen.strokeStyle = colour('--line');
    const ins = new Map();
    for (const [name, origin] of this.#origins) {
      const path = curve(at(origin.node, 2), { x: middle.x - 8, y: middle.y });
      ins.set(name, path);
      line(path);
    }
    let isMoving = false;
    for (const lane of this.#lanes.values()) {
      const path = curve({ x: middle.x + 8, y: middle.y }, at(lane.node, box.width - 8));
      const level = colour(`--${lane.node.dataset.level}`);
      const isLate = lane.node.dataset.level !== 'green';
      pen.strokeStyle = isLate ? level : colour('--line');
      pen.setLineDash(isLate ? [5, 5] : []);
      line(path);
      pen.setLineDash([]);
      isMoving = this.#lane(lane, path, now, level, dot) || isMoving;
    }

    // The log: a bar that all records pass.
    pen.fillStyle = colour('--accent');
    pen.beginPath();
    pen.roundRect(middle.x - 6, middle.y - reach, 12, 2 * reach, 6);
    pen.fill();
    this.#dots = this.#dots.filter(one => now < one.begin + TO_LOG);
    for (const one of this.#dots) {
      const path = ins.get(one.origin);
      if (path && now >= one.begin && !this.#still.matches) {
        dot(path((now - one.begin) / TO_LOG), 4);
      }
    }
    if (isMoving || this.#dots.length > 0) {
      this.#run();
    }
  }

  // Draws what is on its way to a member. Returns whether anything moves.
  #lane(lane, path, now, level, dot) {
    const pen = this.#canvas.getContext('2d');
    pen.fillStyle = level;
    let waits = 0;
    let isMoving = false;
    lane.waiting = lane.waiting.filter(record => {
      const mayGo = lane.position !== null && (record.epoch !== lane.epoch || record.sequence <= lane.position);
      if (!record.left && mayGo && now >= record.from) {
        record.left = Math.max(now, lane.lastAt + BURST);
        lane.lastAt = record.left;
      }
      if (record.left && now - record.left >= TO_MEMBER) {
        lane.flash = now;
        return false;
      }
      if (record.left && now >= record.left) {
        if (!this.#still.matches) {
          dot(path((now - record.left) / TO_MEMBER), 4);
        }
        isMoving = true;
      } else if (now >= record.from) {
        // It waits behind the log, in line.
        dot(path(Math.min(0.8, 0.1 + 0.02 * waits++)), 3);
        isMoving = isMoving || Boolean(record.left);
      } else {
        isMoving = true;
      }
      return true;
    });
    const age = now - lane.flash;
    if (age < 400) {
      pen.globalAlpha = 1 - age / 400;
      dot(path(1), 5 + age / 60);
      pen.globalAlpha = 1;
      isMoving = true;
    }
    dot(path(1), 5);
    return isMoving;
  }
}
