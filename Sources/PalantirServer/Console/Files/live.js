// What the hub does now, and has done for ten minutes.

import { repeat } from "/console/api.js";
import { timeChart } from "/console/charts.js";
import { fill, h } from "/console/dom.js";
import { History } from "/console/history.js";
import { milliseconds, number, percent, t } from "/console/i18n.js";
import { lacking, problemNotice } from "/console/parts.js";
import { may } from "/console/session.js";

const colours = ["s3", "s6", "s4", "s2", "s5", "s1", "s7"];
const shownCodes = 6;

export async function livePage(root, { signal }) {
    document.title = `${t("nav.live")} · Palantir`;
    const title = h("h1", { tabindex: "-1" }, t("nav.live"));
    if (!may("admin")) return fill(root, title, lacking("admin"));
    const history = new History();
    let isPaused = false;
    const pause = h("button", { type: "button", "aria-pressed": "false", on: { click: () => {
        isPaused = !isPaused;
        pause.setAttribute("aria-pressed", String(isPaused));
        fill(pause, t(isPaused ? "live.resume" : "live.pause"));
    } } }, t("live.pause"));
    const notice = h("div"), tiles = h("div", { class: "tiles" });
    const charts = {
        requests: timeChart(t("live.requests"), { kind: "area", format: number }),
        latency: timeChart(t("live.latency"), { format: milliseconds, note: t("live.latency.note") }),
        errors: timeChart(t("live.errors"), { kind: "stack", format: number }),
        steps: timeChart(t("live.steps"), { kind: "stack", format: milliseconds, note: t("live.steps.note") }),
        batches: timeChart(t("live.batches"), { format: number, note: t("live.batches.note") }),
        waiting: timeChart(t("live.waiting"), { format: number }),
        pool: timeChart(t("live.pool"), { format: number }),
        mirror: timeChart(t("live.mirror"), { kind: "area", format: (value) => `${number(value)} s`, least: 10 }),
    };
    fill(root, h("div", { class: "page-head" }, title, h("span", { class: "soft" }, t("live.span")), h("div", { class: "right" }, pause)),
        notice, tiles, h("div", { class: "charts" }, Object.values(charts).map((chart) => chart.node)));
    await repeat(async () => {
        if (isPaused) return;
        try {
            await history.refresh(signal);
            fill(notice);
            draw(history, tiles, charts);
        } catch (error) {
            if (error.name === "AbortError") throw error;
            fill(notice, problemNotice(error));
        }
    }, 1000, signal);
}

function draw(history, tiles, charts) {
    const requests = history.sum("requests", 60);
    const failed = history.below("errors").reduce((sum, code) => sum + history.sum(`errors.${code}`, 60), 0);
    const limit = history.last.connections_limit;
    const tile = (name, value, more) => h("div", { class: "card tile" }, h("p", { class: "soft small" }, t(name)), h("p", { class: "value" }, value, more && h("small", null, ` ${more}`)));
    fill(tiles,
        tile("live.requests.now", number(Math.round(history.sum("requests", 5) / 0.5) / 10), t("live.per-second")),
        tile("live.p50", milliseconds(history.newest("latency_ms.p50", 10))),
        tile("live.p99", milliseconds(history.newest("latency_ms.p99", 10))),
        tile("live.errors.part", percent(requests > 0 ? Math.min(failed / requests, 1) : null)),
        tile("live.in-flight", number(history.newest("in_flight"))),
        tile("live.pool.now", number(history.newest("connections_busy")), t("live.of", { n: limit ?? 0 })));
    const steps = history.steps;
    const of = (path, how) => history.column(path, how);
    charts.requests.update(steps, [
        { name: t("live.requests.name"), colour: "s1", values: of("requests", "rate") },
        { name: t("live.entities.name"), colour: "s2", values: of("entities", "rate") }]);
    charts.latency.update(steps, [
        { name: "p50", colour: "s1", values: of("latency_ms.p50", "mean") },
        { name: "p90", colour: "s2", values: of("latency_ms.p90", "mean") },
        { name: "p99", colour: "s3", values: of("latency_ms.p99", "most") }]);
    charts.errors.update(steps, errorSeries(history));
    charts.steps.update(steps, ["registry", "features", "model"].map((step, index) => (
        { name: t(`step.${step}`), colour: ["s2", "s1", "s3"][index], values: of(`steps_ms.${step}`, "mean") })));
    const batches = [["look_up", "s1"], ["invocation", "s3"]];
    charts.batches.update(steps, batches.map(([batch, colour]) => (
        { name: t(`batch.${batch}`), colour, values: of(`batches.${batch}.mean_entities`, "mean") })));
    charts.waiting.update(steps, [
        { name: t("waiting.none"), colour: "s1", values: of("in_flight", "most") },
        ...batches.map(([batch], index) => ({ name: t(`waiting.${batch}`), colour: ["s2", "s3"][index], values: of(`batches.${batch}.waiting`, "most") }))]);
    charts.pool.update(steps, [
        { name: t("live.pool.open"), colour: "s2", values: of("connections_open", "last") },
        { name: t("live.pool.busy"), colour: "s1", values: of("connections_busy", "most") }]);
    charts.mirror.update(steps, [{ name: t("live.mirror.name"), colour: "s2", values: of("mirror_age_seconds", "last") }]);
}

/** The commonest codes, and the rest as one. */
function errorSeries(history) {
    const codes = history.below("errors").map((code) => ({ code, sum: history.sum(`errors.${code}`, 600) }))
        .filter(({ sum }) => sum > 0).sort((a, b) => b.sum - a.sum);
    const series = codes.slice(0, shownCodes).map(({ code }, index) => (
        { name: code, colour: colours[index], values: history.column(`errors.${code}`, "rate") }));
    const rest = codes.slice(shownCodes);
    if (rest.length > 0) {
        const columns = rest.map(({ code }) => history.column(`errors.${code}`, "rate"));
        series.push({
            name: t("live.errors.rest", { n: rest.length }), colour: "s7",
            values: columns[0].map((_, index) => columns.reduce((sum, values) => sum + (values[index] ?? 0), 0)),
        });
    }
    return series;
}
