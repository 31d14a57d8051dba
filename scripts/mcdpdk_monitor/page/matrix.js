// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Groups x members: who gets what, who sends it. Many members are summed up by subnet and encapsulation.

import { ask } from "./api.js";
import { html, useEffect, useMemo, useState } from "./dom.js";
import { count } from "./format.js";
import { regionsOf } from "./picture/layout.js";
import { Choose, Section, isOf } from "./parts.js";
import { usePoll } from "./poll.js";

// More would be no picture. The receivers of one group are asked at a time: the hub answers ten questions a second.
const OF_REGIONS = "; columns are subnets, with how many of their members receive";
const ROWS = 16, COLUMNS = 40;
const ASK_MS = 600, FRESH_MS = 30000;

export function Matrix({ name, members, streams }) {
  const [filter, setFilter] = useState("");
  const { document: found } = usePoll(["hub", name, "groups"], { filter, sort: "-pps", limit: ROWS }, 5000);
  const groups = found?.groups.map((row) => row.group) ?? [];
  const receivers = useReceivers(name, groups);
  const columns = useMemo(() => columnsOf(members), [members]);
  const where = useMemo(() => placesOf(columns), [columns]);
  const areRegions = columns.some((column) => column.names.length > 1);
  const note = html`The ${ROWS} busiest groups. <span class="gets">●</span> receives,
    ${" "}<span class="sends">▲</span> sends${areRegions ? OF_REGIONS : ""}.`;
  return html`
    <${Section} id="matrix" title="Matrix: groups × members" note=${note}>
      <label class="tools">groups <input type="search" value=${filter} placeholder="part of a group"
        onInput=${(event) => setFilter(event.target.value)} /></label>
      <div class="scroll" tabindex="0" role="region" aria-label="groups and members">
        <table id="matrix-table"><caption>Groups and members</caption>
          <thead><tr><th scope="col">group</th>${columns.map(({ title }) => html`
            <th scope="col" class="column" key=${title} title=${title}>${title}</th>`)}</tr></thead>
          <tbody>
            ${groups.map((group) => html`
              <tr key=${group}><th scope="row"><${Choose} hub=${name} kind="group" name=${group} /></th>
              ${cells(columns, where, receivers.get(group)?.names, sendersOf(streams, group)).map((cell, index) => html`
                <td key=${index}><${Cell} ...${cell} /></td>`)}</tr>`)}
            ${groups.length === 0 && html`<tr><td class="empty" colspan=${columns.length + 1}>none</td></tr>`}
          </tbody>
        </table>
      </div>
    <//>`;
}

// Each member, or each region if there are too many.
function columnsOf(members) {
  if (members.length <= COLUMNS)
    return members.map((row) => ({ title: row.name, names: [row.name] }));
  return regionsOf(members).map((region) => ({ title: region.label, names: region.members.map((row) => row.name) }));
}

// The column of each member.
function placesOf(columns) {
  return new Map(columns.flatMap(({ names }, index) => names.map((name) => [name, index])));
}

function sendersOf(streams, group) {
  return streams.filter((row) => isOf(row, group)).map((row) => row.sender);
}

function cells(columns, where, receivers, senders) {
  const found = columns.map((column) => ({ of: column.names.length, gets: receivers && 0, sends: 0 }));
  const add = (names, key) => names?.forEach((member) => {
    const index = where.get(member);
    if (index !== undefined)
      found[index][key]++;
  });
  add(receivers, "gets");
  add(senders, "sends");
  return found;
}

function Cell({ of, gets, sends }) {
  return html`<${Receives} of=${of} gets=${gets} />${sends > 0 && html`
    <span class="sends" aria-hidden="true">▲</span><span class="unseen"> sends</span>`}`;
}

function Receives({ of, gets }) {
  if (gets === undefined)
    return "…";
  if (gets === 0)
    return "";
  if (of === 1)
    return html`<span class="gets" aria-hidden="true">●</span><span class="unseen">receives</span>`;
  return html`<span class="gets">${gets === of ? "all" : count(gets)}</span>`;
}

// Of the shown groups, one question at a time, the oldest answer first.
function useReceivers(hub, groups) {
  const [known, setKnown] = useState(() => new Map());
  useEffect(() => {
    let isOver = false, timer;
    const answers = new Map(groups.filter((group) => known.has(group)).map((group) => [group, known.get(group)]));
    const step = async () => {
      const now = performance.now();
      const age = (group) => now - (answers.get(group)?.at ?? -Infinity);
      const oldest = groups.reduce((a, b) => (a !== null && age(a) >= age(b) ? a : b), null);
      if (oldest !== null && !document.hidden && age(oldest) > FRESH_MS) {
        const found = await ask(["hub", hub, "group", oldest]).catch(() => null);
        if (isOver)
          return;
        const names = found?.receivers.map((row) => row.member) ?? answers.get(oldest)?.names;
        answers.set(oldest, { at: performance.now(), names });
        setKnown(new Map(answers));
      }
      timer = setTimeout(step, ASK_MS);
    };
    step();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [hub, [...groups].sort().join(" ")]);
  return known;
}
