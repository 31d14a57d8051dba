// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// The picture of a hub, or of a domain's hubs, on a canvas. The canvas has its size from the style sheet.
//
// What stands still is drawn once into two layers, one below and one above the edges; a frame puts them together with
// the dashes that move between them.

import { Camera } from "./camera.js";
import { readColours } from "./colours.js";
import { DomainView } from "./domain_view.js";
import { HubView } from "./hub_view.js";
import { Input } from "./input.js";
import { Labels } from "./labels.js";
import { drawFault, drawRings, FAULT_HUE } from "./marks.js";

const FRAME_MS = 1000 / 30;
const KEPT_TIMES = 600;
const REST_MS = 120, MOST_MOVED_MS = 500;
const NARROW_PX = 560;

const isSame = (a, b) => a?.kind === b?.kind && a?.name === b?.name;

export class Picture {
  // What our own script took for each of the last frames, in milliseconds.
  frameTimes = [];

  constructor(canvas, { onSelect = () => {}, onOpenHub = () => {}, onHint = () => {} } = {}) {
    Object.assign(this, { canvas, onSelect, onOpenHub, onHint });
    this.ctx = canvas.getContext("2d", { alpha: false });
    this.under = document.createElement("canvas").getContext("2d", { alpha: false });
    this.over = document.createElement("canvas").getContext("2d");
    this.camera = new Camera();
    this.scene = this.view = this.hovered = this.cursor = null;
    this.request = this.drawnAt = 0;
    this.isStale = this.isInView = true;
    this.hasMovedOnly = false;
    if (!canvas.hasAttribute("tabindex"))
      canvas.tabIndex = 0;
    // Its arrow keys are its own.
    if (!canvas.hasAttribute("role"))
      canvas.setAttribute("role", "application");
    this.input = new Input(canvas, this);
    this.#watch();
    this.restyle();
    this.resize();
  }

  #watch() {
    this.abort = new AbortController();
    const { signal } = this.abort;
    const media = (query, handler) => {
      const list = matchMedia(query);
      list.addEventListener("change", handler, { signal });
      return list;
    };
    media("(prefers-color-scheme: dark)", () => this.restyle());
    this.calm = media("(prefers-reduced-motion: reduce)", () => this.#redraw());
    document.addEventListener("visibilitychange", () => this.#wake(), { signal });
    for (const type of ["focus", "blur"])
      this.canvas.addEventListener(type, () => this.#wake(), { signal });
    this.observers = [
      new ResizeObserver(() => this.resize()),
      new IntersectionObserver((entries) => {
        this.isInView = entries.at(-1).isIntersecting;
        this.#wake();
      }),
    ];
    this.observers.forEach((observer) => observer.observe(this.canvas));
    const themes = new MutationObserver(() => this.restyle());
    themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
    this.observers.push(themes);
  }

  destroy() {
    this.abort.abort();
    this.input.destroy();
    this.observers.forEach((observer) => observer.disconnect());
    cancelAnimationFrame(this.request);
    this.request = -1;
  }

  // About once a second. The scene is kept and not changed.
  show(scene) {
    const View = scene.hubs.length > 1 ? DomainView : HubView;
    if (!(this.view instanceof View) || (View === HubView && this.scene?.hubs[0]?.name !== scene.hubs[0]?.name)) {
      this.view = new View();
      this.hovered = this.cursor = null;
      this.camera.reset();
      this.input.settle();
    }
    this.scene = scene;
    this.isUnarranged = true;
    this.#redraw();
  }

  resize() {
    this.pixels = Math.min(2, devicePixelRatio || 1);
    this.width = Math.max(1, this.canvas.clientWidth);
    this.height = Math.max(1, this.canvas.clientHeight);
    for (const { canvas } of [this.ctx, this.under, this.over]) {
      canvas.width = Math.round(this.width * this.pixels);
      canvas.height = Math.round(this.height * this.pixels);
    }
    this.#blank();
    this.isNarrow = this.width < NARROW_PX;
    this.camera.resize(this.width, this.height, this.isNarrow ? 42 : 26);
    this.isUnarranged = true;
    this.#redraw();
    // Setting the size has emptied the canvas.
    if (this.scene && this.#isSeen())
      this.#draw(performance.now());
  }

  restyle() {
    this.colours = readColours(this.canvas);
    if (!this.scene)
      this.#blank();
    this.#redraw();
  }

  // The canvas is opaque, which is cheaper.
  #blank() {
    this.ctx.setTransform(1, 0, 0, 1, 0, 0);
    this.ctx.fillStyle = this.colours.bg;
    this.ctx.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  // Frames

  #redraw() {
    this.isStale = true;
    this.hasMovedOnly = false;
    this.#wake();
  }

  // Only the camera moved.
  #move() {
    this.hasMovedOnly = this.hasMovedOnly || !this.isStale;
    this.isStale = true;
    this.movedAt = performance.now();
    this.#wake();
  }

  #isSeen() {
    return this.isInView && !document.hidden;
  }

  #wake() {
    if (this.request === 0 && this.scene && this.#isSeen())
      this.request = requestAnimationFrame((now) => this.#frame(now));
  }

  #frame(now) {
    this.request = 0;
    if (!this.#isSeen())
      return;
    if (now - this.drawnAt < FRAME_MS - 4) {
      this.#wake();
      return;
    }
    if (this.pixels !== Math.min(2, devicePixelRatio || 1))
      this.resize();
    this.#draw(now);
  }

  #draw(now) {
    const began = performance.now();
    this.drawnAt = now;
    const { ctx } = this;
    // While the camera moves on and on, the layers move as they are; they are built anew when it rests.
    if (this.isStale && this.hasMovedOnly && began - this.movedAt < REST_MS && began - this.built.at < MOST_MOVED_MS) {
      this.#drawMoved();
      this.#account(began);
      this.#wake();
      return;
    }
    if (this.isStale)
      this.#build(now);
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.drawImage(this.under.canvas, 0, 0);
    if (this.view.flows?.isMoving && !this.calm.matches) {
      ctx.setTransform(this.pixels, 0, 0, this.pixels, 0, 0);
      this.view.flows.drawDashes(ctx, this.colours, now / 1000, this.width, this.height);
      ctx.setTransform(1, 0, 0, 1, 0, 0);
    }
    ctx.drawImage(this.over.canvas, 0, 0);
    ctx.setTransform(this.pixels, 0, 0, this.pixels, 0, 0);
    this.#drawPointed();
    this.#account(began);
    if (this.isStale || (this.view.flows?.isMoving && !this.calm.matches))
      this.#wake();
  }

  #account(began) {
    this.frameTimes.push(performance.now() - began);
    if (this.frameTimes.length > KEPT_TIMES)
      this.frameTimes.shift();
  }

  #drawMoved() {
    const { ctx, camera, built } = this;
    const scale = camera.k / built.k;
    const [x, y] = [this.width / 2, (this.height - camera.foot) / 2];
    this.#blank();
    ctx.setTransform(scale, 0, 0, scale, this.pixels * (x + camera.x - scale * (x + built.x)),
      this.pixels * (y + camera.y - scale * (y + built.y)));
    ctx.drawImage(this.under.canvas, 0, 0);
    ctx.drawImage(this.over.canvas, 0, 0);
  }

  // The two layers that stand still.
  #build(now) {
    const { under, over, colours, camera, scene, view } = this;
    this.built = { k: camera.k, x: camera.x, y: camera.y, at: performance.now() };
    this.hasMovedOnly = false;
    // Where no motion is wanted, members are at their new places at once.
    const time = this.calm.matches ? Infinity : now;
    if (this.isUnarranged && scene.hubs.length > 0)
      view.arrange(scene, { width: this.width, height: this.height - camera.foot, hubRadius: this.isNarrow ? 44 : 56 },
        this.calm.matches ? -Infinity : now);
    this.isUnarranged = false;
    for (const layer of [under, over]) {
      layer.setTransform(1, 0, 0, 1, 0, 0);
      layer.clearRect(0, 0, layer.canvas.width, layer.canvas.height);
      layer.setTransform(this.pixels, 0, 0, this.pixels, 0, 0);
    }
    under.fillStyle = colours.bg;
    under.fillRect(0, 0, this.width, this.height);
    if (scene.hubs.length === 0) {
      under.font = `13px ${colours.font}`;
      under.fillStyle = colours.muted;
      under.textAlign = "center";
      under.fillText("no hub", this.width / 2, this.height / 2);
      this.isStale = false;
      return;
    }
    view.build(under, over, camera, colours, time);
    if (this.calm.matches)
      view.flows.drawArrows(under, colours);
    this.#drawLegend(over);
    this.isStale = view.isMoving(time);
  }

  #drawLegend(ctx) {
    const { colours, view } = this;
    ctx.font = `11px ${colours.font}`;
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    let x = 10;
    let y = this.height - this.camera.foot + 13;
    for (const [sign, text] of view.legend()) {
      const wide = 36 + ctx.measureText(text).width;
      if (x > 10 && x + wide > this.width) {
        x = 10;
        y += 16;
      }
      // Zoomed in, the picture goes on below it.
      ctx.globalAlpha = 0.85;
      ctx.fillStyle = colours.bg;
      ctx.fillRect(x - 6, y - 8, wide, 16);
      ctx.globalAlpha = 1;
      if (FAULT_HUE[sign])
        drawFault(ctx, colours, sign, x + 8, y, 5.5);
      else {
        ctx.strokeStyle = colours[sign];
        ctx.lineWidth = 3;
        ctx.lineCap = "round";
        ctx.beginPath();
        ctx.moveTo(x + 1, y);
        ctx.lineTo(x + 16, y);
        ctx.stroke();
      }
      ctx.fillStyle = colours.muted;
      ctx.fillText(text, x + 22, y);
      x += wide;
    }
  }

  // What is under the pointer or the keyboard's cursor.
  #drawPointed() {
    const { ctx, colours } = this;
    const hasFocus = document.activeElement === this.canvas && this.canvas.matches(":focus-visible");
    if (hasFocus) {
      ctx.strokeStyle = colours.accent;
      ctx.lineWidth = 2;
      ctx.strokeRect(1, 1, this.width - 2, this.height - 2);
    }
    const cursor = hasFocus && this.cursor ? this.view.spotOf(this.cursor) : null;
    if (cursor) {
      drawRings(ctx, [cursor], cursor.r + 7, colours.surface, 5);
      drawRings(ctx, [cursor], cursor.r + 7, colours.accent, 2.5);
    }
    const item = this.hovered ?? (cursor ? this.cursor : null);
    const lines = item ? this.view.linesOf(item) : null;
    if (!lines)
      return;
    const spot = item.kind === "region" ? { ...this.pointer, r: 4 } : this.view.spotOf(item);
    if (!spot)
      return;
    if (item.kind !== "region" && !cursor)
      drawRings(ctx, [spot], spot.r + 4, colours.text, 1.5);
    this.#drawTooltip(spot, lines);
  }

  #drawTooltip(spot, lines) {
    const { ctx, colours } = this;
    const labels = new Labels(ctx, colours, this.width, this.height);
    const fonts = lines.map((_, i) => ({ size: 12, weight: i === 0 ? "600" : "normal" }));
    const texts = lines.map((line, i) => {
      labels.setFont(fonts[i]);
      return labels.fit(line, Math.min(300, this.width - 40));
    });
    const w = Math.max(...texts.map((text, i) => {
      labels.setFont(fonts[i]);
      return ctx.measureText(text).width;
    })) + 20;
    const h = texts.length * 17 + 13;
    const beside = spot.x + spot.r + 12;
    const left = beside + w < this.width ? beside : spot.x - spot.r - 12 - w;
    const x = Math.min(Math.max(left, 4), this.width - w - 4);
    const isCovering = x < spot.x + spot.r && x + w > spot.x - spot.r;
    const y = Math.min(Math.max(isCovering ? spot.y - spot.r - 12 - h : spot.y - h / 2, 4), this.height - h - 4);
    ctx.beginPath();
    ctx.roundRect(x, y, w, h, 6);
    ctx.fillStyle = colours.surface;
    ctx.fill();
    ctx.strokeStyle = colours.muted;
    ctx.lineWidth = 1;
    ctx.stroke();
    ctx.textAlign = "left";
    ctx.textBaseline = "middle";
    texts.forEach((text, i) => {
      labels.setFont(fonts[i]);
      ctx.fillStyle = i === 0 ? colours.text : colours.muted;
      ctx.fillText(text, x + 10, y + 15 + i * 17);
    });
  }

  // What the input asks for

  isWhole() {
    return this.camera.isWhole;
  }

  hover(point, reach) {
    this.pointer = point;
    const item = point && this.view && !this.isStale ? this.view.hit(point.x, point.y, reach) : null;
    this.canvas.style.cursor = item && item.kind !== "region" ? "pointer" : "default";
    if (!isSame(item, this.hovered) || item?.kind === "region") {
      this.hovered = item;
      this.#wake();
    }
  }

  click(point, reach) {
    if (!this.view || this.isStale)
      return;
    const item = this.view.hit(point.x, point.y, reach);
    this.cursor = item && item.kind !== "region" ? item : null;
    this.#choose(this.cursor);
  }

  #choose(item) {
    if (item && this.view instanceof DomainView)
      this.onOpenHub(item.name);
    else
      this.onSelect(item);
  }

  zoom(factor, point) {
    const isNew = this.camera.zoom(factor, point);
    if (isNew) {
      this.hovered = null;
      this.#move();
    }
    return isNew;
  }

  zoomAtCursor(factor, middle) {
    this.zoom(factor, (this.cursor && this.view?.spotOf(this.cursor)) ?? middle);
  }

  pan(dx, dy) {
    if (this.camera.isWhole)
      return;
    this.camera.pan(dx, dy);
    this.#move();
  }

  reset() {
    this.camera.reset();
    this.input.settle();
    this.#redraw();
  }

  // The keyboard's cursor: to the next row, or within one.
  step(rows, columns) {
    if (!this.view || this.scene.hubs.length === 0)
      return;
    const all = this.view.rows().filter((row) => row.length > 0);
    let row = all.findIndex((items) => items.some((item) => isSame(item, this.cursor)));
    let column = row < 0 ? 0 : all[row].findIndex((item) => isSame(item, this.cursor));
    if (row < 0)
      row = 0;
    else if (rows) {
      row = (row + rows + all.length) % all.length;
      column = 0;
    } else
      column = (column + columns + all[row].length) % all[row].length;
    this.cursor = all[row][column];
    const spot = this.view.spotOf(this.cursor);
    if (spot && !this.camera.isWhole) {
      this.camera.show(spot);
      this.isStale = true;
    }
    this.hovered = null;
    this.#tell(`${(this.view.linesOf(this.cursor) ?? []).join(", ")}; ${column + 1} of ${all[row].length}`);
    this.#wake();
  }

  enter() {
    if (this.cursor)
      this.#choose(this.cursor);
  }

  escape() {
    this.cursor = null;
    this.#tell("");
    this.#choose(null);
    this.#wake();
  }

  #tell(text) {
    this.onHint(text);
  }
}
