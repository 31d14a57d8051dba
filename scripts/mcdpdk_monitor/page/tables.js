// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// The same as the picture, for whoever reads: streams, members and groups.

import { html, useState } from "./dom.js";
import { bps, count, pps } from "./format.js";
import { Choose, Mark, Section, Table, isGroup, lastHeard } from "./parts.js";
import { usePoll } from "./poll.js";

const ROWS = 50;
// Of the streams.
const FIRST = 10;

export function Members({ name, hub }) {
  const columns = [
    { key: "name", title: "member", cell: (row) => html`<${Choose} hub=${name} kind="member" name=${row.name} />` },
    { key: "address", title: "address", cell: (row) => row.address },
    { key: "encap", title: "encapsulation", cell: (row) => row.encap },
    { key: "condition", title: "state", cell: (row) => html`<${Mark} kind=${row.condition}>${row.says}<//>` },
    { key: "rx_pps", title: "sends", number: true, cell: (row) => pps(row.rx_pps) },
    { key: "tx_pps", title: "is sent", number: true, cell: (row) => pps(row.tx_pps) },
    { key: "tx_bps", title: "bit/s", number: true, cell: (row) => bps(row.tx_bps) },
    { key: "drops_per_s", title: "loses", number: true, cell: (row) => pps(row.drops_per_s) },
    { key: "groups", title: "groups", number: true, cell: (row) => count(row.groups) },
    { key: "path_mtu", title: "path MTU", number: true, cell: (row) => row.path_mtu || "–" },
    { key: "last_seen_s", title: "last heard", number: true, cell: (row) => lastHeard(row.last_seen_s) },
  ];
  return html`<${Paged} hub=${name} table="members" title="Members" columns=${columns} first="condition"
    keyOf=${(row) => row.name} expected=${hub.members} filter="part of a name or address" />`;
}

export function Groups({ name, hub }) {
  const columns = [
    { key: "group", title: "group", cell: (row) => html`<${Choose} hub=${name} kind="group" name=${row.group} />` },
    { key: "receivers", title: "receivers", number: true, cell: (row) => count(row.receivers) },
    { key: "pps", title: "packets", number: true, cell: (row) => pps(row.pps) },
    { key: "bps", title: "bit/s", number: true, cell: (row) => bps(row.bps) },
    { key: "copies_per_s", title: "copies", number: true, cell: (row) => pps(row.copies_per_s) },
    { key: "packets", title: "packets in all", number: true, cell: (row) => count(row.packets) },
    { key: "priority", title: "priority", number: true, cell: (row) => row.priority ?? "–" },
    { key: "origins", title: "receivers by", sortable: false, cell: (row) => row.origins.join(", ") },
  ];
  return html`<${Paged} hub=${name} table="groups" title="Groups" columns=${columns} first="-pps"
    keyOf=${(row) => row.group} expected=${hub.groups} filter="part of a group" />`;
}

// Rows that the monitor filters, sorts and cuts.
function Paged({ hub, table, title, columns, first, keyOf, filter: what, expected }) {
  const [filter, setFilter] = useState("");
  const [sort, setSort] = useState(first);
  const [offset, setOffset] = useState(0);
  const { document: found, problem } = usePoll(["hub", hub, table], { filter, sort, offset, limit: ROWS }, 2000);
  const total = found?.total ?? 0;
  const last = Math.min(offset + ROWS, total);
  const change = (set) => (value) => {
    setOffset(0);
    set(value);
  };
  return html`
    <${Section} id=${table} title=${title} wide=${true}>
      <div class="tools">
        <label>filter <input type="search" value=${filter} placeholder=${what}
          onInput=${(event) => change(setFilter)(event.target.value)} /></label>
        <span>${found ? `${Math.min(offset + 1, total)} to ${last} of ${count(total)}` : "…"}</span>
        ${total > ROWS && html`<${Turn} offset=${offset} total=${total} onTurn=${setOffset} />`}
        ${found?.left_out > 0 && html`<span class="note">and ${count(found.left_out)} that are not kept</span>`}
        ${found && problem && html`<span class="bad">${problem.message}</span>`}
        ${found && !found.complete && html`<span class="note">being read: ${count(total)} of ${count(expected)}</span>`}
      </div>
      <${Table} id=${`${table}-table`} caption=${title} columns=${columns} rows=${found?.[table] ?? []}
        sort=${sort} onSort=${change(setSort)} keyOf=${keyOf} empty=${problem?.message ?? (found ? "none" : "…")} />
    <//>`;
}

function Turn({ offset, total, onTurn }) {
  return html`
    <button type="button" disabled=${offset === 0} onClick=${() => onTurn(offset - ROWS)}>previous</button>
    <button type="button" disabled=${offset + ROWS >= total} onClick=${() => onTurn(offset + ROWS)}>next</button>`;
}

export function Streams({ name, streams, isKnown }) {
  const [all, setAll] = useState(false);
  const choose = (kind, row, text) => html`
    <${Choose} hub=${name} kind=${kind} name=${text} sender=${row.sender} group=${row.group}>${text}<//>`;
  const columns = [
    { key: "sender", title: "sender", cell: (row) => choose("member", row, row.sender) },
    { key: "group", title: "sends to", cell: (row) => choose("stream", row, row.group) },
    { key: "entry", title: "entry", cell: (row) => (isGroup(row.entry) ? choose("group", row, row.entry) : row.entry) },
    { key: "rate", title: "packets, about", number: true, cell: (row) => pps(row.pps) },
    { key: "last", title: "last", number: true, cell: (row) => lastHeard(row.last_seen_s) },
  ];
  const empty = isKnown === false ? "this hub is too old to tell" : "nobody has sent of late to a group with receivers";
  const rows = all ? streams : streams.slice(0, FIRST);
  return html`
    <${Section} id="streams" title="Streams" note="Who sends what, by samples of what the hub replicates.">
      <${Table} id="streams-table" caption="Streams" columns=${columns} rows=${rows}
        keyOf=${(row) => `${row.sender} ${row.group}`} empty=${empty} />
      ${streams.length > FIRST && html`
        <button type="button" onClick=${() => setAll(!all)}>
          ${all ? `the first ${FIRST}` : `all ${count(streams.length)}`}</button>`}
    <//>`;
}
