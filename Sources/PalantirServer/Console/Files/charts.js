// Charts over time, as SVG. A plot is stretched to its place and holds shapes alone; what is to be read is text beside it.

import { fill, h, s } from "/console/dom.js";
import { clock, t, unknown } from "/console/i18n.js";

const width = 1000, height = 100;

/**
 * A chart that is drawn anew by `update(times, series)`.
 *
 * series: `[{ name, values, colour }]` of one length with `times`; null values are gaps.
 * kind: "line", "area" (a line above a wash), or "stack" (each on top of the one before).
 */
export function timeChart(title, { kind = "line", format = String, least = 1, note }) {
    const legend = h("div", { class: "legend" });
    const labels = h("ol", { "aria-hidden": "true" }, h("li"), h("li"), h("li"));
    const plot = s("svg", { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": title });
    const from = h("span"), to = h("span");
    const node = h("section", { class: "card chart", "aria-label": title },
        h("header", null, h("h2", null, title), note && h("span", { class: "soft small" }, note)),
        h("div", { class: "body" }, legend, h("div", { class: "plot" }, labels, plot),
            h("div", { class: "hours", "aria-hidden": "true" }, from, to)));
    let state = { times: [], series: [] }, pointed = null;
    const cross = s("line", { class: "cross", y1: 0, y2: height });

    function drawLegend() {
        const index = pointed ?? state.times.length - 1;
        const when = pointed === null ? null : h("span", null, clock(state.times[index]));
        fill(legend, when, state.series.map((one) =>
            h("span", null, h("i", { class: one.colour }), one.name, " ", h("b", null, shown(one.values[index])))),
            state.series.length === 0 && h("span", null, t("chart.nothing")));
    }
    const shown = (value) => (value === null || value === undefined ? unknown : format(value));

    function point(event) {
        const box = plot.getBoundingClientRect();
        const count = state.times.length;
        if (count < 2 || box.width === 0) return;
        const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
        pointed = Math.round(part * (count - 1));
        cross.setAttribute("x1", (pointed / (count - 1)) * width);
        cross.setAttribute("x2", (pointed / (count - 1)) * width);
        plot.append(cross);
        drawLegend();
    }
    plot.addEventListener("pointermove", point);
    plot.addEventListener("pointerleave", () => { pointed = null; cross.remove(); drawLegend(); });

    return {
        node,
        update(times, series) {
            state = { times, series };
            const shapes = kind === "stack" ? stacked(series) : series;
            const top = roundUp(Math.max(least, ...shapes.flatMap((one) => one.values.map((value) => value ?? 0))));
            const lines = [0, 0.5, 1].map((part) =>
                s("line", { class: "grid-line", x1: 0, x2: width, y1: part * height, y2: part * height }));
            const drawn = shapes.map((one, index) => {
                const below = kind === "stack" && index > 0 ? shapes[index - 1].values : null;
                const group = s("g", { class: one.colour });
                if (kind === "stack") group.append(s("path", { class: "solid", d: area(one.values, below, top) }));
                if (kind === "area") group.append(s("path", { class: "area", d: area(one.values, null, top) }));
                if (kind !== "stack") group.append(s("path", { class: "line", d: line(one.values, top) }));
                return group;
            });
            plot.replaceChildren(...lines, ...drawn);
            [top, top / 2, 0].forEach((value, index) => fill(labels.children[index], format(value)));
            plot.setAttribute("aria-label", summary(series));
            if (times.length > 0) { fill(from, clock(times[0])); fill(to, clock(times.at(-1))); }
            if (pointed !== null && pointed >= times.length) pointed = null;
            if (pointed !== null) plot.append(cross);
            drawLegend();
        },
    };

    function summary(series) {
        const parts = series.map((one) => {
            const known = one.values.filter((value) => value !== null);
            return t("chart.summary", { name: one.name, now: shown(one.values.at(-1)), most: shown(known.length ? Math.max(...known) : null) });
        });
        return `${title}: ${parts.length ? parts.join("; ") : t("chart.nothing")}`;
    }
}

function stacked(series) {
    const sums = [];
    return series.map((one) => ({
        ...one, values: one.values.map((value, index) => (sums[index] = (sums[index] ?? 0) + (value ?? 0))),
    }));
}

function place(index, count) { return count > 1 ? (index / (count - 1)) * width : width; }
function level(value, top) { return height - (value / top) * height; }
function text(x, y) { return `${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`; }

/** Lines between the values, broken at gaps; one alone is a dot. */
function line(values, top) {
    let path = "", isOpen = false;
    values.forEach((value, index) => {
        if (value === null) { isOpen = false; return; }
        const at = text(place(index, values.length), level(value, top));
        const isAlone = !isOpen && (values[index + 1] ?? null) === null;
        path += isOpen ? `L${at}` : `M${at}${isAlone ? "h.01" : ""}`;
        isOpen = true;
    });
    return path;
}

function area(values, below, top) {
    if (values.length === 0) return "";
    const upper = values.map((value, index) => text(place(index, values.length), level(value ?? 0, top)));
    const lower = values.map((_, index) => text(place(index, values.length), level(below?.[index] ?? 0, top))).reverse();
    return `M${upper.join("L")}L${lower.join("L")}Z`;
}

/** The next of 1, 2, 5, 10, 20 … */
function roundUp(value) {
    const power = 10 ** Math.floor(Math.log10(value));
    return [1, 2, 4, 5, 10].map((step) => step * power).find((step) => step >= value * 0.999) ?? value;
}

/** Bars without axes, for a row of a table. */
export function sparkline(values, label) {
    const most = Math.max(1, ...values);
    const step = width / values.length;
    const path = values.map((value, index) => {
        if (value === 0) return "";
        const y = Math.min(level(value, most), height - 6);
        return `M${text(index * step, height)}V${y.toFixed(1)}H${((index + 0.8) * step).toFixed(1)}V${height}Z`;
    });
    return s("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: "none", role: "img", "aria-label": label },
        s("path", { d: path.join("") }));
}
