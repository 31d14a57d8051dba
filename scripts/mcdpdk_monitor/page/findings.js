// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// What is wrong now and what to try next; and how much goes through.

import { bps, count, duration, pps } from "./format.js";
import { html } from "./dom.js";
import { Choose, Mark, markOf, plural } from "./parts.js";
import { link } from "./route.js";

const SHOWN = 10;
const CLOCK = { dateStyle: "short", timeStyle: "medium", hourCycle: "h23" };

export function Findings({ name, hub, hubs }) {
  return html`
    <section id="verdict" aria-label="what is wrong now">
      ${hub ? html`<${OfHub} name=${name} hub=${hub} />` : html`<${OfAll} hubs=${hubs} />`}
    </section>
    <p class="unseen" role="status">${spoken(name, hub, hubs)}</p>`;
}

// What a screen reader says when it changes: no figures, which change each second.
function spoken(name, hub, hubs) {
  if (!hub)
    return hubs.map((head) => `${head.name} is ${head.state}`).join(", ");
  if (!hub.up)
    return `${name} is down`;
  const wrong = hub.findings.filter((finding) => finding.severity !== "note");
  const reasons = wrong.map(({ subject, reason }) => `${subject?.name ?? ""} ${reason}`);
  return `${name}: ${words(wrong.length)}. ${reasons.join(", ")}`;
}

function OfAll({ hubs }) {
  if (hubs.length === 0)
    return html`<p><${Mark} kind="bad">no hub is watched<//></p>`;
  return html`
    <ul class="findings">${hubs.map((hub) => html`
      <li key=${hub.name} class=${markOf(hub)}><${Mark} kind=${markOf(hub)}>
        <a class="name" href=${link(hub.name)}>${hub.name}</a> is ${hub.state}${more(hub)}
      <//></li>`)}
    </ul>`;
}

function more(hub) {
  return hub.error ? `: ${hub.error}` : hub.warnings > 0 ? `, with ${plural(hub.warnings, "warning")}` : "";
}

function OfHub({ name, hub }) {
  if (!hub.up)
    return html`
      <p class="headline"><${Mark} kind="down"><b>${name} is down</b> since ${clock(hub.since)}: ${hub.error}<//></p>
      <p class="next">Below are its last answers.${hub.local && " Look at its log: journalctl -u mcdpdk"}</p>`;
  const wrong = hub.findings.filter((finding) => finding.severity !== "note");
  const notes = hub.findings.filter((finding) => finding.severity === "note");
  return html`
    <p class="headline"><${Mark} kind=${markOf(hub)}><b>${name}: ${words(wrong.length)}</b><//></p>
    <ul class="findings">${[...wrong, ...notes].slice(0, SHOWN).map((finding) =>
      html`<${Finding} key=${`${finding.reason} ${finding.subject?.name}`} hub=${name} finding=${finding} />`)}</ul>
    ${hub.findings.length > SHOWN && html`<p class="note">and ${hub.findings.length - SHOWN} more</p>`}`;
}

function words(number) {
  return number === 0 ? "all well" : number === 1 ? "one thing is wrong" : `${number} things are wrong`;
}

// Of one member or port.
export function FindingsOf({ hub, kind, name }) {
  const found = hub.findings.filter(({ subject }) => subject?.kind === kind && subject.name === name);
  return found.length > 0 && html`
    <ul class="findings">${found.map((finding) => html`<${Finding} key=${finding.reason} finding=${finding} />`)}</ul>`;
}

function Finding({ hub, finding }) {
  const { severity, subject, text, next, since_s: since } = finding;
  const who = hub && subject && html`<${Choose} hub=${hub} ...${subject} />: `;
  return html`<li class=${severity}>
    <${Mark} kind=${severity}>${who}${text}${since ? ` (for ${duration(since)})` : ""}<//>
    ${next && html`<p class="next">${next}</p>`}</li>`;
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleString(undefined, CLOCK);
}

export function Numbers({ hub }) {
  const { rates, info, stats } = hub;
  const dropped = sum(rates.rx_drops_per_s, rates.copy_drops_per_s);
  const tiles = [["received", pps(rates.data_pps)], ["copies", pps(rates.copies_per_s)], ["sent", bps(rates.tx_bps)],
    ["dropped", pps(dropped), dropped > 0],
    ["members", count(info?.members)], ["groups", count(info?.groups)],
    ["up for", hub.up ? duration(info?.uptime_s) : "–"], ["configuration", info ? `nº ${info.generation}` : "–"]];
  return html`<dl id="numbers" data-copies=${stats?.copies}>${tiles.map(([title, value, isBad]) =>
    html`<div key=${title} class=${isBad ? "warn" : ""}><dt>${title}</dt><dd>${value}</dd></div>`)}</dl>`;
}

function sum(a, b) {
  return a === null || a === undefined || b === null || b === undefined ? null : a + b;
}
