// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// What is known of a member, a hub or a port, in words.

import { bps, count, pps } from "../format.js";
import { elide } from "./names.js";

// "bad", "warn" or "note", as the monitor judges; null: nothing is wrong.
export function faultOf(member) {
  return member.condition === "good" ? null : member.condition;
}

// A receiver that never sends or joins may well be right.
export function isWrong(member) {
  return member.condition === "bad" || member.condition === "warn";
}

export function stateWords(member) {
  return member.says;
}

function rateWords(verb, packets, bits) {
  return `${verb} ${pps(packets)}${bits === null || bits === undefined ? "" : ` · ${bps(bits)}`}`;
}

// The lines of a tooltip.
export function memberLines(member) {
  const origin = member.origin && member.origin !== "static" ? ` · ${member.origin}` : "";
  return [elide(member.name, 40), `${elide(member.address, 44)} · ${member.encap}${origin}`,
    rateWords("sends", member.rxPps, member.rxBps), rateWords("gets", member.txPps, member.txBps), stateWords(member)];
}

export function hubLines(hub) {
  return [elide(hub.name, 40), `${count(hub.copiesPerS)} copies/s`, hub.says];
}

export function portLines(port) {
  return [elide(port.name, 40), port.link ? "link up" : "no link"];
}

export function regionLines(region, members) {
  const sum = (key) => members.reduce((total, member) => total + (member[key] ?? 0), 0);
  const faulty = members.filter(isWrong).length;
  return [region.label, `${count(region.count)} ${region.count === 1 ? "member" : "members"}`,
    rateWords("sends", sum("rxPps"), sum("rxBps")), rateWords("gets", sum("txPps"), sum("txBps")),
    faulty ? `${count(faulty)} with a fault` : "all well"];
}
