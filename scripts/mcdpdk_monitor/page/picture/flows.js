// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Streams as edges: a faint track whose width is the rate, and dashes that travel on it. Coordinates are the canvas's.

const SPEED_PX_S = 64;
const GAP_PX = 34;
const DASH_PX = 9;
const WIDEST_PX = 9;

// 1 pps is 1.2 px wide, 1 Mpps 7 px.
export function widthOf(rate) {
  return Math.min(WIDEST_PX, 1.2 + 0.97 * Math.log10(Math.max(1, rate)));
}

// A quadratic curve from (x0, y0) by (cx, cy) to (x1, y1), in the direction of travel.
export class Flow {
  constructor(from, by, to, width, hue, isLit = true) {
    Object.assign(this, { x0: from.x, y0: from.y, cx: by.x, cy: by.y, x1: to.x, y1: to.y, width, hue, isLit });
    this.length = (Math.hypot(to.x - from.x, to.y - from.y) +
      Math.hypot(by.x - from.x, by.y - from.y) + Math.hypot(to.x - by.x, to.y - by.y)) / 2;
    // Dashes of neighbours do not march in step.
    this.phase = Math.abs(to.x * 7.3 + from.x * 5.1 + to.y * 3.7 + from.y * 2.9) % GAP_PX;
  }

  x(t) {
    return (1 - t) * (1 - t) * this.x0 + 2 * t * (1 - t) * this.cx + t * t * this.x1;
  }

  y(t) {
    return (1 - t) * (1 - t) * this.y0 + 2 * t * (1 - t) * this.cy + t * t * this.y1;
  }

  path(ctx) {
    ctx.moveTo(this.x0, this.y0);
    ctx.quadraticCurveTo(this.cx, this.cy, this.x1, this.y1);
  }
}

// There and back, side by side: keep to the right. `by` may be null: almost straight.
export function lane(from, to, offset, by = null) {
  const length = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const nx = -(to.y - from.y) / length * offset;
  const ny = (to.x - from.x) / length * offset;
  const bend = by ? 1 : 1 + 1.5 * Math.min(1, length / 250);
  const middle = by ?? { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  return [{ x: from.x + nx, y: from.y + ny }, { x: middle.x + nx * bend, y: middle.y + ny * bend },
    { x: to.x + nx, y: to.y + ny }];
}

// One stroke for all flows of a look.
function byLook(flows) {
  const looks = new Map();
  for (const flow of flows) {
    const width = Math.round(flow.width * 2) / 2;
    const key = `${flow.hue} ${width} ${flow.isLit}`;
    if (!looks.has(key))
      looks.set(key, { hue: flow.hue, width, isLit: flow.isLit, flows: [] });
    looks.get(key).flows.push(flow);
  }
  return [...looks.values()].sort((a, b) => a.isLit - b.isLit);
}

export class Flows {
  constructor(flows) {
    this.looks = byLook(flows.filter((flow) => flow.length > 4));
    this.moving = this.looks.filter((look) => look.isLit);
  }

  get isMoving() {
    return this.moving.length > 0;
  }

  drawTracks(ctx, colours) {
    ctx.lineCap = "round";
    for (const look of this.looks) {
      ctx.globalAlpha = look.isLit ? 0.26 : 0.1;
      ctx.strokeStyle = colours[look.hue];
      ctx.lineWidth = look.width;
      ctx.beginPath();
      for (const flow of look.flows)
        flow.path(ctx);
      ctx.stroke();
    }
    ctx.globalAlpha = 1;
  }

  // `seconds` of any clock that only grows.
  drawDashes(ctx, colours, seconds, width, height) {
    const travelled = (seconds * SPEED_PX_S) % GAP_PX;
    ctx.lineCap = "round";
    for (const look of this.moving) {
      ctx.strokeStyle = colours[look.hue];
      ctx.lineWidth = Math.max(1.6, look.width * 0.72);
      ctx.beginPath();
      for (const flow of look.flows) {
        const dash = DASH_PX / flow.length;
        for (let way = (travelled + flow.phase) % GAP_PX; way < flow.length; way += GAP_PX) {
          const t = way / flow.length;
          const x = flow.x(t);
          const y = flow.y(t);
          if (x < -20 || y < -20 || x > width + 20 || y > height + 20)
            continue;
          const end = Math.min(1, t + dash);
          ctx.moveTo(x, y);
          ctx.lineTo(flow.x(end), flow.y(end));
        }
      }
      ctx.stroke();
    }
  }

  // For who wants no motion.
  drawArrows(ctx, colours) {
    for (const look of this.moving) {
      const size = 3.5 + look.width;
      ctx.fillStyle = colours[look.hue];
      ctx.beginPath();
      for (const flow of look.flows) {
        if (flow.length < 3 * size)
          continue;
        const x = flow.x(0.55);
        const y = flow.y(0.55);
        const angle = Math.atan2(flow.y(0.6) - flow.y(0.5), flow.x(0.6) - flow.x(0.5));
        const cos = Math.cos(angle) * size;
        const sin = Math.sin(angle) * size;
        ctx.moveTo(x + cos, y + sin);
        ctx.lineTo(x - cos - 0.7 * sin, y - sin + 0.7 * cos);
        ctx.lineTo(x - cos + 0.7 * sin, y - sin - 0.7 * cos);
        ctx.closePath();
      }
      ctx.fill();
    }
  }
}
