// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// What happened, newest first.

import { html, useState } from "./dom.js";
import { Section } from "./parts.js";
import { usePoll } from "./poll.js";

const CLOCK = { hourCycle: "h23" };
const ASKED = 500, SHOWN = 100;

export function Events({ name }) {
  const [kind, setKind] = useState("");
  const { document: found } = usePoll(["hub", name, "events"], { limit: ASKED }, 2000);
  const events = [...(found?.events ?? [])].reverse();
  const kinds = [...new Set(events.map((event) => event.kind))].sort();
  const shown = events.filter((event) => !kind || event.kind === kind);
  return html`
    <${Section} id="events-section" title="Events">
      <label class="tools">only <select value=${kind} onChange=${(event) => setKind(event.target.value)}>
        <option value="">all</option>
        ${kinds.map((one) => html`<option key=${one} value=${one}>${one}</option>`)}</select></label>
      <ol id="events" tabindex="0" aria-label="events, newest first">${shown.slice(0, SHOWN).map((event) => html`
        <li key=${event.seq} data-kind=${event.kind}>
          <time datetime=${new Date(event.time * 1000).toISOString()}>${clock(event.time)}</time>
          <b>${event.kind}</b> <span>${event.text}</span></li>`)}
        ${shown.length === 0 && html`<li class="empty">nothing happened since the monitor started</li>`}</ol>
      ${shown.length > SHOWN && html`<p class="note">and ${shown.length - SHOWN} before these</p>`}
    <//>`;
}

function clock(seconds) {
  const time = new Date(seconds * 1000);
  const isToday = time.toDateString() === new Date().toDateString();
  return isToday ? time.toLocaleTimeString(undefined, CLOCK) : time.toLocaleString(undefined, CLOCK);
}
