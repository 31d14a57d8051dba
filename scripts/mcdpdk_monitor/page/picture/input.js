// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Mouse, touch and keyboard on the canvas.

const CLICK_PX = 5;
const REACH = { mouse: 8, pen: 10, touch: 20 };
const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

// `picture` has hover(point, reach), click(point, reach), zoom(factor, point), pan(dx, dy), reset(), step(row, column),
// enter(), escape() and isWhole().
export class Input {
  constructor(canvas, picture) {
    this.canvas = canvas;
    this.picture = picture;
    this.pointers = new Map();
    this.abort = new AbortController();
    const on = (type, handler, options) =>
      canvas.addEventListener(type, handler.bind(this), { signal: this.abort.signal, ...options });
    on("pointerdown", this.#down);
    on("pointermove", this.#move);
    on("pointerup", this.#up);
    on("pointercancel", this.#cancel);
    on("pointerleave", () => picture.hover(null));
    on("wheel", this.#wheel, { passive: false });
    on("dblclick", () => picture.reset());
    on("keydown", this.#key);
    this.settle();
  }

  // At its whole the page scrolls under a finger; zoomed in, the finger moves the picture.
  settle() {
    this.canvas.style.touchAction = this.picture.isWhole() ? "pan-y" : "none";
  }

  destroy() {
    this.abort.abort();
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left - this.canvas.clientLeft, y: event.clientY - box.top - this.canvas.clientTop };
  }

  #down(event) {
    if (event.button !== 0)
      return;
    this.pointers.set(event.pointerId, this.#point(event));
    this.canvas.setPointerCapture(event.pointerId);
    this.begin = this.pointers.size === 1 ? this.#point(event) : null;
  }

  #move(event) {
    const point = this.#point(event);
    const last = this.pointers.get(event.pointerId);
    if (!last) {
      this.picture.hover(point, REACH[event.pointerType] ?? 8);
      return;
    }
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, other]) => other);
    if (others.length === 1) {
      const away = (from) => Math.max(10, Math.hypot(from.x - others[0].x, from.y - others[0].y));
      const middle = { x: (point.x + others[0].x) / 2, y: (point.y + others[0].y) / 2 };
      this.picture.zoom(away(point) / away(last), middle);
      this.picture.pan((point.x - last.x) / 2, (point.y - last.y) / 2);
    } else if (!this.begin || Math.hypot(point.x - this.begin.x, point.y - this.begin.y) > CLICK_PX) {
      this.begin = null;
      this.picture.hover(null);
      this.picture.pan(point.x - last.x, point.y - last.y);
    } else
      return;
    this.pointers.set(event.pointerId, point);
    this.settle();
  }

  #up(event) {
    const isClick = this.begin !== null && this.pointers.has(event.pointerId);
    this.#cancel(event);
    if (isClick)
      this.picture.click(this.#point(event), REACH[event.pointerType] ?? 8);
  }

  #cancel(event) {
    this.pointers.delete(event.pointerId);
    this.begin = null;
  }

  #wheel(event) {
    const px = event.deltaY * (event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1);
    // Out of the whole picture the page scrolls on.
    if (this.picture.zoom(Math.exp(-Math.max(-300, Math.min(300, px)) * 0.0022), this.#point(event)))
      event.preventDefault();
    this.settle();
  }

  #key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey)
      return;
    const { picture, canvas } = this;
    const middle = { x: canvas.clientWidth / 2, y: canvas.clientHeight / 2 };
    if (ARROWS[event.key])
      picture.step(...ARROWS[event.key]);
    else if (event.key === "Enter" || event.key === " ")
      picture.enter();
    else if (event.key === "Escape")
      picture.escape();
    else if (event.key === "+" || event.key === "=")
      picture.zoomAtCursor(1.4, middle);
    else if (event.key === "-")
      picture.zoomAtCursor(1 / 1.4, middle);
    else if (event.key === "0")
      picture.reset();
    else
      return;
    event.preventDefault();
    this.settle();
  }
}
