// The publisher's side: a stream of events, and questions. EventSource cannot send a token, so the stream is read with fetch.

const KEY = 'freshet-token';
const FIRST_PAUSE = 300;
const LONGEST_PAUSE = 5000;
// The publisher says something every two seconds. Nothing for so long: what is between here and there has forgotten the connection.
const SILENCE = 10000;

export function token() {
  return sessionStorage.getItem(KEY);
}

export function useToken(value) {
  if (value) {
    sessionStorage.setItem(KEY, value);
  } else {
    sessionStorage.removeItem(KEY);
  }
}

function headers(more = {}) {
  return token() ? { ...more, Authorization: `Bearer ${token()}` } : more;
}

// An answer that is a problem (RFC 9457), or no answer.
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || `The publisher answered ${status}.`);
    this.status = status;
    this.problem = problem;
  }
}

async function problemOf(response) {
  try {
    return await response.json();
  } catch {
    return {};
  }
}

async function answerOf(response) {
  if (!response.ok) {
    throw new Refusal(response.status, await problemOf(response));
  }
  return response.json();
}

export async function get(path) {
  return answerOf(await fetch(path, { headers: headers() }));
}

export async function post(path, body) {
  return answerOf(await fetch(path, {
    method: 'POST', headers: headers({ 'Content-Type': 'application/json' }), body: JSON.stringify(body),
  }));
}

// Watches a region, and connects again whenever the stream ends or falls silent. Calls on(name, data) for each event, lost(fault) once a loss,
// and slow() where the publisher is there, but has had nothing to show for as long.
export class Stream {
  #on;
  #lost;
  #slow;
  #region = null;
  #abort = null;
  #pause = FIRST_PAUSE;
  #timer = null;

  constructor(on, lost, slow) {
    this.#on = on;
    this.#lost = lost;
    this.#slow = slow;
  }

  watch(region) {
    this.#region = region;
    this.#pause = FIRST_PAUSE;
    this.#connect();
  }

  #connect() {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#read(abort).then(
      () => this.#later(abort, null),
      fault => this.#later(abort, fault),
    );
  }

  #later(abort, fault) {
    if (abort !== this.#abort) {
      return; // Another connection took over.
    }
    if (fault) {
      this.#lost(fault);
      this.#pause = Math.min(LONGEST_PAUSE, 2 * this.#pause);
      if (fault.status === 401) {
        return; // It waits for a token.
      }
    }
    this.#timer = setTimeout(() => this.#connect(), fault ? this.#pause : 0);
  }

  async #read(abort) {
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => abort.abort(new Error('The publisher has fallen silent.')), SILENCE);
    };
    try {
      heard();
      await this.#events(abort, heard);
    } finally {
      clearTimeout(silence);
    }
  }

  async #events(abort, heard) {
    const query = this.#region ? `?region=${encodeURIComponent(this.#region)}` : '';
    const response = await fetch(`v1/events${query}`, { headers: headers(), signal: abort.signal });
    if (!response.ok) {
      throw new Refusal(response.status, await problemOf(response));
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    let shownAt = performance.now();
    for (;;) {
      const { value, done } = await reader.read();
      if (done) {
        return;
      }
      heard();
      text += value;
      const events = text.split('\n\n');
      text = events.pop();
      for (const event of events) {
        this.#pause = FIRST_PAUSE;
        if (this.#dispatch(event)) {
          shownAt = performance.now();
        }
      }
      if (performance.now() - shownAt > SILENCE) {
        this.#slow();
      }
    }
  }

  #dispatch(event) {
    let name = '';
    let data = '';
    for (const line of event.split('\n')) {
      if (line.startsWith('event: ')) {
        name = line.slice(7);
      } else if (line.startsWith('data: ')) {
        data += line.slice(6);
      }
    }
    if (data) {
      this.#on(name, JSON.parse(data));
    }
    return data !== '';
  }
}
