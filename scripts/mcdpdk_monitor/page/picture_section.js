// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// The picture's place in the page: what it shows, and what a choice in it does.

import { html, useEffect, useRef, useState } from "./dom.js";
import { count } from "./format.js";
import { Section, isOf, markOf, plural } from "./parts.js";
import { Picture } from "./picture/picture.js";
import { link } from "./route.js";

export function PictureSection({ name, hub, hubs, members, membersTotal, streams, selection, chosen }) {
  const canvas = useRef();
  const picture = useRef();
  const hubName = useRef(name);
  const [hint, setHint] = useState("");
  hubName.current = name;
  useEffect(() => {
    picture.current = new Picture(canvas.current, {
      onSelect: (what) => { location.hash = link(hubName.current, what); },
      onOpenHub: (opened) => { location.hash = link(opened); },
      onHint: setHint,
    });
    window.mcdpdkPicture = picture.current;
    return () => picture.current.destroy();
  }, []);
  // Most of the hub's document changes each second and is not drawn.
  const ports = hub?.ports?.map((port) => port.link).join();
  useEffect(() => {
    picture.current.show(scene(hub, hubs, members, streams, selection, chosen));
  }, [hub && markOf(hub), hub?.warnings, name, ports, hubs, members, streams, selection?.kind, selection?.name, chosen]);
  if (name === undefined)
    return html`
      <${Section} id="picture" title="All hubs">
        <canvas ref=${canvas} tabindex="0" role="application" aria-label="hubs and what flows between them"></canvas>
        <p class="unseen" aria-live="polite">${hint}</p>
      <//>`;
  const label = `${name} with ${members.length} members around it; the tables below say the same`;
  return html`
    <${Section} id="picture" title="Picture" note=${html`<${Legend} shown=${members.length} total=${membersTotal} />`}>
      <canvas ref=${canvas} tabindex="0" role="application" aria-label=${label}></canvas>
      <p class="unseen" aria-live="polite">${hint}</p>
    <//>`;
}

function Legend({ shown, total }) {
  return html`
    <span class="legend"><span class="towards">→ to the hub</span> <span class="from">→ copies to members</span></span>
    The wider, the more. Arrow keys go from member to member, Enter chooses, + − 0 zoom.
    ${total > shown && ` The first ${count(shown)} of ${count(total)} members.`}`;
}

function scene(hub, hubs, members, streams, selection, chosen) {
  const isOfGroup = selection?.kind === "group" || selection?.kind === "stream";
  return {
    hubs: (hub ? [hub] : hubs).map(drawnHub),
    members: members.map((row) => drawn(row, hub.up)),
    ports: hub?.ports ?? [],
    selection,
    senders: isOfGroup ? sendersOf(selection, streams) : null,
    receivers: isOfGroup ? new Set(chosen?.receivers.map((row) => row.member)) : null,
    peers: hub ? [] : peersOf(hubs),
  };
}

// With warnings it looks as degraded, but is not called so.
function drawnHub({ name, state, warnings, rates }) {
  const isWarned = markOf({ state, warnings }) === "warn";
  return { name, state: isWarned ? "degraded" : state, says: isWarned ? plural(warnings, "warning") : state,
    copiesPerS: rates.copies_per_s ?? null };
}

// What the hubs say of each other.
function peersOf(hubs) {
  return hubs.flatMap((head) => (head.peers ?? []).map(({ name, state }) => (
    { from: head.name, to: name, state, pps: null })));
}

// Rates of a hub that is down are not known.
function drawn(row, isUp) {
  const { name, address, encap, origin, condition, says } = row;
  const [rxPps, txPps, rxBps, txBps] = ["rx_pps", "tx_pps", "rx_bps", "tx_bps"].map((key) =>
    (isUp ? row[key] ?? null : null));
  return { name, address, encap, origin, condition: isUp ? condition : "note", says, rxPps, txPps, rxBps, txBps };
}

function sendersOf(selection, streams) {
  if (selection.kind === "stream")
    return new Set([selection.sender]);
  const found = streams.filter((row) => isOf(row, selection.name));
  return new Set(found.map((row) => row.sender));
}
