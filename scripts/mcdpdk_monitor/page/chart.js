// SPDX-License-Identifier: BSD-3-Clause
// Copyright(c) 2026 The mcdpdk authors

// Rates over time, drawn by uPlot.

import { html, useEffect, useLayoutEffect, useRef, useState } from "./dom.js";
import { bps, count, pps } from "./format.js";
import { usePoll } from "./poll.js";
import uPlot from "./vendor/uPlot.mjs";

const UNITS = { pps, bps, count };
const SPANS = [[300, "5 minutes"], [3600, "1 hour"]];

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

// Series: { key, label, colour, unit }; of one unit each chart.
export function History({ hub, path, series, unit, label, height = 150 }) {
  const [seconds, setSeconds] = useState(300);
  const { document: found } = usePoll(["hub", hub, "history", ...path], { seconds }, seconds > 300 ? 10000 : 1000);
  const shown = series.filter((one) => found?.series[one.key]);
  const [at, setAt] = useState(null);
  const value = (one) => UNITS[unit](at === null ? latest(found.series[one.key]) : found.series[one.key][at] ?? null);
  return html`
    <figure class="chart">
      <figcaption>${label} <span class="spans">${SPANS.map(([span, text]) => html`<button type="button" key=${span}
        aria-pressed=${seconds === span} onClick=${() => setSeconds(span)}>${text}</button>`)}</span></figcaption>
      <${Plot} height=${height} unit=${unit} series=${shown} document=${found} onCursor=${setAt}
        label=${`${label}: ${shown.map((one) => `${one.label} ${value(one)}`).join(", ") || "nothing"}`} />
      <ul class="key" aria-hidden="true" hidden=${shown.length === 0}>
        <li>${at === null ? "now" : clock(found.start + at * found.step_s)}</li>
        ${shown.map((one) => html`
          <li key=${one.key}>
            <span style=${{ background: `var(${one.colour})` }}></span>${one.label} <b>${value(one)}</b></li>`)}
      </ul>
    </figure>`;
}

function latest(values) {
  return values.findLast((value) => value !== null) ?? null;
}

function Plot({ height, unit, series, document: found, label, onCursor }) {
  const place = useRef();
  const plot = useRef(null);
  const key = series.map((one) => one.key).join(" ");
  const theme = useTheme();
  useLayoutEffect(() => {
    const width = () => place.current.clientWidth;
    plot.current = new uPlot(options(width(), height, unit, series, onCursor), data(found, series), place.current);
    const observer = new ResizeObserver(() => plot.current.setSize({ width: width(), height }));
    observer.observe(place.current);
    return () => {
      observer.disconnect();
      plot.current.destroy();
    };
  }, [key, unit, height, theme]);
  useEffect(() => plot.current.setData(data(found, series)), [found]);
  return html`<div class="plot" ref=${place} role="img" aria-label=${label}></div>`;
}

function data(found, series) {
  if (!found || series.length === 0)
    return [[], ...series.map(() => [])];
  const lists = series.map((one) => found.series[one.key]);
  return [lists[0].map((_, index) => found.start + index * found.step_s), ...lists];
}

function options(width, height, unit, series, onCursor) {
  const grid = { stroke: colour("--line"), width: 1 };
  const axis = { stroke: colour("--muted"), grid, ticks: grid, font: "11px system-ui, sans-serif" };
  return {
    width, height, padding: [8, 8, 0, 0],
    cursor: { y: false, points: { size: 6 } },
    legend: { show: false },
    hooks: { setCursor: [(plot) => onCursor(plot.cursor.left >= 0 ? plot.cursor.idx ?? null : null)] },
    scales: { y: { range: (_, least, most) => [0, Math.max(most, 1) * 1.08] } },
    axes: [
      { ...axis, space: 70, values: (_, times) => times.map(clock) },
      { ...axis, size: 64, values: (_, values) => values.map((value) => UNITS[unit](value)) },
    ],
    series: [{}, ...series.map((one) => ({
      label: one.label, stroke: colour(one.colour), width: 1.5, spanGaps: false, points: { show: false },
      fill: one.fill ? `${colour(one.colour)}22` : undefined,
    }))],
  };
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString(undefined, { hourCycle: "h23" });
}

// A number that changes when colours do.
export function useTheme() {
  const [version, setVersion] = useState(0);
  useEffect(() => {
    const change = () => setVersion((was) => was + 1);
    const media = matchMedia("(prefers-color-scheme: dark)");
    const observer = new MutationObserver(change);
    media.addEventListener("change", change);
    observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      media.removeEventListener("change", change);
      observer.disconnect();
    };
  }, []);
  return version;
}
