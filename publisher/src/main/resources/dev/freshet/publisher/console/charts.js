// Curves of the stale window: small ones in the table, a large one for the region that is shown.

/* global uPlot */

const NAMESPACE = 'http://www.w3.org/2000/svg';

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// A curve without axes. Moments without a value are gaps.
export class Sparkline {
  constructor() {
    this.node = document.createElementNS(NAMESPACE, 'svg');
    this.node.setAttribute('class', 'sparkline');
    this.node.setAttribute('viewBox', '0 0 120 24');
    this.node.setAttribute('preserveAspectRatio', 'none');
    this.node.setAttribute('aria-hidden', 'true');
    this.path = document.createElementNS(NAMESPACE, 'path');
    this.node.append(this.path);
  }

  show(values) {
    const known = values.filter(value => value !== null);
    const top = Math.max(...known, 1);
    const step = 120 / Math.max(1, values.length - 1);
    let pen = 'M';
    let line = '';
    values.forEach((value, i) => {
      if (value === null) {
        pen = 'M';
      } else {
        line += `${pen}${(i * step).toFixed(1)} ${(22 - (20 * value) / top).toFixed(1)}`;
        pen = 'L';
      }
    });
    this.path.setAttribute('d', line);
  }
}

// p50 and p99 over time, with axes.
export class WindowChart {
  #plot = null;
  #points = [];

  constructor() {
    this.node = document.createElement('div');
    this.node.className = 'chart';
    this.node.setAttribute('role', 'img');
    this.node.setAttribute('aria-label', 'Stale window of the last minutes: p50 and p99, in milliseconds');
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.node);
  }

  show(points) {
    this.#points = points;
    if (this.#plot) {
      this.#plot.setData(this.#data());
    } else if (points.length > 1 && this.node.clientWidth > 0) {
      this.#make();
    }
  }

  // Colours come from the theme, and uPlot draws them into a canvas.
  themed() {
    if (this.#plot) {
      this.#plot.destroy();
      this.#plot = null;
      this.show(this.#points);
    }
  }

  #data() {
    return [
      this.#points.map(point => point[0] / 1000),
      this.#points.map(point => (point[1] === null ? null : point[1] / 1000)),
      this.#points.map(point => (point[2] === null ? null : point[2] / 1000)),
    ];
  }

  #make() {
    const axis = {
      stroke: colour('--muted'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    this.#plot = new uPlot({
      width: this.node.clientWidth,
      height: 170,
      legend: { show: false },
      cursor: { show: false },
      scales: { x: { range: (plot, min, max) => [Math.min(min, max - 30), max] }, y: { range: (plot, min, max) => [0, Math.max(1, (max ?? 1) * 1.15)] } },
      axes: [{ ...axis, space: 110, values: (plot, ticks) => ticks.map(tick => new Date(tick * 1000).toLocaleTimeString('en-GB')) }, { ...axis, size: 62, values: (plot, ticks) => ticks.map(tick => `${tick} ms`) }],
      series: [
        {},
        { label: 'p50', stroke: colour('--accent'), width: 2, spanGaps: true, points: { show: false } },
        { label: 'p99', stroke: colour('--amber'), width: 1.5, spanGaps: true, points: { show: false } },
      ],
    }, this.#data(), this.node);
  }

  #resize() {
    if (this.#plot && this.node.clientWidth > 0) {
      this.#plot.setSize({ width: this.node.clientWidth, height: 170 });
    } else {
      this.show(this.#points);
    }
  }
}
