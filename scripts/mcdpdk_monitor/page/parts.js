// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Small parts that others are made of.

import { html } from "./dom.js";
import { count, duration } from "./format.js";
import { link } from "./route.js";

export const SYMBOLS = { well: "●", degraded: "▲", down: "✕", good: "●", note: "○", warn: "▲", bad: "✕" };

export function plural(number, noun) {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}

// A hub that is well may have something to be looked at.
export function markOf(hub) {
  return hub.state === "well" && hub.warnings > 0 ? "warn" : hub.state;
}

// Never by colour alone.
export function Mark({ kind, children }) {
  return html`
    <span class=${`mark ${kind}`}><span aria-hidden="true">${SYMBOLS[kind] ?? "○"}</span> ${children}</span>`;
}

export function Section({ id, title, note, wide, children }) {
  return html`
    <section id=${id} aria-labelledby=${`${id}-title`} class=${wide ? "card wide" : "card"}>
      <h2 id=${`${id}-title`}>${title}</h2>
      ${note && html`<p class="note">${note}</p>`}
      ${children}
    </section>`;
}

// Columns: { key, title, number, isText, cell(row) }. With onSort the titles are buttons.
export function Table({ id, caption, columns, rows, sort, onSort, empty, keyOf }) {
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table id=${id}>
        <caption>${caption}</caption>
        <thead><tr>${columns.map((column) => html`
          <${Title} key=${column.key} column=${column} sort=${sort} onSort=${onSort} />`)}</tr></thead>
        <tbody>
          ${rows.map((row, index) => html`
            <tr key=${keyOf ? keyOf(row) : index}>${columns.map((column, place) => html`
              <${Cell} key=${column.key} column=${column} isHead=${place === 0} content=${column.cell(row)} />`)}
            </tr>`)}
          ${rows.length === 0 && html`<tr><td class="empty" colspan=${columns.length}>${empty ?? "none"}</td></tr>`}
        </tbody>
      </table>
    </div>`;
}

function Cell({ column, isHead, content }) {
  if (isHead)
    return html`<th scope="row">${content}</th>`;
  // What is zero is not what is looked for.
  const isZero = column.number && /^0( |$)/.test(content);
  const kinds = [column.number && "number", isZero && "zero", column.isText && "text"];
  return html`<td class=${kinds.filter(Boolean).join(" ")}>${content}</td>`;
}

function Title({ column, sort, onSort }) {
  const isSorted = sort?.replace("-", "") === column.key;
  const isFalling = sort?.startsWith("-");
  const next = isSorted ? (isFalling ? column.key : `-${column.key}`) : (column.number ? `-${column.key}` : column.key);
  const order = isSorted ? (isFalling ? "descending" : "ascending") : undefined;
  const arrow = isSorted ? (isFalling ? " ↓" : " ↑") : "";
  return html`
    <th scope="col" class=${column.number ? "number" : ""} aria-sort=${order}>
      ${onSort && column.sortable !== false ? html`
        <button type="button" class="sort" onClick=${() => onSort(next)}>
          ${column.title}<span aria-hidden="true">${arrow}</span></button>` :
        column.title}
    </th>`;
}

export function Choose({ hub, kind, name, sender, group, children }) {
  const selection = kind === "stream" ? { kind, sender, group } : { kind, name };
  return html`<a class="name" href=${link(hub, selection)}>${children ?? name}</a>`;
}

// Pairs of a name and a value; what is null is left out.
export function Facts({ facts }) {
  const known = facts.filter(([, value]) => value !== null && value !== undefined);
  return html`<dl class="facts">${known.map(([name, value]) => html`
    <div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function lastHeard(seconds) {
  return seconds ? `${duration(seconds)} ago` : "never";
}

// An entry for unknown groups or broadcast has no page.
export function isGroup(entry) {
  return /^[0-9a-f]/.test(entry ?? "") && /[.:]/.test(entry);
}

// A stream belongs to the entry that decides about it.
export function isOf(stream, group) {
  return stream.entry ? stream.entry === group : stream.group === group;
}
