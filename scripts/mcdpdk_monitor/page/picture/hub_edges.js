// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// The edges between a hub and its members: one for each of a few, bundles by region for a crowd.

import { faultOf } from "./describe.js";
import { Flow, lane, widthOf } from "./flows.js";

// In a crowd, so many members have moving edges and so many more have still ones: drawing takes time.
export const MOST_MOVING = 150;
const MOST_STILL = 350;

export const rateOf = (member) => (member.rxPps ?? 0) + (member.txPps ?? 0);

export class HubEdges {
  // `view`: a HubView whose places on the canvas are known.
  constructor({ camera, colours, layout, hub, hubRadius, radius, spots, bySize, focus }) {
    Object.assign(this, { camera, colours, layout, hub, hubRadius, radius, spots, bySize, focus });
    // Members with a still line.
    this.still = { idle: [], bad: [], faint: [] };
    this.flows = layout.isAiry ? this.#single() : this.#bundles();
  }

  // Where a straight line to a place leaves the hub.
  #rim(spot) {
    const radius = this.hubRadius + 4;
    const angle = Math.atan2(spot.y - this.hub.y, spot.x - this.hub.x);
    return { x: this.hub.x + radius * Math.cos(angle), y: this.hub.y + radius * Math.sin(angle) };
  }

  // Up to the dot, not into it.
  #edgeOf(spot, from) {
    const length = Math.hypot(spot.x - from.x, spot.y - from.y) || 1;
    const gap = Math.min(1, (this.radius + 2) / length);
    return { x: spot.x + (from.x - spot.x) * gap, y: spot.y + (from.y - spot.y) * gap };
  }

  // A member's two ways. `by`: the point that a curve starts towards.
  #ways(spot, from, by, narrow) {
    const { member } = spot;
    const to = this.#edgeOf(spot, by ?? from);
    const flows = [];
    const add = (rate, hue, isLit, a, b) => {
      if (!(rate > 0))
        return;
      const width = Math.min(widthOf(rate), narrow);
      const [p, q, r] = lane(a, b, Math.max(1.2, width / 2 + 0.8), by);
      flows.push(new Flow(p, q, r, width, hue, isLit));
    };
    add(member.rxPps, "rx", this.focus.sends(member.name), to, from);
    add(member.txPps, "tx", this.focus.gets(member.name), from, to);
    return flows;
  }

  // Each member has its own.
  #single() {
    const flows = [];
    for (const spot of this.spots.values()) {
      const ways = this.#ways(spot, this.#rim(spot), null, Infinity);
      flows.push(...ways);
      if (faultOf(spot.member) === "bad")
        this.still.bad.push(spot);
      else if (ways.length === 0)
        this.still.idle.push(spot);
    }
    return flows;
  }

  #gateOf(name) {
    const place = this.layout.places.get(name);
    return this.layout.regions[place.region].gates[place.gate];
  }

  // A region's streams run together from the hub to a gate and fan out there.
  #bundles() {
    const sums = new Map();
    for (const { member } of this.spots.values()) {
      const gate = this.#gateOf(member.name);
      const sum = sums.get(gate) ?? { rx: 0, tx: 0, dimRx: 0, dimTx: 0 };
      sums.set(gate, sum);
      sum[this.focus.sends(member.name) ? "rx" : "dimRx"] += member.rxPps ?? 0;
      sum[this.focus.gets(member.name) ? "tx" : "dimTx"] += member.txPps ?? 0;
    }
    const flows = [];
    // At the hub they stand side by side.
    const widest = Math.max(1.5, 2.2 * this.hubRadius / sums.size);
    for (const [gate, sum] of sums) {
      const inner = this.camera.toScreen(gate);
      const rim = this.#rim(inner);
      for (const [rate, hue, isLit] of [[sum.dimRx, "rx", false], [sum.dimTx, "tx", false],
        [sum.rx, "rx", true], [sum.tx, "tx", true]]) {
        if (rate <= 0)
          continue;
        const width = Math.min(widthOf(rate) + 1, widest);
        const [p, q, r] = hue === "rx" ? lane(inner, rim, width / 2 + 1.2) : lane(rim, inner, width / 2 + 1.2);
        flows.push(new Flow(p, q, r, width, hue, isLit));
      }
    }
    // The busiest of what is looked at.
    const order = this.focus.isOn ? this.bySize.filter(({ member }) => this.focus.has(member.name)) : this.bySize;
    const narrow = Math.max(1.6, 0.5 * this.layout.pitch.along * Math.sqrt(this.camera.k));
    for (const spot of order.slice(0, MOST_MOVING)) {
      if (!(rateOf(spot.member) > 0)) {
        this.still.faint.push(spot);
        continue;
      }
      flows.push(...this.#ways(spot, this.camera.toScreen(this.#gateOf(spot.member.name)), this.#bend(spot), narrow));
    }
    this.still.faint.push(...order.slice(MOST_MOVING, MOST_MOVING + MOST_STILL)
      .filter(({ member }) => rateOf(member) > 0 || this.focus.isOn));
    return flows;
  }

  // From the gate on between the direction of the bundle and straight into the region, then to the member.
  #bend(spot) {
    const gate = this.#gateOf(spot.member.name);
    const from = this.camera.toScreen(gate);
    const way = 0.4 * Math.hypot(spot.x - from.x, spot.y - from.y);
    const bundle = Math.atan2(gate.y, gate.x);
    const dx = Math.cos(gate.angle) + Math.cos(bundle);
    const dy = Math.sin(gate.angle) + Math.sin(bundle);
    const length = Math.hypot(dx, dy) || 1;
    return { x: from.x + way * dx / length, y: from.y + way * dy / length };
  }

  // What does not move.
  drawStill(ctx) {
    const { colours } = this;
    const stroke = (spots, from, alpha, width) => {
      ctx.globalAlpha = alpha;
      ctx.lineWidth = width;
      ctx.beginPath();
      for (const spot of spots)
        from(spot);
      ctx.stroke();
      ctx.globalAlpha = 1;
    };
    const straight = (spot) => {
      const rim = this.#rim(spot);
      const end = this.#edgeOf(spot, rim);
      ctx.moveTo(rim.x, rim.y);
      ctx.lineTo(end.x, end.y);
    };
    const curved = (spot) => {
      const from = this.camera.toScreen(this.#gateOf(spot.member.name));
      const by = this.#bend(spot);
      ctx.moveTo(from.x, from.y);
      ctx.quadraticCurveTo(by.x, by.y, spot.x, spot.y);
    };
    const dim = this.focus.isOn ? 0.35 : 1;
    ctx.strokeStyle = colours.line;
    stroke(this.still.idle, straight, dim, 1.2);
    ctx.strokeStyle = this.focus.isOn ? colours.select : colours.muted;
    stroke(this.still.faint, curved, this.focus.isOn ? 0.4 : 0.13, 0.8);
    ctx.strokeStyle = colours.bad;
    ctx.setLineDash([2, 6]);
    stroke(this.still.bad, straight, 0.8 * dim, 1.6);
    ctx.setLineDash([]);
    if (!this.focus.isOn)
      return;
    // Who belongs to what is selected is seen even while it is idle.
    ctx.strokeStyle = colours.select;
    const { idle, bad } = this.still;
    stroke([...idle, ...bad].filter(({ member }) => this.focus.has(member.name)), straight, 0.8, 1.2);
  }
}
