// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Where everything stands, the hub at (0, 0). Pure geometry: the same members have the same places.
//
// Members stand in rows around the hub, in a ring that is stretched to the shape of the canvas: a stadium. A place on
// it has two coordinates: u, the way along the middle of the ring, clockwise from the bottom, and d, the distance from
// the stadium's spine. A region (subnet and encapsulation) is a stretch of the ring; its slots are filled column by
// column, from the inside out.

import { compareNatural } from "./names.js";

// More regions than this cannot be told apart; the smaller ones are united by shorter prefixes.
const MOST_REGIONS = 36;
const PREFIXES = [[24, 64], [16, 48], [8, 32], [0, 0]];
// Up to here each member has room for its name and for an edge of its own.
const MOST_AIRY = 60;
const NAME_ASPECT = 2;
const MOST_ROW_PX = 124;
const MOST_COLUMN_PX = 420;
const GATE_EVERY_PX = 240;
// A reordering is worth it when the better number of rows is better by this factor.
const WORTH_MOVING = 1.2;

// Groups of 8 or 16 bits, or null.
function partsOf(address) {
  const text = String(address);
  if (/^\d+(\.\d+){3}$/.test(text))
    return text.split(".").map(Number);
  if (!/^[0-9a-fA-F:]+$/.test(text) || !text.includes(":"))
    return null;
  const [head, tail] = text.split("::").map((half) => half.split(":").filter((part) => part !== ""));
  const zeros = tail ? Math.max(0, 8 - head.length - tail.length) : 0;
  const parts = [...head, ...Array(zeros).fill("0"), ...(tail ?? [])].map((part) => parseInt(part, 16));
  return parts.length === 8 ? parts : null;
}

function subnetOf(parts, level) {
  if (!parts)
    return { order: "9", text: "other" };
  const isV4 = parts.length === 4;
  const bits = PREFIXES[level][isV4 ? 0 : 1];
  const kept = parts.slice(0, bits / (isV4 ? 8 : 16));
  const order = (isV4 ? "4" : "6") + kept.map((part) => part.toString(16).padStart(4, "0")).join("");
  if (bits === 0)
    return { order, text: isV4 ? "IPv4" : "IPv6" };
  if (isV4)
    return { order, text: `${[...kept, 0, 0, 0, 0].slice(0, 4).join(".")}/${bits}` };
  return { order, text: `${kept.map((part) => part.toString(16)).join(":").replace(/(:0)+$/, "")}::/${bits}` };
}

function gather(members, level, into) {
  for (const member of members) {
    const { order, text } = subnetOf(partsOf(member.address), level);
    const key = `${order} ${text} ${member.encap}`;
    const region = into.get(key);
    if (region)
      region.members.push(member);
    else
      into.set(key, { key, label: `${text} · ${member.encap}`, members: [member] });
  }
}

// Subnets with their encapsulation, in numerical order: [{ key, label, members }].
export function regionsOf(members) {
  let regions = new Map();
  gather(members, 0, regions);
  for (let level = 1; regions.size > MOST_REGIONS && level < PREFIXES.length; level++) {
    const bySize = [...regions.values()].sort((a, b) =>
      b.members.length - a.members.length || (a.key < b.key ? -1 : 1));
    regions = new Map(bySize.slice(0, MOST_REGIONS / 2).map((region) => [region.key, region]));
    for (const region of bySize.slice(MOST_REGIONS / 2))
      gather(region.members, level, regions);
  }
  return [...regions.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

export class Stadium {
  // half: of the straight parts; middle: the distance at which u is measured.
  constructor(half, isWide, middle) {
    const quarter = Math.PI / 2;
    const arc = (x, y, from, turns) => ({ x, y, angle: from, turn: turns * quarter, length: turns * quarter * middle });
    const line = (x, y, angle, length) => ({ x, y, angle, turn: 0, length });
    this.middle = middle;
    this.pieces = isWide ?
      [line(0, 0, quarter, half), arc(-half, 0, quarter, 2), line(-half, 0, 3 * quarter, 2 * half),
        arc(half, 0, 3 * quarter, 2), line(half, 0, quarter, half)] :
      [arc(0, half, quarter, 1), line(0, half, 2 * quarter, 2 * half), arc(0, -half, 2 * quarter, 2),
        line(0, -half, 4 * quarter, 2 * half), arc(0, half, 4 * quarter, 1)];
    this.length = this.pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  // The direction outwards at u, and the foot of it on the spine.
  foot(u) {
    let rest = ((u % this.length) + this.length) % this.length;
    let piece = this.pieces[0];
    for (piece of this.pieces) {
      if (rest <= piece.length)
        break;
      rest -= piece.length;
    }
    if (piece.turn)
      return { x: piece.x, y: piece.y, angle: piece.angle + piece.turn * rest / piece.length };
    // Clockwise is a quarter ahead of outwards.
    const ahead = piece.angle + Math.PI / 2;
    return { x: piece.x + rest * Math.cos(ahead), y: piece.y + rest * Math.sin(ahead), angle: piece.angle };
  }

  isBend(u) {
    return this.foot(u - 0.01).angle !== this.foot(u + 0.01).angle;
  }

  at(u, d) {
    const { x, y, angle } = this.foot(u);
    return { x: x + d * Math.cos(angle), y: y + d * Math.sin(angle), angle };
  }

  // The inverse of at().
  locate(x, y) {
    let begin = 0;
    for (const piece of this.pieces) {
      const dx = x - piece.x;
      const dy = y - piece.y;
      if (piece.turn) {
        const angle = Math.atan2(dy, dx);
        const turned = (((angle - piece.angle) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI);
        if (turned <= piece.turn)
          return { u: begin + turned * this.middle, d: Math.hypot(dx, dy) };
      } else {
        const along = -dx * Math.sin(piece.angle) + dy * Math.cos(piece.angle);
        const d = dx * Math.cos(piece.angle) + dy * Math.sin(piece.angle);
        if (along >= 0 && along <= piece.length && d >= 0)
          return { u: begin + along, d };
      }
      begin += piece.length;
    }
    return { u: 0, d: 0 };
  }
}

// Who was here keeps its slot, who is new takes a free one. Sorted anew when too many are free.
function slotsOf(names, before) {
  const here = new Set(names);
  const slots = (before ?? []).map((name) => (here.has(name) ? name : null));
  const kept = new Set(slots);
  const fresh = names.filter((name) => !kept.has(name));
  if (kept.size <= 1 || slots.length > 1.3 * names.length + 4)
    return names;
  for (let i = 0; i < slots.length && fresh.length > 0; i++)
    if (slots[i] === null)
      slots[i] = fresh.shift();
  while (slots.length > 0 && slots[slots.length - 1] === null)
    slots.pop();
  return slots.concat(fresh);
}

function columnsOf(regions, rows) {
  return regions.reduce((sum, region) => sum + Math.ceil(region.slots.length / rows), 0);
}

// The number of rows that gives each member the most room in the shape it needs.
function rowsFor(regions, along, thick, aspect, before) {
  const room = (rows) => Math.min(along / columnsOf(regions, rows) / aspect, thick / rows, MOST_ROW_PX);
  let best = 1;
  for (let rows = 2; rows <= 64 && thick / rows > room(best); rows++)
    if (room(rows) > room(best))
      best = rows;
  return before && room(best) < WORTH_MOVING * room(before) ? before : best;
}

// members: name, address, encap. area: width, height, hubRadius. before: the last layout, which others' places follow.
//
// Returns { stadium, regions, places, pitch, isAiry, rows }: regions with key, label, count, slots (names or null), u0,
// u1, d0, d1 and gates, where the region's streams come together; places: a name's x, y, region and gate (indices).
export function layout(members, area, before = null) {
  const short = Math.min(area.width, area.height) / 2;
  const long = Math.max(area.width, area.height) / 2;
  // Outside is a margin for the regions' labels.
  const outer = Math.max(area.hubRadius + 50, short - 26);
  const isAiry = members.length <= MOST_AIRY;
  const half = Math.max(0, Math.min(long - short, (isAiry ? 1.15 : 2.2) * outer));
  const inner = Math.max(area.hubRadius + 34, outer * (isAiry ? 0.5 : 0.44));
  const stadium = new Stadium(half, area.width >= area.height, (inner + outer) / 2);
  const regions = regionsOf(members).map((region) => {
    const names = region.members.map((member) => member.name).sort(compareNatural);
    const slots = slotsOf(names, before?.regions.find((other) => other.key === region.key)?.slots);
    return { key: region.key, label: region.label, count: names.length, slots };
  });
  const result = { stadium, regions, places: new Map(), pitch: { along: 0, across: 0 }, isAiry, rows: 1 };
  if (regions.length === 0)
    return result;

  const gap = Math.min(isAiry ? 28 : 16, 0.3 * stadium.length / regions.length);
  const along = stadium.length - gap * regions.length;
  const rows = rowsFor(regions, along, outer - inner, isAiry ? NAME_ASPECT : 1, before?.rows);
  const column = Math.min(along / columnsOf(regions, rows), MOST_COLUMN_PX);
  const row = Math.min((outer - inner) / rows, MOST_ROW_PX, isAiry ? Infinity : 1.2 * column);
  const first = inner + (outer - inner - rows * row) * (isAiry ? 0.6 : 0.5);
  result.rows = rows;
  result.pitch = { along: column, across: row };

  // What does not fill the ring is centred at the top.
  let u = gap / 2 + (along - column * columnsOf(regions, rows)) / 2;
  regions.forEach((region, index) => {
    const columns = Math.ceil(region.slots.length / rows);
    region.u0 = u;
    region.u1 = u + columns * column;
    region.d0 = first;
    region.d1 = first + Math.min(region.slots.length, rows) * row;
    const gates = isAiry ? 1 : Math.max(1, Math.round((region.u1 - region.u0) / GATE_EVERY_PX));
    const each = (region.u1 - region.u0) / gates;
    region.gates = Array.from({ length: gates }, (_, i) => stadium.at(region.u0 + (i + 0.5) * each, region.d0 - 7));
    region.slots.forEach((name, slot) => {
      if (name === null)
        return;
      const inRow = slot % rows;
      // Rows are staggered: like a honeycomb, no column hides behind another.
      const shift = rows > 2 && region.slots.length > rows ? (inRow % 2 - 0.5) / 2 : 0;
      const at = u + (Math.floor(slot / rows) + 0.5 + shift) * column;
      const gate = Math.min(gates - 1, Math.max(0, Math.floor((at - region.u0) / each)));
      // Names stand outwards of their members.
      const d = first + (inRow + (isAiry ? 0.42 : 0.5)) * row;
      result.places.set(name, { ...stadium.at(at, d), region: index, gate });
    });
    u = region.u1 + gap;
  });
  return result;
}

// The hubs of a domain, in an ellipse, the first at the top: [{ x, y }] and their radius.
export function ring(count, area) {
  const rx = Math.max(40, area.width / 2 - 80);
  const ry = Math.max(40, area.height / 2 - 80);
  const around = Math.PI * (3 * (rx + ry) - Math.sqrt((3 * rx + ry) * (rx + 3 * ry)));
  const radius = Math.min(area.hubRadius, Math.max(14, around / count / 3));
  const places = Array.from({ length: count }, (_, i) => {
    const angle = 2 * Math.PI * i / count - Math.PI / 2;
    return { x: rx * Math.cos(angle), y: ry * Math.sin(angle) };
  });
  return { places, radius };
}

// The hub's ports, on its rim below, from left to right: angles.
export function portAngles(count) {
  const step = Math.min(0.45, Math.PI / Math.max(1, count));
  return Array.from({ length: count }, (_, i) => Math.PI / 2 - (i - (count - 1) / 2) * step);
}
