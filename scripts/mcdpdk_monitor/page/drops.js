// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// What was lost, why, and from whom.

import { History } from "./chart.js";
import { html } from "./dom.js";
import { count, duration, pps } from "./format.js";
import { Choose, Section, Table } from "./parts.js";

const REFUSED_SHOWN = 50;
const COLOURS = ["--c1", "--c2", "--c3", "--c4", "--c5", "--c6", "--c7", "--c8"];

export function Drops({ name, hub }) {
  const seen = hub.drops.filter((drop) => drop.packets > 0);
  const columns = [
    { key: "reason", title: "reason", cell: (row) => row.reason },
    { key: "per_s", title: "now", number: true, cell: (row) => pps(row.per_s) },
    { key: "packets", title: "in all", number: true, cell: (row) => count(row.packets) },
    { key: "of", title: "of", cell: (row) => row.of },
    { key: "meaning", title: "meaning", isText: true, cell: (row) => row.meaning },
  ];
  const most = [...seen].sort((a, b) => b.packets - a.packets).slice(0, COLOURS.length);
  return html`
    <${Section} id="drops" title="Drops">
      <${History} hub=${name} path=${["drops"]} unit="pps" label="Dropped a second, by reason"
        series=${most.map((drop, index) => ({ key: drop.reason, label: drop.reason, colour: COLOURS[index] }))} />
      <${Table} id="drops-table" caption="Drops by reason" columns=${columns} rows=${seen}
        keyOf=${(row) => row.reason} empty="nothing was dropped" />
    <//>`;
}

export function Refused({ name, hub, members }) {
  const whose = (row) => row.member || members.find((member) => member.address === row.address)?.name;
  const from = (row) => html`
    ${row.address}${whose(row) && html` <${Choose} hub=${name} kind="member" name=${whose(row)} />`}`;
  const columns = [
    { key: "address", title: "from", cell: from },
    { key: "reason", title: "reason", cell: (row) => row.reason },
    { key: "encap", title: "came as", cell: (row) => `${row.encap}${row.key === "" ? "" : ` ${row.key}`}` },
    { key: "destination", title: "to", cell: (row) => row.destination || "–" },
    { key: "count", title: "packets", number: true, cell: (row) => count(row.count) },
    { key: "last", title: "last", number: true, cell: (row) => `${duration(row.last_seen_s)} ago` },
  ];
  return html`
    <${Section} id="refused" title="Refused senders" note="The last whose packets were not taken, each ten seconds.">
      <${Table} id="refused-table" caption="Refused senders" columns=${columns}
        rows=${(hub.refused ?? []).slice(0, REFUSED_SHOWN)} empty="nobody was refused"
        keyOf=${(row) => `${row.reason} ${row.address} ${row.encap} ${row.key} ${row.destination}`} />
    <//>`;
}
