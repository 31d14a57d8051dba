// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// The page: which hub, and its parts from what is wrong down to what happened.

import { hasToken } from "./api.js";
import { Details } from "./details.js";
import { Component, html, render, useEffect, useState } from "./dom.js";
import { Drops, Refused } from "./drops.js";
import { Events } from "./events.js";
import { Explain } from "./explain.js";
import { Findings, Numbers } from "./findings.js";
import { Hubs, Navigation, Search, Theme, Token } from "./header.js";
import { Latency } from "./latency.js";
import { Lcores } from "./lcores.js";
import { Matrix } from "./matrix.js";
import { SYMBOLS, isGroup } from "./parts.js";
import { PictureSection } from "./picture_section.js";
import { usePoll } from "./poll.js";
import { Ports } from "./ports.js";
import { useRoute } from "./route.js";
import { Groups, Members, Streams } from "./tables.js";

const HUB_MS = 1000;
const OLD_S = 5;
// A picture of more would be a cloud.
const MOST_MEMBERS = 5000;
const NONE = [];

function membersMs(hub) {
  return hub.members > 1000 ? 5000 : 2000;
}

// The table's entry to which the chosen group belongs: a stream may be to one address of a prefix.
function entryOf(selection, streams) {
  if (selection?.kind === "group")
    return selection.name;
  if (selection?.kind !== "stream")
    return null;
  const stream = streams.find((row) => row.sender === selection.sender && row.group === selection.group);
  return isGroup(stream?.entry) ? stream.entry : selection.group;
}

function HubView({ head, selection, onDocument }) {
  const name = head.name;
  const { document: hub, problem: failure } = usePoll(["hub", name], {}, HUB_MS);
  const { document: members } = usePoll(["hub", name, "members"], { limit: MOST_MEMBERS }, membersMs(head));
  const { document: found } = usePoll(["hub", name, "streams"], {}, 3000);
  const streams = found?.streams ?? NONE;
  const entry = entryOf(selection, streams);
  const { document: chosen, problem } = usePoll(entry && ["hub", name, "group", entry], {}, 5000);
  useEffect(() => onDocument(hub), [hub]);
  if (!hub)
    return html`<${Notice}>${failure ? failure.message : `Asking ${name} …`}<//>`;
  const all = { name, hub, members: members?.members ?? NONE, membersTotal: members?.total ?? 0, streams, isKnown:
    found?.known, selection, chosen, problem };
  const part = (Part) => html`<${Guard} key=${Part.name} version=${hub}><${Part} ...${all} /><//>`;
  return html`
    <main id="main" class=${hub.up && !failure ? "" : "stale"}>
      ${isOld(hub, failure) && html`
        <p class="notice bad" role="alert">
          ✕ ${failure?.message ?? "The hub answers slowly"}. What is shown is old.</p>`}
      ${[Findings, Explain, Numbers].map(part)}
      <div class="stage">${[PictureSection, Details].map(part)}</div>
      ${[Streams, Refused, Members, Groups, Ports, Matrix, Drops, Latency, Lcores, Events].map(part)}
    </main>`;
}

function isOld(hub, failure) {
  return failure || (hub.up && hub.age_s > OLD_S);
}

// What one part cannot show takes no other with it. It tries again with the next answer.
class Guard extends Component {
  componentDidCatch(error) {
    this.setState({ error, version: this.props.version });
  }

  render({ children, version }, { error, version: failed }) {
    return error && version === failed ? html`<p class="notice bad">This part cannot be shown: ${error.message}</p>` :
      children;
  }
}

function Notice({ children }) {
  return html`<main id="main"><p class="notice" role="status">${children}</p></main>`;
}

// All hubs at once.
function Domain({ hubs }) {
  return html`
    <main id="main">
      <${Findings} hubs=${hubs} />
      <div class="stage"><${PictureSection} hubs=${hubs} members=${[]} streams=${[]} /></div>
    </main>`;
}

function Page() {
  const route = useRoute();
  const [tokens, setTokens] = useState(0);
  const { document: found, problem } = usePoll(["hubs"], tokens ? { again: tokens } : {}, HUB_MS);
  const [shown, setShown] = useState(null);
  const hubs = found?.hubs ?? [];
  const head = hubs.find((hub) => hub.name === route.hub) ?? (route.hub === null && hubs.length === 1 ? hubs[0] : null);
  useEffect(() => {
    if (found && !problem)
      document.body.dataset.updated = Date.now();
    document.body.dataset.state = problem ? "unknown" : head ? head.state : hubs.length ? "several" : "none";
    document.title = head ? `${SYMBOLS[head.state]} ${head.name} – mcdpdk` : "mcdpdk";
  }, [found, problem, head]);
  if (problem?.status === 401)
    return html`<${Token} isWrong=${tokens > 0} onToken=${() => setTokens(tokens + 1)} />`;
  return html`
    <a class="skip" href="#main" onClick=${skip}>to the content</a>
    <header>
      <a class="logo" href="#">mcdpdk</a>
      <${Hubs} hubs=${hubs} chosen=${head?.name} />
      <${Search} hub=${head?.name} ports=${shown?.name === head?.name ? shown?.ports : []} />
      <${Theme} />
    </header>
    ${head && html`<${Navigation} />`}
    ${problem && html`<p class="notice bad" role="alert">✕ ${problem.message}. What is shown is old.</p>`}
    ${head ? html`
      <${HubView} key=${`${head.name} ${tokens}`} head=${head} selection=${route.selection}
        onDocument=${setShown} />` :
      !found ? html`<${Notice}>Asking the monitor …<//>` :
        route.hub !== null ? html`<${Notice}>There is no hub ${route.hub} (any more).<//>` :
          html`<${Domain} hubs=${hubs} />`}
    <footer>
      ${!hasToken() && html`<a href="metrics">metrics</a> <a href="api/hubs">api</a>`}
      ${head && `mcdpdk ${head.version ?? ""}`}
    </footer>`;
}

// The address is the choice's, so a jump within the page cannot use it.
function skip(event) {
  event.preventDefault();
  const main = document.getElementById("main");
  main.tabIndex = -1;
  main.focus();
}

render(html`<${Page} />`, document.body);
