// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Above all parts: hubs, search, theme, and the token when one is wanted.

import { ask, setToken } from "./api.js";
import { html, useEffect, useRef, useState } from "./dom.js";
import { Mark, markOf } from "./parts.js";
import { link } from "./route.js";

const HITS = 8;
const THEMES = ["auto", "light", "dark"];
const THEME = "mcdpdk-monitor theme";
const SECTIONS = [
  ["explain-section", "Explain"], ["picture", "Picture"], ["streams", "Streams"], ["refused", "Refused"],
  ["members", "Members"], ["groups", "Groups"], ["ports", "Ports"], ["matrix", "Matrix"], ["drops", "Drops"],
  ["latency", "Latency"], ["lcores", "Lcores"], ["events-section", "Events"],
];

export function Hubs({ hubs, chosen }) {
  return html`
    <nav id="hubs" aria-label="hubs"><ul>
      ${hubs.length > 1 && html`<li><a href="#" aria-current=${chosen ? undefined : "page"}>all hubs</a></li>`}
      ${hubs.map((hub) => html`<li key=${hub.name}>
        <a href=${link(hub.name)} aria-current=${hub.name === chosen ? "page" : undefined}>
        <${Mark} kind=${markOf(hub)}>${hub.name} <span class="unseen">is ${hub.state}</span><//></a></li>`)}
    </ul></nav>`;
}

export function Navigation() {
  const go = (event, id) => {
    event.preventDefault();
    const title = document.getElementById(`${id}-title`);
    if (!title)
      return;
    title.tabIndex = -1;
    title.focus({ preventScroll: true });
    document.getElementById(id).scrollIntoView({ block: "start" });
  };
  return html`
    <nav class="sections" aria-label="parts of the page"><ul>${SECTIONS.map(([id, title]) => html`
      <li key=${id}><a href=${location.hash || "#"} onClick=${(event) => go(event, id)}>${title}</a></li>`)}
    </ul></nav>`;
}

// Members by name or address, groups, and ports.
export function Search({ hub, ports }) {
  const [text, setText] = useState("");
  const [hits, setHits] = useState(null);
  const [at, setAt] = useState(0);
  const input = useRef();
  useEffect(() => {
    const onKey = (event) => {
      const isTyped = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
      if (event.key === "/" && !event.ctrlKey && !event.metaKey && !isTyped) {
        event.preventDefault();
        input.current.focus();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  useEffect(() => {
    if (!text || !hub) {
      setHits(null);
      return undefined;
    }
    let isOver = false;
    const timer = setTimeout(async () => {
      const found = await Promise.all(["members", "groups"].map((table) =>
        ask(["hub", hub, table], { filter: text, limit: HITS }).catch(() => ({ total: 0, [table]: [] }))));
      if (isOver)
        return;
      setAt(0);
      setHits([
        ...found[0].members.map((row) => ({ kind: "member", name: row.name, more: `${row.address} ${row.encap}` })),
        ...found[1].groups.map((row) => ({ kind: "group", name: row.group, more: `${row.receivers} receivers` })),
        ...(ports ?? []).map((port) => port.name).filter((name) => name.includes(text)).map((name) => (
          { kind: "port", name, more: "" })),
      ]);
    }, 120);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [text, hub]);
  const choose = (hit) => {
    location.hash = link(hub, hit);
    setText("");
    // Whoever reads on goes on there.
    const title = document.getElementById("details-title");
    title.tabIndex = -1;
    title.focus();
  };
  const onKey = (event) => {
    if (event.key === "Escape")
      setText("");
    if (!hits?.length)
      return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      setAt((at + (event.key === "ArrowDown" ? 1 : hits.length - 1)) % hits.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(hits[at]);
    }
  };
  return html`
    <div class="search" role="search">
      <label class="unseen" for="search">name, address or group</label>
      <input id="search" ref=${input} type="search" autocomplete="off" spellcheck="false" disabled=${!hub}
        placeholder="name, address or group   /" role="combobox" aria-expanded=${Boolean(hits)}
        aria-controls="search-results" aria-autocomplete="list"
        aria-activedescendant=${hits?.length ? `hit-${at}` : undefined}
        value=${text} onInput=${(event) => setText(event.target.value)} onKeyDown=${onKey} />
      <ul id="search-results" role="listbox" aria-label="found" hidden=${!hits}>
        ${hits?.map((hit, index) => html`
          <li key=${`${hit.kind} ${hit.name}`} id=${`hit-${index}`} role="option" aria-selected=${index === at}
          onMouseDown=${(event) => event.preventDefault()} onClick=${() => choose(hit)}>
          <b>${hit.name}</b> <span>${hit.kind}</span> <span>${hit.more}</span></li>`)}
        ${hits?.length === 0 && html`<li class="empty" role="option" aria-disabled="true">nothing of this name</li>`}
      </ul>
    </div>`;
}

export function Theme() {
  const [theme, setTheme] = useState(() => {
    try {
      return localStorage.getItem(THEME) ?? "auto";
    } catch {
      return "auto";
    }
  });
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(THEME, theme);
    } catch { /* It is chosen again next time. */ }
  }, [theme]);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
  return html`<button id="theme" type="button" onClick=${() => setTheme(next)}>
    <span aria-hidden="true">◐</span> ${theme}<span class="unseen"> colours; change</span></button>`;
}

export function Token({ isWrong, onToken }) {
  const input = useRef();
  useEffect(() => input.current.focus(), []);
  const onSubmit = (event) => {
    event.preventDefault();
    // Others than ASCII cannot be sent, and are in no token.
    setToken(event.target.elements.token.value.replace(/[^!-~]/g, ""));
    onToken();
  };
  return html`
    <main id="main" class="alone">
      <form id="token" class="card" onSubmit=${onSubmit}>
        <h1>mcdpdk</h1>
        <label for="token-input">This monitor wants its token (the word in its --token-file)</label>
        <input id="token-input" name="token" ref=${input} type="password" autocomplete="current-password" required />
        <button type="submit">Show</button>
        ${isWrong && html`<p class="bad" role="alert">✕ It is another one.</p>`}
      </form>
    </main>`;
}
