// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// A component's question to the monitor, asked again and again while the page can be seen.

import { ask } from "./api.js";
import { useEffect, useState } from "./dom.js";

// The document, and what was wrong with the last question. Both are of these parts and this query only.
// `parts` null: nothing is asked.
export function usePoll(parts, query, everyMs) {
  const key = JSON.stringify([parts, query]);
  const [state, setState] = useState({});
  useEffect(() => {
    if (!parts)
      return undefined;
    const poll = new Poll(parts, query, everyMs, (found) => setState({ key, ...found }));
    return () => poll.end();
  }, [key, everyMs]);
  return state.key === key ? state : {};
}

export class Poll {
  constructor(parts, query, everyMs, tell) {
    Object.assign(this, { parts, query, everyMs, tell, timer: 0, isEnded: false, isAsking: false, last: undefined });
    this.onVisible = () => document.hidden || this.run();
    document.addEventListener("visibilitychange", this.onVisible);
    this.run();
  }

  async run() {
    clearTimeout(this.timer);
    if (this.isAsking || this.isEnded)
      return;
    this.isAsking = true;
    const began = performance.now();
    let found;
    try {
      this.last = await ask(this.parts, this.query);
      found = { document: this.last };
    } catch (problem) {
      found = { document: this.last, problem };
    }
    this.isAsking = false;
    if (this.isEnded)
      return;
    this.tell(found);
    if (!document.hidden)
      this.timer = setTimeout(() => this.run(), Math.max(this.everyMs - (performance.now() - began), this.everyMs / 4));
  }

  end() {
    this.isEnded = true;
    clearTimeout(this.timer);
    document.removeEventListener("visibilitychange", this.onVisible);
  }
}
