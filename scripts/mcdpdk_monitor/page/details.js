// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// What is chosen: a member, a group, a stream or a port; else the hub.

import { History } from "./chart.js";
import { html, useEffect, useRef, useState } from "./dom.js";
import { FindingsOf } from "./findings.js";
import { bps, count, duration, pps } from "./format.js";
import { Choose, Facts, Mark, isGroup, isOf, lastHeard, plural } from "./parts.js";
import { usePoll } from "./poll.js";
import { link } from "./route.js";

const LISTED = 60;
const OF_GROUP = [
  { key: "pps", label: "packets", colour: "--rx" },
  { key: "copies_per_s", label: "copies", colour: "--tx", fill: true },
];
const OF_MEMBER = [
  { key: "rx_pps", label: "sends", colour: "--rx" },
  { key: "tx_pps", label: "is sent", colour: "--tx", fill: true },
  { key: "drops_per_s", label: "loses", colour: "--bad" },
];
const OF_HUB = [
  { key: "data_pps", label: "received", colour: "--rx" },
  { key: "copies_per_s", label: "copies", colour: "--tx", fill: true },
];
const BITS_OF_HUB = [
  { key: "rx_bps", label: "received", colour: "--rx" },
  { key: "tx_bps", label: "sent", colour: "--tx", fill: true },
];
const ORIGINS = {
  static: "in the configuration",
  admitted: "no: admitted by its address",
  amt: "no: an AMT gateway",
};
const ADVICE = {
  "only receives": "If it should send: does it route 224.0.0.0/4 to the hub? On it: mcdpdk-client test",
  "never heard": "Nothing has come from it, neither data nor a join: does it route 224.0.0.0/4 to the hub? On it: " +
    "mcdpdk-client test",
};

export function Details(all) {
  const { selection, name } = all;
  const kind = selection?.kind ?? "hub";
  const Kind = KINDS[kind];
  const place = useRef();
  // On a narrow screen it stands below.
  useEffect(() => {
    const { top } = place.current.getBoundingClientRect();
    if (selection && (top < 0 || top > innerHeight * 0.7))
      place.current.scrollIntoView({ block: "start" });
  }, [kind, selection?.name]);
  return html`
    <aside id="details" ref=${place} class="card" aria-labelledby="details-title" data-kind=${kind}>
      <p class="kind">${kind}${selection && html` <a class="close" href=${link(name)}>close</a>`}</p>
      <h2 id="details-title">${selection?.name ?? name}</h2>
      <${Kind} key=${`${kind} ${selection?.name}`} ...${all} />
    </aside>`;
}

const KINDS = {
  hub: HubDetails,
  member: MemberDetails,
  group: GroupDetails,
  stream: StreamDetails,
  port: PortDetails,
};

function HubDetails({ name, hub }) {
  const info = hub.info ?? {};
  const facts = [
    ["where", hub.where],
    ["version", hub.version],
    ["configuration", `${info.config_file}, nº ${info.generation}`],
    ["process", info.pid],
    ["up for", hub.up ? duration(info.uptime_s) : null],
    ["polling takes of its control lcore", hub.load ? `${(hub.load * 100).toFixed(2)} %` : null],
  ];
  return html`
    <${Facts} facts=${facts} />
    <${History} hub=${name} path=${["hub"]} unit="pps" label="Packets a second" series=${OF_HUB} />
    <${History} hub=${name} path=${["hub"]} unit="bps" label="Bits a second" series=${BITS_OF_HUB} />`;
}

function MemberDetails({ name, hub, members, streams, selection }) {
  const { document: found, problem } = usePoll(["hub", name, "member", selection.name], {}, 3000);
  if (!found)
    return html`<p class="notice">${problem ? problem.message : "…"}</p>`;
  const row = members.find((member) => member.name === selection.name);
  const member = { ...row, ...found.member };
  const sent = streams.filter(({ sender }) => sender === selection.name).map(({ sender, group, pps: rate }) => html`
    <${Choose} hub=${name} kind="stream" sender=${sender} group=${group}>${group}<//> ${pps(rate)}`);
  const received = found.groups.map((group) => html`<${Choose} hub=${name} kind="group" name=${group} />`);
  return html`
    ${problem && html`<p class="notice warn">${problem.message}</p>`}
    <${StateOf} hub=${hub} member=${member} />
    <${FindingsOf} hub=${hub} kind="member" name=${selection.name} />
    <${Facts} facts=${factsOf(member)} />
    <${History} hub=${name} path=${["member", selection.name]} unit="pps" label="Packets a second"
      series=${OF_MEMBER} />
    <h3>Sends to</h3>
    <${Names} empty="nothing was seen" names=${sent} />
    <h3>Receives ${plural(received.length, "group")}</h3>
    <${Names} empty="none: it is in no list, and has not joined" names=${received} />`;
}

function StateOf({ hub, member }) {
  if (!hub.up)
    return html`<p><${Mark} kind="down">its hub is down<//></p>`;
  return html`
    <p><${Mark} kind=${member.condition}>${member.says}<//></p>
    ${ADVICE[member.says] && html`<p class="next">${ADVICE[member.says]}</p>`}
    ${["bad", "warn"].includes(member.condition) && html`<p class="next">Ask above why it does not get a group.</p>`}`;
}

function factsOf(member) {
  return [
    ["address", member.address],
    ["encapsulation", member.key === undefined ? member.encap : `${member.encap}, key ${member.key}`],
    ["port", member.port],
    ["next hop", member.mac || "not known"],
    ["path MTU", member.path_mtu ? `${member.path_mtu} bytes` : null],
    ["last heard", lastHeard(member.last_seen_s)],
    ["declared", ORIGINS[member.origin]],
    ["sends", pps(member.rx_pps)],
    ["is sent", `${pps(member.tx_pps)}, ${bps(member.tx_bps)}`],
    ["copies lost", `${count(member.drops)}${member.drops_per_s ? `, now ${pps(member.drops_per_s)}` : ""}`],
    ["refused for its rate", member.rate_limited ? count(member.rate_limited) : null],
  ];
}

function GroupDetails({ name, streams, selection, chosen, problem }) {
  const group = chosen?.group;
  const senders = streams.filter((stream) => isOf(stream, selection.name));
  const facts = group && [
    ["packets", count(group.packets)],
    ["bytes", count(group.bytes)],
    ["copies", count(group.copies)],
    ["receivers by", group.origins.join(", ")],
    ["priority", group.priority],
  ];
  return html`
    ${problem && html`<p class="notice warn">${problem.message}</p>`}
    ${facts && html`<${Facts} facts=${facts} />`}
    <${History} hub=${name} path=${["group", selection.name]} unit="pps" label="Packets a second" series=${OF_GROUP} />
    <h3>Senders</h3>
    <${Names} empty="none was seen" names=${senders.map((stream) => html`
      <${Choose} hub=${name} kind="stream" sender=${stream.sender} group=${stream.group}>${stream.sender}<//>
      ${stream.group === selection.name ? " " : ` to ${stream.group} `}${pps(stream.pps)}`)} />
    <${Receivers} hub=${name} chosen=${chosen} />`;
}

function Receivers({ hub, chosen }) {
  const names = chosen?.receivers.map((row) => html`<${Choose} hub=${hub} kind="member" name=${row.member} />
    ${` ${row.origins.join(", ")}${row.expires_s ? `, for ${duration(row.expires_s)}` : ""}`}`);
  return html`
    <h3>Receivers: ${names ? count(names.length) : "…"}</h3>
    <${Names} empty="none" names=${names ?? []} />`;
}

function StreamDetails({ name, streams, selection, chosen, problem }) {
  const stream = streams.find((row) => row.sender === selection.sender && row.group === selection.group);
  const entry = isGroup(stream?.entry) ? stream.entry : selection.group;
  const facts = [
    ["sender", html`<${Choose} hub=${name} kind="member" name=${selection.sender} />`],
    ["group", html`<${Choose} hub=${name} kind="group" name=${entry} />`],
    ["packets a second, about", pps(stream?.pps)],
    ["last seen", stream ? lastHeard(stream.last_seen_s) : "not of late"],
  ];
  return html`
    <${Facts} facts=${facts} />
    <${History} hub=${name} path=${["group", entry]} unit="pps" label=${`All packets to ${entry}`} series=${OF_GROUP} />
    ${problem ? html`<p class="notice">${problem.message}</p>` : html`<${Receivers} hub=${name} chosen=${chosen} />`}`;
}

function PortDetails({ name, hub, selection }) {
  const port = hub.ports?.find((one) => one.name === selection.name);
  if (!port)
    return html`<p class="notice">There is no such port.</p>`;
  const limits = [port.allowance_pps && pps(port.allowance_pps), port.allowance_bps && bps(port.allowance_bps)];
  const shed = port.shed?.map((value, priority) => value && `${priority}: ${count(value)}`).filter(Boolean);
  const facts = [
    ["address", [port.address, port.address6].filter(Boolean).join(", ") || null],
    ["IPv6 gateway", port.gateway6 || null],
    ["MAC", port.mac],
    ["MTU", port.mtu],
    ["received", count(port.rx_packets)],
    ["sent", count(port.tx_packets)],
    ["not taken in time", count(port.rx_missed)],
    ["without a free buffer", count(port.rx_nombuf)],
    ["changes of the link", port.link_changes],
    ["resets", port.resets],
    ["most copies in 1 ms", count(port.burst_copies_1ms)],
    ["may send", limits.filter(Boolean).join(", ") || null],
    ["shed, by priority", shed?.join(", ") || null],
  ];
  return html`
    <p><${Mark} kind=${port.link ? "good" : "bad"}>${port.link ? "the link is up" : "the link is down"}<//></p>
    <${FindingsOf} hub=${hub} kind="port" name=${port.name} />
    <${Facts} facts=${facts} />
    <h3>The device's own counters</h3>
    <${Xstats} counters=${hub.xstats?.[port.name] ?? {}} />`;
}

function Xstats({ counters }) {
  const shown = Object.entries(counters).filter(([, value]) => value > 0);
  const isBad = (name) => /allowance_exceeded|error|drop/.test(name);
  return html`<dl class="facts small">${shown.map(([name, value]) => html`
    <div key=${name} class=${isBad(name) ? "warn" : ""}><dt>${name}</dt><dd>${count(value)}</dd></div>`)}</dl>`;
}

// A long list is cut, and can be opened.
function Names({ names, empty }) {
  const [isOpen, setOpen] = useState(false);
  if (names.length === 0)
    return html`<p class="empty">${empty}</p>`;
  const shown = isOpen ? names : names.slice(0, LISTED);
  return html`
    <ul class="names">${shown.map((one, index) => html`<li key=${index}>${one}</li>`)}</ul>
    ${names.length > LISTED && html`
      <button type="button" onClick=${() => setOpen(!isOpen)}>
        ${isOpen ? "fewer" : `all ${count(names.length)}`}</button>`}`;
}
