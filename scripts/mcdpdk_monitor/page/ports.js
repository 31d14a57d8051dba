// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Ports: links, counters, and how near to what they may send.

import { html } from "./dom.js";
import { bps, count, duration, pps } from "./format.js";
import { Choose, Mark, Section, Table } from "./parts.js";

export function Ports({ name, hub }) {
  const peers = hub.peers ?? [];
  const rows = (hub.ports ?? []).map((port) => ({ ...port, ...hub.port_rates[port.name] }));
  const shedNow = (row) => hub.shed_rates[row.name]?.reduce(sum, 0) ?? null;
  const up = (isUp, words) => html`<${Mark} kind=${isUp ? "good" : "bad"}>${words}<//>`;
  const columns = [
    { key: "name", title: "port", cell: (row) => html`<${Choose} hub=${name} kind="port" name=${row.name} />` },
    { key: "link", title: "link", cell: (row) => up(row.link, row.link ? "up" : "down") },
    { key: "mtu", title: "MTU", number: true, cell: (row) => row.mtu },
    { key: "sent", title: "sends", number: true, cell: (row) => pps(row.tx_pps) },
    { key: "allowance", title: "may send", cell: (row) => html`<${Allowance} port=${row} shed=${shedNow(row)} />` },
    { key: "missed", title: "not taken in time", number: true, cell: (row) => count(row.rx_missed + row.rx_nombuf) },
    { key: "shed", title: "sheds", number: true, cell: (row) => pps(shedNow(row)) },
    { key: "burst", title: "most copies in 1 ms", number: true, cell: (row) => count(row.burst_copies_1ms) },
  ];
  const peerColumns = [
    { key: "name", title: "peer", cell: (row) => row.name },
    { key: "state", title: "state", cell: (row) => up(row.state === "up", row.state) },
    { key: "address", title: "address", cell: (row) => row.address },
    { key: "hello", title: "last hello", number: true, cell: (row) => `${duration(row.hello_us / 1e6)} ago` },
    { key: "groups", title: "groups", number: true, cell: (row) => count(row.groups) },
    { key: "rx", title: "received", number: true, cell: (row) => count(row.rx_packets) },
    { key: "tx", title: "sent", number: true, cell: (row) => count(row.tx_packets) },
    { key: "lost", title: "lost", number: true, cell: (row) => count(row.lost) },
    { key: "duplicates", title: "twice", number: true, cell: (row) => count(row.duplicates) },
    { key: "reordered", title: "late", number: true, cell: (row) => count(row.reordered) },
  ];
  return html`
    <${Section} id="ports" title="Ports" wide=${true}>
      <${Table} id="ports-table" caption="Ports" columns=${columns} rows=${rows} keyOf=${(row) => row.name} />
      ${peers.length > 0 && html`
        <${Table} id="peers-table" caption="Other hubs of the domain" columns=${peerColumns} rows=${peers}
          keyOf=${(row) => row.name} />`}
    <//>`;
}

function sum(a, b) {
  return a + b;
}

// How much of it is used; a port without one may send what the cloud lets through.
function Allowance({ port, shed }) {
  const limits = [[port.tx_pps, port.allowance_pps, pps], [port.tx_bps, port.allowance_bps, bps]];
  const shares = limits.filter(([, allowed]) => allowed > 0);
  if (shares.length === 0)
    return "as the cloud lets it";
  return shares.map(([used, allowed, unit]) => {
    const share = Math.min((used ?? 0) / allowed, 1);
    const kind = shed > 0 ? "bad" : share > 0.9 ? "warn" : "";
    return html`<span class="allowance">
      <span class=${`gauge ${kind}`}><span style=${{ width: `${share * 100}%` }}></span></span>${" "}
      ${unit(used)} of ${unit(allowed)}</span>`;
  });
}
