// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Symbols: what is wrong is told by shape as well as by colour.

import { count } from "../format.js";
import { Labels } from "./labels.js";
import { portAngles } from "./layout.js";

export const FAULT_HUE = { bad: "bad", warn: "warn", note: "muted" };
const HUB_HUE = { well: "good", degraded: "warn", down: "bad" };

export function strokeCross(ctx, x, y, size) {
  ctx.beginPath();
  ctx.moveTo(x - size, y - size);
  ctx.lineTo(x + size, y + size);
  ctx.moveTo(x + size, y - size);
  ctx.lineTo(x - size, y + size);
  ctx.stroke();
}

function triangle(ctx, x, y, r) {
  ctx.beginPath();
  ctx.moveTo(x, y - 1.1 * r);
  ctx.lineTo(x + 1.1 * r, y + 0.85 * r);
  ctx.lineTo(x - 1.1 * r, y + 0.85 * r);
  ctx.closePath();
}

function exclamation(ctx, x, y, r) {
  ctx.beginPath();
  ctx.moveTo(x, y - 0.45 * r);
  ctx.lineTo(x, y + 0.2 * r);
  ctx.moveTo(x, y + 0.55 * r);
  ctx.lineTo(x, y + 0.56 * r);
  ctx.stroke();
}

// A disc with a cross, a triangle with an exclamation mark, or an empty ring with a bar.
export function drawFault(ctx, colours, fault, x, y, r) {
  const colour = colours[FAULT_HUE[fault]];
  ctx.lineCap = ctx.lineJoin = "round";
  ctx.fillStyle = fault === "note" ? colours.surface : colour;
  if (fault === "warn")
    triangle(ctx, x, y, r);
  else {
    ctx.beginPath();
    ctx.arc(x, y, r, 0, 2 * Math.PI);
  }
  // A rim sets it off from what is under it.
  ctx.strokeStyle = colours.surface;
  ctx.lineWidth = 3.5;
  ctx.stroke();
  ctx.fill();
  ctx.lineWidth = Math.max(1.6, r * 0.26);
  if (fault === "note") {
    ctx.strokeStyle = colour;
    ctx.stroke();
    ctx.beginPath();
    ctx.moveTo(x - 0.45 * r, y);
    ctx.lineTo(x + 0.45 * r, y);
    ctx.stroke();
    return;
  }
  ctx.strokeStyle = colours.surface;
  if (fault === "warn")
    exclamation(ctx, x, y, r);
  else
    strokeCross(ctx, x, y, r * 0.42);
}

// All dots of one colour at once; hollow ones have a rim of it.
export function drawDots(ctx, places, r, colour, inside) {
  if (places.length === 0)
    return;
  ctx.beginPath();
  for (const { x, y } of places) {
    ctx.moveTo(x + r, y);
    ctx.arc(x, y, r, 0, 2 * Math.PI);
  }
  ctx.fillStyle = inside ?? colour;
  ctx.fill();
  if (inside) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2;
    ctx.stroke();
  }
}

export function drawRings(ctx, places, r, colour, width) {
  ctx.beginPath();
  for (const { x, y } of places) {
    ctx.moveTo(x + r, y);
    ctx.arc(x, y, r, 0, 2 * Math.PI);
  }
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.stroke();
}

// The state's badge: a tick, a triangle or a cross.
function drawBadge(ctx, colours, state, x, y, r) {
  if (state !== "well") {
    drawFault(ctx, colours, state === "down" ? "bad" : "warn", x, y, r);
    return;
  }
  drawDots(ctx, [{ x, y }], r, colours.good);
  ctx.strokeStyle = colours.surface;
  ctx.lineWidth = Math.max(1.6, r * 0.26);
  ctx.lineCap = ctx.lineJoin = "round";
  ctx.beginPath();
  ctx.moveTo(x - 0.45 * r, y + 0.05 * r);
  ctx.lineTo(x - 0.1 * r, y + 0.4 * r);
  ctx.lineTo(x + 0.5 * r, y - 0.35 * r);
  ctx.stroke();
}

function writeInDisc(ctx, colours, hub, x, y, r) {
  const labels = new Labels(ctx, colours, Infinity, Infinity);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  const scale = Math.min(1.2, r / 54);
  const lines = [
    { text: hub.name, colour: colours.text, size: 14.5 * scale, weight: "700", dy: -22 * scale, wide: 1.6 },
    { text: count(hub.copiesPerS), colour: colours.text, size: 14.5 * scale, dy: -3 * scale, wide: 1.7 },
    { text: "copies/s", colour: colours.muted, size: 11 * scale, dy: 11 * scale, wide: 1.7 },
    { text: hub.says, colour: colours[HUB_HUE[hub.state] ?? "muted"], size: 12 * scale, weight: "600",
      dy: 28 * scale, wide: 1.5 },
  ];
  for (const line of r < 26 ? [] : lines) {
    labels.setFont(line);
    ctx.fillStyle = line.colour;
    ctx.fillText(labels.fit(line.text, line.wide * r), x, y + line.dy);
  }
}

// A disc whose rim is whole, dashed or dotted, with the hub's name, its copies and its state in it.
export function drawHub(ctx, colours, hub, x, y, r) {
  const { state } = hub;
  const colour = colours[HUB_HUE[state] ?? "muted"];
  ctx.beginPath();
  ctx.arc(x, y, r, 0, 2 * Math.PI);
  ctx.fillStyle = colours.surface;
  ctx.fill();
  ctx.globalAlpha = 0.1;
  ctx.fillStyle = colour;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = colour;
  ctx.lineWidth = 3.5;
  ctx.lineCap = "butt";
  ctx.setLineDash({ degraded: [11, 5], down: [3, 5] }[state] ?? []);
  ctx.stroke();
  ctx.setLineDash([]);
  drawBadge(ctx, colours, state, x + 0.72 * r, y - 0.72 * r, Math.max(7, 0.2 * r));
  writeInDisc(ctx, colours, hub, x, y, r);
}

export function portPlaces(ports, x, y, r) {
  return portAngles(ports.length).map((angle, i) =>
    ({ port: ports[i], x: x + r * Math.cos(angle), y: y + r * Math.sin(angle), angle }));
}

// A socket on the hub's rim; a dead one is larger, red and crossed.
export function drawPort(ctx, colours, isUp, x, y) {
  const size = isUp ? 5 : 8;
  ctx.beginPath();
  ctx.roundRect(x - size, y - size, 2 * size, 2 * size, 2.5);
  ctx.fillStyle = isUp ? colours.surface : colours.bad;
  ctx.strokeStyle = isUp ? colours.good : colours.surface;
  ctx.lineWidth = 2;
  ctx.fill();
  ctx.stroke();
  if (isUp) {
    ctx.fillStyle = colours.good;
    ctx.fillRect(x - 2, y - 2, 4, 4);
    return;
  }
  ctx.lineCap = "round";
  ctx.lineWidth = 2.4;
  strokeCross(ctx, x, y, 4);
}
