# SPDX-License-Identifier: BSD-3-Clause
# Copyright(c) 2026 The mcdpdk authors
"""The report of a long run: one HTML file with plots as inline SVG, which loads nothing."""

from html import escape

WIDTH, HEIGHT, MARGIN = 860, 150, 60
# As many as a plot has pixels.
MOST_POINTS = 800
STYLE = """
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; } td, th { padding: .15rem .8rem; text-align: left; }
td.number { text-align: right; font-variant-numeric: tabular-nums; }
.bad { color: #c22; font-weight: 600; } .good { color: #283; }
svg { width: 100%; } svg text { font-size: 11px; fill: currentColor; }
polyline { fill: none; stroke: #27c; stroke-width: 1.3; } line.event { stroke: #888; opacity: .35; }
rect { fill: none; stroke: #888; }
"""


def plot(times, values, begin, end, events):
    if not times:
        return "<p>no samples</p>"
    low, high = min(values), max(values)
    room = (high - low) or abs(high) or 1
    low, high = low - room * 0.05, high + room * 0.05

    def x(at):
        return MARGIN + (at - begin) / max(end - begin, 1e-9) * (WIDTH - MARGIN)

    step = max(1, len(times) // MOST_POINTS)
    points = " ".join(f"{x(at):.1f},{HEIGHT - (value - low) / (high - low) * HEIGHT:.1f}"
                      for at, value in list(zip(times, values))[::step])
    ticks = "".join(f'<line class="event" x1="{x(at):.1f}" x2="{x(at):.1f}" y1="0" y2="{HEIGHT}">'
                    f"<title>{escape(f'{kind}: {about}')}</title></line>" for at, kind, about, _ in events)
    return (f'<svg viewBox="0 0 {WIDTH} {HEIGHT + 16}" role="img">{ticks}'
            f'<rect x="{MARGIN}" y="0" width="{WIDTH - MARGIN}" height="{HEIGHT}"/><polyline points="{points}"/>'
            f'<text x="0" y="12">{max(values):,.0f}</text><text x="0" y="{HEIGHT}">{min(values):,.0f}</text>'
            f'<text x="{MARGIN}" y="{HEIGHT + 14}">0</text>'
            f'<text x="{WIDTH}" y="{HEIGHT + 14}" text-anchor="end">{end - begin:,.0f} s</text></svg>')


def table(head, rows):
    def cell(value):
        kind = ' class="number"' if isinstance(value, (int, float)) else ""
        text = escape(value) if isinstance(value, str) else f"{value:,.{isinstance(value, float):d}f}"
        return f"<td{kind}>{text}</td>"

    return ("<table><tr>" + "".join(f"<th>{escape(word)}</th>" for word in head) + "</tr>"
            + "".join("<tr>" + "".join(map(cell, row)) + "</tr>" for row in rows) + "</table>")


def html(title, reasons, span, series, verdicts, events, accounts):
    """`series`: name: (unit, times, values); `accounts`: rows of a table; span: (begin, end)."""
    begin, end = span
    verdict = ('<p class="good">Passed.</p>' if not reasons else
               '<p class="bad">Failed:</p><ul>' + "".join(f"<li>{escape(reason)}</li>" for reason in reasons) + "</ul>")
    judged = table(("series", "growth in the second half", "bound", "Mann-Kendall z", "blocks", ""),
                   [(name, float(v.growth), float(v.bound), float(v.z), v.blocks, "grows" if v.grows else "")
                    for name, v in verdicts.items()])
    plots = "".join(f"<h3>{escape(name)}{f', {unit}' if unit else ''}</h3>" + plot(times, values, begin, end, events)
                    for name, (unit, times, values) in series.items())
    happened = table(("at, s", "event", "about", "well again after, s"),
                     [(float(at - begin), kind, about, float(took)) for at, kind, about, took in events])
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{STYLE}</style>'
            f"<h1>{escape(title)}</h1>{verdict}<h2>Growth</h2>{judged}<h2>Copies</h2>"
            + table(("receiver", "stream", "received", "lost in events", "lost else", "twice", "late"), accounts)
            + f"<h2>Samples</h2><p>Grey lines are events.</p>{plots}<h2>Events</h2>{happened}</html>\n")
