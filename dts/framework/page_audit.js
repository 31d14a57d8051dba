/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 The mcdpdk authors
 */

/* What live_page.py asks the page that it has open. */

/* Rows of a table as pairs, the title of a column first; null if there is none. */
function readTable(id) {
	const table = document.getElementById(id);
	if (!table)
		return null;
	const titles = [...table.tHead.rows[0].cells].map((cell) => cell.innerText.replace(/[↑↓]/g, "").trim());
	return [...table.tBodies[0].rows].filter((row) => row.cells.length === titles.length).map((row) =>
		[...row.cells].map((cell, index) => [titles[index], cell.innerText.trim()]));
}

function isSeen(element) {
	return element.checkVisibility({ visibilityProperty: true });
}

/* Those outside of what scrolls by itself that reach beyond the screen. */
function wideElements(width) {
	const isClipped = (element) =>
		element && (getComputedStyle(element).overflowX !== "visible" || isClipped(element.parentElement));
	const right = (element) => element.getBoundingClientRect().right;
	return [...document.querySelectorAll("body *")]
		.filter((element) => isSeen(element) && right(element) > width + 0.5 && !isClipped(element.parentElement))
		.map((element) => `${element.tagName}#${element.id}.${element.className} ${right(element)}`);
}

/* [r, g, b, a] of a computed colour. */
function parseColour(text) {
	const [, kind, parts] = text.match(/^(\w+)\((?:srgb )?(.*)\)$/);
	const [r, g, b, a = 1] = parts.split(/[ ,/]+/).map(Number);
	return kind === "color" ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
}

function over(top, below) {
	return [0, 1, 2].map((index) => top[index] * top[3] + below[index] * (1 - top[3])).concat(1);
}

function luminance(colour) {
	const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
	const [r, g, b] = colour.map((value) => linear(value / 255));
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/* WCAG 2.1's ratio. */
function contrast(one, other) {
	const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
	return (light + 0.05) / (dark + 0.05);
}

function withParents(element) {
	return element ? [...withParents(element.parentElement), element] : [];
}

function fade(colour, opacity) {
	return [...colour.slice(0, 3), colour[3] * opacity];
}

/* Texts whose contrast with what is behind them is too low: one of each kind of element. */
function faintTexts(least, leastOfLarge) {
	const found = new Map();
	const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
		if (!text || !isSeen(element) || element.closest(":disabled, .unseen"))
			continue;
		let behind = [255, 255, 255, 1], opacity = 1;
		for (const one of withParents(element)) {
			opacity *= getComputedStyle(one).opacity;
			behind = over(fade(parseColour(getComputedStyle(one).backgroundColor), opacity), behind);
		}
		const style = getComputedStyle(element), size = parseFloat(style.fontSize);
		const ratio = contrast(over(fade(parseColour(style.color), opacity), behind), behind);
		const isLarge = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
		if (ratio < (isLarge ? leastOfLarge : least))
			found.set(`${element.tagName}.${element.className}`,
				`${text.slice(0, 40)}: ${ratio.toFixed(2)}, ${style.color} on ${behind.map(Math.round)}`);
	}
	return [...found].map((entry) => entry.join(" "));
}

/* The same of what the picture draws with: custom properties in front of others. */
function faintColours(fronts, backs, least) {
	const probe = document.body.appendChild(document.createElement("i"));
	const colourOf = (name) => {
		probe.style.color = `var(${name})`;
		return parseColour(getComputedStyle(probe).color);
	};
	const found = fronts.flatMap((front) => backs.map((back) => [front, back, contrast(colourOf(front), colourOf(back))]))
		.filter(([, , ratio]) => !(ratio >= least)).map(([front, back, ratio]) => `${front} on ${back}: ${ratio.toFixed(2)}`);
	probe.remove();
	return found;
}

/* Ids that are there twice, references to none, and tables without a caption. */
function brokenReferences() {
	const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
	const names = ["aria-labelledby", "aria-describedby", "aria-controls", "aria-activedescendant", "for", "list"];
	const dangling = names.flatMap((name) => [...document.querySelectorAll(`[${name}]`)].flatMap((element) =>
		element.getAttribute(name).split(" ").filter((id) => !document.getElementById(id)).map((id) => `${name}=${id}`)));
	const tables = [...document.querySelectorAll("table")]
		.filter((table) => !table.caption?.textContent.trim() && !table.closest("[role=img]"));
	return [...ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `twice: ${id}`), ...dangling,
		...tables.map((table) => `no caption: ${table.id || table.className}`)];
}

function nameOf(element) {
	return `${element.tagName} ${element.id} ${element.innerText || element.ariaLabel || ""}`.slice(0, 60);
}

function usable() {
	return [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
		.filter((element) => isSeen(element) && !element.disabled);
}

function namesOfUsable() {
	return usable().map(nameOf);
}

function focusFirst() {
	usable()[0].focus();
}

/* What has the focus, and whether that can be seen. */
function focused() {
	const style = getComputedStyle(document.activeElement);
	const hasOutline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
	return [nameOf(document.activeElement), hasOutline || style.boxShadow !== "none"];
}
