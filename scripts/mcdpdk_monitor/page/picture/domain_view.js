// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// The hubs of a domain and what runs between them.

import { hubLines } from "./describe.js";
import { Flow, Flows, lane, widthOf } from "./flows.js";
import { pps } from "../format.js";
import { Labels } from "./labels.js";
import { ring } from "./layout.js";
import { drawFault, drawHub, drawRings } from "./marks.js";

export class DomainView {
  arrange(scene, area) {
    this.scene = scene;
    this.ring = ring(scene.hubs.length, area);
  }

  isMoving() {
    return false;
  }

  build(under, over, camera, colours) {
    this.camera = camera;
    this.colours = colours;
    this.radius = this.ring.radius * Math.min(1.7, Math.sqrt(camera.k));
    this.spots = new Map(this.scene.hubs.map((hub, i) =>
      [hub.name, { ...camera.toScreen(this.ring.places[i]), hub }]));
    this.flows = new Flows(this.#edges(under, over));
    this.flows.drawTracks(under, colours);
    this.#drawHubs(over);
  }

  #edges(under, over) {
    const flows = [];
    const { colours } = this;
    const done = new Set();
    const widest = Math.max(1.5, 30 / this.spots.size);
    for (const peer of this.scene.peers ?? []) {
      const a = this.spots.get(peer.from);
      const b = this.spots.get(peer.to);
      if (!a || !b || a === b)
        continue;
      const angle = Math.atan2(b.y - a.y, b.x - a.x);
      const rim = this.radius + 5;
      const from = { x: a.x + rim * Math.cos(angle), y: a.y + rim * Math.sin(angle) };
      const to = { x: b.x - rim * Math.cos(angle), y: b.y - rim * Math.sin(angle) };
      const isUp = peer.state === "up";
      if (isUp && peer.pps > 0) {
        const width = Math.min(widthOf(peer.pps), widest);
        const [p, q, r] = lane(from, to, width / 2 + 1.5);
        flows.push(new Flow(p, q, r, width, "tx"));
      }
      // One line for both directions, one for each that is down.
      const key = [peer.from, peer.to].sort().join("\n") + isUp;
      if (done.has(key))
        continue;
      done.add(key);
      under.strokeStyle = isUp ? colours.line : peer.state === "init" ? colours.warn : colours.bad;
      under.lineWidth = isUp ? 1.2 : 2;
      under.setLineDash(isUp ? [] : [4, 6]);
      under.beginPath();
      under.moveTo(from.x, from.y);
      under.lineTo(to.x, to.y);
      under.stroke();
      under.setLineDash([]);
      if (!isUp)
        drawFault(over, colours, peer.state === "init" ? "note" : "bad",
          from.x + 0.4 * (to.x - from.x), from.y + 0.4 * (to.y - from.y), 9);
    }
    return flows;
  }

  #drawHubs(ctx) {
    const { colours, scene, camera, radius } = this;
    const labels = new Labels(ctx, colours, camera.width, camera.height);
    for (const { x, y } of this.spots.values())
      labels.avoid(x, y, radius);
    for (const { x, y, hub } of this.spots.values()) {
      drawHub(ctx, colours, hub, x, y, radius);
      if (scene.selection?.kind === "hub" && scene.selection.name === hub.name)
        drawRings(ctx, [{ x, y }], radius + 6, colours.select, 3);
      if (radius < 40)
        labels.place(x, y, radius + 4, [{ text: hub.name, colour: colours.text, size: 12 }], [150, 90]);
    }
  }

  hit(x, y) {
    for (const [name, spot] of this.spots ?? [])
      if (Math.hypot(spot.x - x, spot.y - y) <= this.radius + 4)
        return { kind: "hub", name };
    return null;
  }

  rows() {
    return [this.scene.hubs.map((hub) => ({ kind: "hub", name: hub.name }))];
  }

  spotOf(item) {
    const spot = this.spots.get(item.name);
    return spot ? { x: spot.x, y: spot.y, r: this.radius } : null;
  }

  linesOf(item) {
    const hub = this.spots.get(item.name)?.hub;
    if (!hub)
      return null;
    const peers = (this.scene.peers ?? []).filter((peer) => peer.from === hub.name);
    return [...hubLines(hub), ...peers.slice(0, 6).map((peer) => `to ${peer.to}: ${peer.state}, ${pps(peer.pps)}`)];
  }

  legend() {
    const states = new Set((this.scene.peers ?? []).map(({ state }) => state));
    return [["tx", "between hubs"], ...(states.has("init") ? [["note", "peer is starting"]] : []),
      ...(states.has("down") ? [["bad", "peer is down"]] : [])];
  }
}
