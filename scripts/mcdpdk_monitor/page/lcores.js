// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Who works: lcores, and what the control lcore does.

import { html } from "./dom.js";
import { count } from "./format.js";
import { Mark, Section, Table } from "./parts.js";
import { time } from "./latency.js";

// The watchdog's own limit is the hub's; this only marks.
const LATE_MS = 1000;

export function Lcores({ hub }) {
  const progress = (row) => html`
    <${Mark} kind=${row.last_progress_ms > LATE_MS ? "bad" : "good"}>${row.last_progress_ms} ms ago<//>`;
  const columns = [
    { key: "lcore", title: "lcore", cell: (row) => `${row.lcore} ${row.role}` },
    { key: "busy", title: "busy", cell: (row) => html`<meter min="0" max="100" high="90" value=${row.busy_percent}
      aria-label=${`lcore ${row.lcore} busy`}></meter> ${row.busy_percent} %` },
    { key: "packets", title: "packets", number: true, cell: (row) => count(row.packets) },
    { key: "progress", title: "last progress", cell: progress },
  ];
  const classes = Object.entries(hub.control ?? {}).filter(([, value]) => typeof value === "object");
  const control = [
    { key: "class", title: "the control lcore's work", cell: ([name]) => name },
    { key: "queued", title: "waiting", number: true, cell: ([, row]) => count(row.queued) },
    { key: "served", title: "done", number: true, cell: ([, row]) => count(row.served) },
    { key: "dropped", title: "dropped", number: true, cell: ([, row]) => count(row.dropped) },
    { key: "busy", title: "time", number: true, cell: ([, row]) => time(row.busy_us * 1000) },
  ];
  return html`
    <${Section} id="lcores" title="Lcores">
      <${Table} id="lcores-table" caption="Lcores" columns=${columns} rows=${hub.lcores ?? []}
        keyOf=${(row) => row.lcore} />
      <${Table} id="control-table" caption="Control classes" columns=${control} rows=${classes}
        keyOf=${([name]) => name} />
      ${hub.control && html`
        <p class="note">Longest without a look at the others: ${time(hub.control.longest_slice_us * 1000)}</p>`}
    <//>`;
}
