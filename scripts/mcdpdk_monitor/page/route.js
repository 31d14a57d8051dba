// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// What is chosen stands in the address, so that it can be kept, sent, and gone back from:
// #hub=NAME&member=M, &group=G, &port=P, or &sender=M&group=G for a stream.

import { useEffect, useState } from "./dom.js";

export function parse(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ""));
  const [member, group, port, sender] = ["member", "group", "port", "sender"].map((name) => words.get(name));
  const selection = sender && group ? { kind: "stream", name: `${sender} → ${group}`, sender, group } :
    member ? { kind: "member", name: member } : group ? { kind: "group", name: group } :
      port ? { kind: "port", name: port } : null;
  return { hub: words.get("hub"), selection };
}

export function link(hub, selection) {
  const words = new URLSearchParams();
  if (hub !== null && hub !== undefined)
    words.set("hub", hub);
  if (selection?.kind === "stream") {
    words.set("sender", selection.sender);
    words.set("group", selection.group);
  } else if (selection && selection.kind !== "hub") {
    words.set(selection.kind, selection.name);
  }
  return `#${words}`;
}

export function useRoute() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const onChange = () => setHash(location.hash);
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return parse(hash);
}
