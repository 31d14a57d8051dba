// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// How long copies take in the hub: histograms of the last minute.

import { html, useEffect, useRef } from "./dom.js";
import { count, duration } from "./format.js";
import { Facts, Section } from "./parts.js";

const KEPT_S = 60;
const NOTE = "From a packet's reception to its first copy, and from the first copy to the last. Bars: since this " +
  "page was opened, at most a minute.";

export function Latency({ hub }) {
  const latency = hub.latency;
  const past = useRef([]);
  useEffect(() => {
    if (!latency?.latency_counts)
      return;
    const first = past.current[0];
    if (first && sum(first.latency.latency_counts) > sum(latency.latency_counts))
      past.current = [];
    past.current.push({ at: Date.now(), latency });
    while (past.current[0].at < Date.now() - KEPT_S * 1000)
      past.current.shift();
  }, [latency]);
  if (!latency)
    return html`<${Section} id="latency" title="Latency"><p class="empty">this hub does not tell</p><//>`;
  const before = past.current[0]?.latency;
  const recent = (name) => latency[name]?.map((value, index) => Math.max(value - (before?.[name]?.[index] ?? 0), 0));
  return html`
    <${Section} id="latency" title="Latency" note=${NOTE}>
      <div class="pair">
        <${Histogram} label="latency" bounds=${latency.bounds_ns} counts=${recent("latency_counts")} />
        <${Histogram} label="spread" bounds=${latency.bounds_ns} counts=${recent("spread_counts")} />
      </div>
      <p class="note">By the hub's own measure:</p>
      <${Facts} facts=${[["half of all within", time(latency.p50_ns)], ["99 % within", time(latency.p99_ns)],
        ["longest", time(latency.max_ns)], ["spread, 99 % within", time(latency.spread_p99_ns)]]} />
    <//>`;
}

function sum(values) {
  return values.reduce((all, value) => all + value, 0);
}

export function time(ns) {
  return ns === 0 ? "0 ns" : duration(ns / 1e9);
}

function Histogram({ label, bounds, counts }) {
  if (!counts)
    return html`<p class="empty">${label}: this hub keeps no histogram</p>`;
  const total = sum(counts), most = Math.max(...counts, 1);
  // The few buckets that have something, and their neighbours.
  const used = counts.map((value, index) => (value ? index : -1)).filter((index) => index >= 0);
  const from = Math.max((used[0] ?? 0) - 1, 0), to = Math.min((used.at(-1) ?? 0) + 1, counts.length - 1);
  const shown = counts.slice(from, to + 1);
  // Room for some eight of them.
  const every = Math.ceil(shown.length / 8);
  const bound = (index) => (index < bounds.length ? time(bounds[index]) : "more");
  const words = (index) => (index < bounds.length ? `to ${time(bounds[index])}` : `over ${time(bounds.at(-1))}`);
  return html`
    <figure class="histogram">
      <figcaption>${label}${total ? "" : ": no copies"}</figcaption>
      <div class="bars" role="img"
        aria-label=${shown.map((value, index) => `${words(from + index)} ${value}`).join(", ")}>
        ${total > 0 && shown.map((value, index) => html`
          <div key=${from + index} title=${`${words(from + index)}: ${count(value)}`}>
          <span class="share">${value / total >= 0.005 ? percent(value / total) : ""}</span>
          <span class="bar" style=${{ height: `${value ? Math.max(value / most * 90, 1) : 0}px` }}></span>
          <span class="bound">${index % every === 0 ? bound(from + index) : ""}</span>
        </div>`)}
      </div>
    </figure>`;
}

function percent(share) {
  return share >= 0.1 ? `${Math.round(share * 100)} %` : `${(share * 100).toFixed(1)} %`;
}
