// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// What part of the picture is seen: zoom and place.

const MOST = 40;

export class Camera {
  constructor() {
    Object.assign(this, { k: 1, x: 0, y: 0, width: 1, height: 1, foot: 0 });
  }

  // `foot`: room that is kept free below.
  resize(width, height, foot) {
    Object.assign(this, { width, height, foot });
    this.#keepInView();
  }

  toScreen({ x, y }) {
    return { x: this.width / 2 + this.x + x * this.k, y: (this.height - this.foot) / 2 + this.y + y * this.k };
  }

  toWorld({ x, y }) {
    return { x: (x - this.width / 2 - this.x) / this.k, y: (y - (this.height - this.foot) / 2 - this.y) / this.k };
  }

  get isWhole() {
    return this.k === 1;
  }

  // What is at `point` stays there. Returns whether anything changed.
  zoom(factor, point) {
    const k = Math.min(MOST, Math.max(1, this.k * factor));
    const isNew = k !== this.k;
    const world = this.toWorld(point);
    this.k = k < 1.02 ? 1 : k;
    const now = this.toScreen(world);
    this.pan(point.x - now.x, point.y - now.y);
    return isNew;
  }

  pan(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.#keepInView();
  }

  reset() {
    Object.assign(this, { k: 1, x: 0, y: 0 });
  }

  show(point) {
    if (point.x < 40 || point.x > this.width - 40)
      this.x += this.width / 2 - point.x;
    if (point.y < 40 || point.y > this.height - 40)
      this.y += this.height / 2 - point.y;
    this.#keepInView();
  }

  #keepInView() {
    const most = (size) => size / 2 * (this.k - 1);
    this.x = Math.min(most(this.width), Math.max(-most(this.width), this.x));
    this.y = Math.min(most(this.height), Math.max(-most(this.height), this.y));
  }
}
