// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// One hub, its ports, and its members around it.

import { faultOf, hubLines, isWrong, memberLines, portLines, regionLines, stateWords } from "./describe.js";
import { Flows } from "./flows.js";
import { count, pps } from "../format.js";
import { HubEdges, MOST_MOVING, rateOf } from "./hub_edges.js";
import { layout } from "./layout.js";
import { Labels, Taken } from "./labels.js";
import { drawDots, drawFault, drawHub, drawPort, drawRings, FAULT_HUE, portPlaces } from "./marks.js";

const MOST_NAMED = { faulty: 24, lit: 24, busy: 8 };
const MOST_NAMED_NARROW = { faulty: 6, lit: 8, busy: 0 };
const NARROW_PX = 560;
const MOST_LABELS = 1500;
const MOST_WITH_RATES = 16;
const ROW_WITH_RATES_PX = 96;
const MOVE_MS = 300;
// From this distance between members on, each name has room.
const ROOMY = { along: 70, across: 34 };

export class HubView {
  constructor() {
    this.layout = null;
    this.members = new Map();
    this.spots = new Map();
    this.origins = new Map();
    this.movedAt = -Infinity;
  }

  // A new scene, or a new area: { width, height, hubRadius }.
  arrange(scene, area, now) {
    const was = this.members;
    this.scene = scene;
    this.members = new Map(scene.members.map((member) => [member.name, member]));
    const isNewArea = !this.area || ["width", "height", "hubRadius"].some((key) => this.area[key] !== area[key]);
    const isNewSet = was.size !== this.members.size || scene.members.some((member) => {
      const other = was.get(member.name);
      return !other || other.address !== member.address || other.encap !== member.encap;
    });
    if (!isNewArea && !isNewSet)
      return;
    const before = this.layout;
    // Another canvas: from scratch.
    const next = layout([...this.members.values()], area, isNewArea ? null : before);
    if (before && !isNewArea) {
      this.origins = new Map([...next.places.keys()].filter((name) => before.places.has(name))
        .map((name) => [name, this.#world(name, now)]));
      this.movedAt = now;
    } else
      this.movedAt = -Infinity;
    this.area = area;
    this.layout = next;
  }

  isMoving(now) {
    return now - this.movedAt < MOVE_MS;
  }

  #world(name, now) {
    const place = this.layout.places.get(name);
    const origin = this.isMoving(now) ? this.origins.get(name) : null;
    if (!origin)
      return place;
    const t = (now - this.movedAt) / MOVE_MS;
    const eased = 1 - (1 - t) ** 3;
    return { x: origin.x + (place.x - origin.x) * eased, y: origin.y + (place.y - origin.y) * eased };
  }

  // What is selected, and whose way to and from the hub belongs to it.
  #focus() {
    const { selection, senders, receivers } = this.scene;
    const focus = (isOn, sends, gets) => ({ isOn, sends, gets, has: (name) => sends(name) || gets(name) });
    if (selection?.kind === "member" && this.members.has(selection.name)) {
      const one = (name) => name === selection.name;
      return focus(true, one, one);
    }
    if ((selection?.kind === "group" || selection?.kind === "stream") && (senders || receivers))
      return focus(true, (name) => senders?.has(name) ?? false, (name) => receivers?.has(name) ?? false);
    const all = () => true;
    return focus(false, all, all);
  }

  // Draws what stands still below and above the edges, and makes the edges.
  build(under, over, camera, colours, now) {
    this.camera = camera;
    this.colours = colours;
    this.hubRadius = this.area.hubRadius * Math.min(1.7, Math.sqrt(camera.k));
    this.hub = camera.toScreen({ x: 0, y: 0 });
    this.spots = new Map(this.scene.members.map((member) =>
      [member.name, { ...camera.toScreen(this.#world(member.name, now)), member }]));
    this.focus = this.#focus();
    const { along, across } = this.layout.pitch;
    const room = Math.min(along, across) * camera.k;
    this.radius = this.layout.isAiry ? Math.min(9, Math.max(6, 0.22 * room)) * Math.min(1.4, Math.sqrt(camera.k)) :
      Math.min(7, Math.max(1.8, 0.24 * room));
    this.isRoomy = this.layout.isAiry || (along * camera.k >= ROOMY.along && across * camera.k >= ROOMY.across);
    this.bySize = [...this.spots.values()].sort((a, b) => rateOf(b.member) - rateOf(a.member));

    this.taken = new Taken();
    const edges = new HubEdges(this);
    this.flows = new Flows(edges.flows);
    this.#drawRegions(under);
    edges.drawStill(under);
    this.flows.drawTracks(under, colours);
    this.#drawMembers(over);
    this.#drawLabels(over);
    this.#drawHub(over);
  }

  // Regions

  #band(ctx, region) {
    const { stadium } = this.layout;
    const steps = Math.max(2, Math.ceil((region.u1 - region.u0) / 8));
    // The round joins of a thick outline make round corners.
    const inset = Math.min(5, (region.u1 - region.u0) / 4, (region.d1 - region.d0) / 4);
    const to = (step, d, isFirst) => {
      const u = region.u0 + inset + (region.u1 - region.u0 - 2 * inset) * step / steps;
      const { x, y } = this.camera.toScreen(stadium.at(u, d));
      ctx[isFirst ? "moveTo" : "lineTo"](x, y);
    };
    ctx.beginPath();
    for (let step = 0; step <= steps; step++)
      to(step, region.d1 - inset, step === 0);
    for (let step = steps; step >= 0; step--)
      to(step, region.d0 + inset, false);
    ctx.closePath();
    return inset * this.camera.k;
  }

  #drawRegions(ctx) {
    const { colours, layout: { stadium, regions }, camera } = this;
    const labels = new Labels(ctx, colours, camera.width, camera.height, this.taken);
    ctx.lineJoin = "round";
    for (const region of regions) {
      const corner = this.#band(ctx, region);
      ctx.strokeStyle = colours.line;
      ctx.lineWidth = 2 * corner + 5;
      ctx.stroke();
      ctx.strokeStyle = ctx.fillStyle = colours.surface;
      ctx.lineWidth = 2 * corner + 3;
      ctx.stroke();
      ctx.fill();

      const [subnet] = region.label.split(" · ");
      labels.setFont({ size: 11.5, weight: "600" });
      ctx.fillStyle = colours.muted;
      const at = (u, d) => ({ ...camera.toScreen(stadium.at(u, d)), angle: stadium.foot(u).angle });
      for (const text of [`${region.label} (${count(region.count)})`, region.label, subnet])
        if (labels.along(text, stadium, at, camera.k, region.u0, region.u1, region.d1 + 11 / camera.k))
          break;
    }
    if (regions.length > 0)
      return;
    labels.setFont({ size: 13 });
    ctx.fillStyle = colours.muted;
    ctx.textAlign = "center";
    ctx.fillText("no members", this.hub.x, this.hub.y - this.hubRadius - 26);
  }

  // Members

  #drawMembers(ctx) {
    const { colours, scene, focus, radius } = this;
    const kinds = { idle: [], active: [], busy: [], dimmed: [] };
    const busy = new Set(this.bySize.slice(0, MOST_MOVING));
    const faulty = [];
    for (const spot of this.spots.values()) {
      const fault = faultOf(spot.member);
      if (fault)
        faulty.push([spot, fault]);
      else if (focus.isOn && !this.focus.has(spot.member.name))
        kinds.dimmed.push(spot);
      else
        kinds[rateOf(spot.member) > 0 ? busy.has(spot) || focus.isOn ? "busy" : "active" : "idle"].push(spot);
    }
    const inside = this.layout.isAiry ? colours.surface : undefined;
    drawDots(ctx, kinds.dimmed, radius, colours.line, inside);
    ctx.globalAlpha = inside ? 1 : 0.55;
    drawDots(ctx, kinds.idle, radius * (inside ? 1 : 0.8), colours.muted, inside);
    drawDots(ctx, kinds.active, radius, colours.accent, inside);
    ctx.globalAlpha = 1;
    drawDots(ctx, kinds.busy, radius, colours.accent, inside);
    if (inside)
      drawDots(ctx, kinds.busy, radius * 0.45, colours.accent);
    if (focus.isOn && scene.selection.kind !== "member") {
      const pick = (names) => [...(names ?? [])].map((name) => this.spots.get(name)).filter(Boolean);
      drawRings(ctx, pick(scene.receivers), radius + 1.5, colours.tx, 1.6);
      drawRings(ctx, pick(scene.senders), radius + 2.5, colours.rx, 3);
    }
    // The worst on top.
    const order = ["note", "warn", "bad"];
    faulty.sort((a, b) => order.indexOf(a[1]) - order.indexOf(b[1]));
    const size = Math.max(radius * 1.15, this.layout.isAiry ? 10 : faulty.length > 60 ? 4.5 : 6.5);
    for (const [spot, fault] of faulty)
      drawFault(ctx, colours, fault, spot.x, spot.y, size);
    this.faulty = faulty.map(([spot]) => spot).reverse();
    const selected = scene.selection?.kind === "member" ? this.spots.get(scene.selection.name) : null;
    if (selected) {
      if (!inside && !faultOf(selected.member))
        drawDots(ctx, [selected], Math.max(radius, 5), colours.accent);
      drawRings(ctx, [selected], Math.max(radius, 5) + 4, colours.select, 3);
    }
    this.selected = selected;
  }

  #linesOf(spot, hasRates) {
    const { member } = spot;
    const { colours } = this;
    const isDim = this.focus.isOn && !this.focus.has(member.name) && spot !== this.selected;
    const fault = faultOf(member);
    const lines = [{ text: member.name, colour: isDim ? colours.muted : colours.text, size: 12,
      weight: spot === this.selected || fault ? "600" : "normal" }];
    if (fault && this.layout.isAiry)
      lines.push({ text: stateWords(member), colour: colours[FAULT_HUE[fault]], size: 11 });
    const isSender = this.focus.isOn && (this.scene.senders?.has(member.name) ?? false);
    if (isSender || (hasRates && !isDim && member.rxPps > 0))
      lines.push({ text: member.rxPps > 0 ? `sends ${pps(member.rxPps)}` : "sender", colour: colours.rx, size: 11 });
    if (hasRates && !isDim && member.txPps > 0)
      lines.push({ text: `gets ${pps(member.txPps)}`, colour: colours.tx, size: 11 });
    return lines;
  }

  #drawLabels(ctx) {
    const { camera, layout: { isAiry }, scene } = this;
    const labels = new Labels(ctx, this.colours, camera.width, camera.height, this.taken);
    labels.avoid(this.hub.x, this.hub.y, this.hubRadius + 8);
    const some = (names, most) => {
      const spots = [];
      for (const name of names ?? []) {
        if (spots.length >= most)
          break;
        if (this.spots.has(name))
          spots.push(this.spots.get(name));
      }
      return spots;
    };
    const most = camera.width < NARROW_PX ? MOST_NAMED_NARROW : MOST_NAMED;
    // A few of many would only seem to be all.
    const few = (names, limit) => (names?.size <= limit ? some(names, limit) : []);
    const wrong = this.faulty.filter(({ member }) => isWrong(member)).slice(0, most.faulty);
    const wanted = new Set([this.selected, ...some(scene.senders, most.lit), ...wrong,
      ...few(scene.receivers, most.lit)].filter(Boolean));
    if (this.isRoomy)
      this.bySize.forEach((spot) => wanted.add(spot));
    else if (!this.focus.isOn)
      this.bySize.slice(0, most.busy).filter((spot) => rateOf(spot.member) > 0).forEach((spot) => wanted.add(spot));
    const radius = isAiry ? Math.max(10, this.radius) : this.radius + 2;
    const visible = [...wanted].filter(({ x, y }) =>
      x > -60 && y > -20 && x < camera.width + 60 && y < camera.height + 20).slice(0, MOST_LABELS);
    for (const { x, y } of this.isRoomy ? visible : this.faulty.slice(0, MOST_LABELS))
      labels.avoid(x, y, radius);
    const hasRates = this.spots.size <= MOST_WITH_RATES && camera.width > NARROW_PX &&
      this.layout.pitch.across * camera.k >= ROW_WITH_RATES_PX;
    const widths = isAiry ? [170, 110, 76] : [150, 90];
    for (const spot of visible) {
      const lines = this.#linesOf(spot, hasRates);
      // Outwards, where no edge is.
      const style = { isPlated: true, isAbove: isAiry && spot.y < this.hub.y - this.hubRadius };
      if (!labels.place(spot.x, spot.y, radius, lines, widths, style) && isAiry)
        labels.place(spot.x, spot.y, radius, lines.slice(0, 1), widths,
          { ...style, isForced: this.spots.size <= MOST_WITH_RATES });
    }
  }

  // The hub

  #drawHub(ctx) {
    const { colours, scene, hub: { x, y }, hubRadius: r, camera } = this;
    const hub = scene.hubs[0];
    drawHub(ctx, colours, hub, x, y, r);
    if (scene.selection?.kind === "hub")
      drawRings(ctx, [{ x, y }], r + 6, colours.select, 3);
    this.ports = portPlaces(scene.ports ?? [], x, y, r + 1);
    const labels = new Labels(ctx, colours, camera.width, camera.height);
    for (const { port, x: px, y: py } of this.ports) {
      drawPort(ctx, colours, Boolean(port.link), px, py);
      if (scene.selection?.kind === "port" && scene.selection.name === port.name)
        drawRings(ctx, [{ x: px, y: py }], 13, colours.select, 3);
      if (!port.link)
        labels.place(px, py, 9, [{ text: port.name, colour: colours.bad, size: 11.5, weight: "600" },
          { text: "no link", colour: colours.bad, size: 11.5 }], [130], { isPlated: true });
    }
  }

  // Pointer and keyboard

  hit(x, y, reach) {
    for (const { port, x: px, y: py } of this.ports ?? [])
      if (Math.hypot(px - x, py - y) <= Math.max(9, reach))
        return { kind: "port", name: port.name };
    if (this.hub && Math.hypot(this.hub.x - x, this.hub.y - y) <= this.hubRadius)
      return { kind: "hub", name: this.scene.hubs[0].name };
    let best = null;
    let least = Math.max(reach, this.radius + 4);
    for (const [name, spot] of this.spots) {
      const away = Math.hypot(spot.x - x, spot.y - y);
      if (away < least) {
        least = away;
        best = name;
      }
    }
    if (best !== null)
      return { kind: "member", name: best };
    if (!this.layout || !this.camera)
      return null;
    const world = this.camera.toWorld({ x, y });
    const { u, d } = this.layout.stadium.locate(world.x, world.y);
    const region = this.layout.regions.find((other) =>
      u >= other.u0 && u <= other.u1 && d >= other.d0 - 4 && d <= other.d1 + 20);
    return region ? { kind: "region", name: region.key } : null;
  }

  // What the arrows walk through: up and down from row to row, left and right in it.
  rows() {
    return [[{ kind: "hub", name: this.scene.hubs[0].name },
      ...(this.scene.ports ?? []).map((port) => ({ kind: "port", name: port.name }))],
    ...this.layout.regions.map((region) => region.slots.filter((name) => name !== null)
      .map((name) => ({ kind: "member", name })))];
  }

  spotOf(item) {
    if (item.kind === "hub")
      return this.scene.hubs[0].name === item.name ? { ...this.hub, r: this.hubRadius } : null;
    if (item.kind === "port") {
      const place = this.ports?.find(({ port }) => port.name === item.name);
      return place ? { x: place.x, y: place.y, r: 9 } : null;
    }
    const spot = this.spots.get(item.name);
    return spot ? { x: spot.x, y: spot.y, r: Math.max(6, this.radius) } : null;
  }

  // For the tooltip and the hint.
  linesOf(item) {
    switch (item.kind) {
    case "hub":
      return hubLines(this.scene.hubs[0]);
    case "port": {
      const port = this.scene.ports.find(({ name }) => name === item.name);
      return port ? portLines(port) : null;
    }
    case "region": {
      const region = this.layout.regions.find(({ key }) => key === item.name);
      return region ? regionLines(region, region.slots.filter((name) => name !== null)
        .map((name) => this.members.get(name)).filter(Boolean)) : null;
    }
    }
    const member = this.members.get(item.name);
    return member ? memberLines(member) : null;
  }

  // What has to be explained: [sign, words].
  legend() {
    const faults = new Set(this.faulty.map(({ member }) => faultOf(member)));
    const words = { bad: "gets nothing", warn: "loses copies, or is refused", note: "only receives" };
    return [["rx", "to the hub"], ["tx", "from the hub"],
      ...Object.entries(words).filter(([fault]) => faults.has(fault))];
  }
}
