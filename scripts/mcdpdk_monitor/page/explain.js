// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// "Why does B not get G from A?"

import { ask } from "./api.js";
import { html, useEffect, useState } from "./dom.js";
import { Choose, Mark, Section, Table, plural } from "./parts.js";

// A browser lists no more with ease.
const PROPOSED = 500;

export function Explain({ name, selection, members }) {
  const [sender, setSender] = useState("");
  const [receiver, setReceiver] = useState("");
  const [group, setGroup] = useState("");
  const [answer, setAnswer] = useState(null);
  useEffect(() => {
    if (selection?.kind === "stream") {
      setSender(selection.sender);
      setGroup(selection.group);
    } else if (selection?.kind === "group") {
      setGroup(selection.name);
    } else if (selection?.kind === "member") {
      setReceiver(selection.name);
    }
  }, [selection?.kind, selection?.name]);
  // An answer is shown under its own question only.
  const question = JSON.stringify([sender, group, receiver]);
  const onSubmit = async (event) => {
    event.preventDefault();
    setAnswer({ question, isAsking: true });
    try {
      const [a, g, b] = [sender, group, receiver].map((text) => text.trim());
      setAnswer({ question, ...await ask(["hub", name, "explain"], { sender: a, group: g, receiver: b }) });
    } catch (problem) {
      setAnswer({ question, problem });
    }
  };
  const field = (id, label, value, set, isNeeded, list) => html`
    <label>${label}
      <input id=${id} value=${value} required=${isNeeded} list=${list} autocomplete="off" spellcheck="false"
        onInput=${(event) => set(event.target.value)} onChange=${(event) => set(event.target.value)} /></label>`;
  return html`
    <${Section} id="explain-section" title="Explain: who does not get what from whom?">
      <form id="explain" onSubmit=${onSubmit}>
        ${field("explain-sender", "Sender: name or address", sender, setSender, true, "member-names")}
        ${field("explain-group", "Group", group, setGroup, true)}
        ${field("explain-receiver", "Receiver (empty: all)", receiver, setReceiver, false, "member-names")}
        <button id="explain-ask" type="submit">Explain</button>
        <datalist id="member-names">${members.slice(0, PROPOSED).map((row) => html`
          <option key=${row.name} value=${row.name} />`)}</datalist>
      </form>
      <div id="explain-answer" role="status">
        ${answer?.question === question && html`<${Answer} hub=${name} answer=${answer} />`}</div>
    <//>`;
}

function Answer({ hub, answer }) {
  if (answer.isAsking)
    return html`<p>Asking the hub …</p>`;
  if (answer.problem)
    return html`<p><${Mark} kind="bad">${answer.problem.message}<//></p>`;
  return html`
    <p class="sentence"><${Mark} kind=${answer.gets ? "good" : "bad"}>${answer.sentence}<//></p>
    ${answer.next.length > 0 && html`
      <ol class="next">${answer.next.map((step, index) => html`<li key=${index}>${step}</li>`)}</ol>`}
    ${answer.receivers.length > 0 && html`
      <${Receivers} hub=${hub} receivers=${answer.receivers} total=${answer.total} />`}`;
}

function Receivers({ hub, receivers, total }) {
  const choose = ({ member }) => html`<${Choose} hub=${hub} kind="member" name=${member} />`;
  const columns = [
    { key: "member", title: "member", cell: choose },
    { key: "condition", title: "state", cell: (row) => html`<${Mark} kind=${row.condition}>${row.says}<//>` },
    { key: "encap", title: "as", cell: (row) => row.encap },
    { key: "mac", title: "next hop", cell: (row) => row.next_hop_mac || "not known" },
    { key: "mtu", title: "MTU", number: true, cell: (row) => row.mtu },
  ];
  return html`
    <details>
      <summary>${plural(total, "receiver")}${total > receivers.length && `, the first ${receivers.length}`}</summary>
      <${Table} caption="Where a packet would go" rows=${receivers} keyOf=${(row) => row.member} columns=${columns} />
    </details>`;
}
