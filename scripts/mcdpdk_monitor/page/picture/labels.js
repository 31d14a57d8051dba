// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Text that keeps out of its own way.

import { elide } from "./names.js";

const CELL_PX = 96;

// Places that are taken, by cells so that many labels stay cheap.
export class Taken {
  constructor() {
    this.cells = new Map();
  }

  cellsOf(box) {
    const keys = [];
    for (let x = Math.floor(box.x / CELL_PX); x <= Math.floor((box.x + box.w) / CELL_PX); x++)
      for (let y = Math.floor(box.y / CELL_PX); y <= Math.floor((box.y + box.h) / CELL_PX); y++)
        keys.push(x * 4096 + y);
    return keys;
  }

  meets(box) {
    return this.cellsOf(box).some((key) => (this.cells.get(key) ?? []).some((other) =>
      box.x < other.x + other.w && other.x < box.x + box.w && box.y < other.y + other.h && other.y < box.y + box.h));
  }

  add(box) {
    for (const key of this.cellsOf(box)) {
      if (!this.cells.has(key))
        this.cells.set(key, []);
      this.cells.get(key).push(box);
    }
  }
}

export class Labels {
  constructor(ctx, colours, width, height, taken = new Taken()) {
    Object.assign(this, { ctx, colours, width, height, taken });
    ctx.direction = "ltr";
  }

  avoid(x, y, radius) {
    this.taken.add({ x: x - radius, y: y - radius, w: 2 * radius, h: 2 * radius });
  }

  // The text, cut to the width.
  fit(text, width) {
    let most = Math.ceil(width / 4);
    let cut = elide(text, most);
    for (let px = this.ctx.measureText(cut).width; px > width && most > 3; px = this.ctx.measureText(cut).width) {
      most = Math.min(most - 1, Math.floor(cut.length * width / px));
      cut = elide(text, Math.max(3, most));
    }
    return cut;
  }

  // Lines beside a mark: { text, colour, size, weight }. Where there is room, or nowhere. `isPlated`: on a plate that
  // hides what is under it, `isAbove`: rather above than below, `isForced`: even where something is.
  place(x, y, radius, lines, widths, { isPlated = false, isAbove = false, isForced = false } = {}) {
    for (const width of widths) {
      const cut = lines.map((line) => {
        this.setFont(line);
        const text = this.fit(line.text, width);
        return { ...line, text, width: this.ctx.measureText(text).width };
      });
      const w = Math.max(...cut.map((line) => line.width)) + 8;
      const h = cut.reduce((sum, line) => sum + line.size + 3, 0) + 2;
      const gap = radius + 2;
      const below = [x - w / 2, y + gap];
      const above = [x - w / 2, y - gap - h];
      const spots = [...(isAbove ? [above, below] : [below, above]), [x + gap, y - h / 2], [x - gap - w, y - h / 2]]
        .map(([left, top]) => ({ x: Math.min(Math.max(left, 2), this.width - w - 2), y: top, w, h }))
        .filter((box) => box.y >= 0 && box.y + h <= this.height);
      const last = isForced && width === widths.at(-1) ? spots[0] : null;
      const box = spots.find((spot) => !this.taken.meets(spot)) ?? last;
      if (!box)
        continue;
      this.taken.add(box);
      this.write(box, cut, isPlated);
      return true;
    }
    return false;
  }

  setFont({ size, weight = "normal" }) {
    this.ctx.font = `${weight} ${size}px ${this.colours.font}`;
  }

  write(box, lines, isPlated) {
    const { ctx } = this;
    if (isPlated) {
      ctx.globalAlpha = 0.86;
      ctx.fillStyle = this.colours.surface;
      ctx.beginPath();
      ctx.roundRect(box.x, box.y, box.w, box.h, 4);
      ctx.fill();
      ctx.globalAlpha = 1;
    }
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    let { y } = box;
    for (const line of lines) {
      this.setFont(line);
      y += line.size / 2 + 2.5;
      if (!isPlated) {
        ctx.lineWidth = 3;
        ctx.lineJoin = "round";
        ctx.strokeStyle = this.colours.surface;
        ctx.strokeText(line.text, box.x + box.w / 2, y);
      }
      ctx.fillStyle = line.colour;
      ctx.fillText(line.text, box.x + box.w / 2, y);
      y += line.size / 2 + 0.5;
    }
  }

  // Along the stadium, upright, where between u0 and u1 it lies flattest. `at(u, d)` gives places on the canvas,
  // `scale` how much wider they are there. Returns whether it had room.
  along(text, stadium, at, scale, u0, u1, d) {
    const length = this.ctx.measureText(text).width;
    // The way at distance d is longer in a bend than in the middle of the ring.
    const spread = (u) => scale * (stadium.isBend(u) ? d / stadium.middle : 1);
    const middle = (u0 + u1) / 2;
    const half = length / 2 / scale;
    const slack = (u1 - u0) / 2 - half - 2;
    if (slack < 0)
      return false;
    const level = (u) => Math.min(...[u - half, u, u + half].map((end) => Math.abs(Math.sin(stadium.foot(end).angle))));
    let best = middle;
    for (let step = 0; step <= 16; step++)
      for (const u of [middle - slack * step / 16, middle + slack * step / 16])
        if (level(u) > level(best) + 0.002)
          best = u;
    // Clockwise is from left to right above the hub, and from right to left below it.
    const way = Math.sin(stadium.foot(best).angle) > 0.3 ? -1 : 1;
    const bend = Math.abs(stadium.foot(best + half).angle - stadium.foot(best - half).angle);
    // Almost straight is better straight: the letters keep their distances.
    if (bend < 0.3) {
      const rise = length * bend / 12 / scale;
      this.#write(text, at(best, d + rise), way, length);
      return true;
    }
    let u = best - way * length / 2 / spread(best);
    for (const character of text) {
      const width = this.ctx.measureText(character).width;
      const step = way * width / spread(u + way * width / 2 / spread(u));
      this.#write(character, at(u + step / 2, d), way, width);
      u += step;
    }
    return true;
  }

  #write(text, { x, y, angle }, way, width) {
    const { ctx } = this;
    const turned = angle + way * Math.PI / 2;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.save();
    ctx.translate(x, y);
    ctx.rotate(turned);
    ctx.fillText(text, 0, 0);
    ctx.restore();
    for (let from = -width / 2; from < width / 2; from += 10) {
      const to = Math.min(from + 5, width / 2);
      this.avoid(x + to * Math.cos(turned), y + to * Math.sin(turned), 5);
    }
  }
}
