// Every model that the caller may know of.

import { ask, repeat } from "/console/api.js";
import { sparkline } from "/console/charts.js";
import { fill, h, whenChanged } from "/console/dom.js";
import { collator, milliseconds, percent, t, unknown } from "/console/i18n.js";
import { lacking, modelState, problemNotice, stateBadge } from "/console/parts.js";
import { may } from "/console/session.js";

/** The part of errors from which on it is marked. */
const notable = 0.01;

const filters = {
    all: () => true,
    ready: (model) => modelState(model)[0] === "good",
    attention: (model) => ["bad", "warn", "busy"].includes(modelState(model)[0]),
};
/** What a column sorts by; the largest first where it is a number. */
const orders = {
    name: (model) => model.name,
    requests: (_, traffic) => traffic?.requests ?? 0,
    p99: (_, traffic) => traffic?.p99_ms ?? -1,
    errors: (_, traffic) => errorPart(traffic) ?? -1,
};

/** The part of a model's answers that were errors; null if it was not asked. */
export function errorPart(traffic) {
    if (!traffic || traffic.requests === 0) return null;
    return Object.values(traffic.errors).reduce((sum, count) => sum + count, 0) / traffic.requests;
}

/** Where a model answers, in a word. */
export function place(model) {
    if (model.deployment) return t(`target.${model.deployment.target}`);
    const uris = model.uri ? model.uri.split(",") : [];
    if (uris.length === 0) return unknown;
    const host = URL.canParse(uris[0]) ? new URL(uris[0]).host : uris[0];
    return uris.length === 1 ? host : `${host} +${uris.length - 1}`;
}

export async function modelsPage(root, { signal }) {
    document.title = `${t("nav.models")} · Palantir`;
    if (!may("models")) return fill(root, h("h1", { tabindex: "-1" }, t("nav.models")), lacking("models"));
    const state = { models: null, traffic: null, query: "", filter: "all", order: "name" };
    const search = h("input", {
        class: "field", type: "search", id: "search", placeholder: t("models.search.hint"), autocomplete: "off", spellcheck: "false",
        on: { input: () => { state.query = search.value.trim().toLowerCase(); draw(); } },
    });
    const choices = h("div", { class: "segments", role: "group", "aria-label": t("models.filter") }, Object.keys(filters).map((name) =>
        h("button", { type: "button", "data-filter": name, on: { click: () => { state.filter = name; draw(); } } }, t(`models.filter.${name}`))));
    const count = h("span", { class: "soft", role: "status" });
    const notice = h("div");
    const body = h("tbody");
    const head = h("thead");
    const empty = h("p", { class: "empty" }, t("loading"));
    fill(root,
        h("div", { class: "page-head" }, h("h1", { tabindex: "-1" }, t("nav.models")), count,
            h("div", { class: "right row" }, h("div", { class: "grow" }, h("label", { class: "hidden-but-read", for: "search" }, t("models.search")), search), choices)),
        notice,
        !may("admin") && lacking("admin"),
        h("section", { class: "card", "aria-label": t("nav.models") }, h("div", { class: "flush" },
            h("table", { class: "models", role: "table" }, head, body), empty)));

    const drawHead = whenChanged((order) =>
        fill(head, h("tr", { role: "row" }, heads(order, (name) => { state.order = name; draw(); }))));
    const drawCount = whenChanged((text) => fill(count, text));
    const draw = () => {
        for (const button of choices.children) button.setAttribute("aria-pressed", String(button.dataset.filter === state.filter));
        drawHead(state.order);
        if (state.models === null) return;
        const shown = state.models.filter((model) => filters[state.filter](model) && matches(model, state.query)).sort(compare);
        drawCount(shown.length === state.models.length ? t("models.count", { n: shown.length }) : t("models.some", { n: shown.length, all: state.models.length }));
        fill(body, shown.map((model) => row(model, trafficOf(model))));
        fill(empty, shown.length > 0 ? null : t(state.models.length === 0 ? "models.none" : "models.nothing"));
        empty.hidden = shown.length > 0;
    };
    const trafficOf = (model) => (state.traffic && Object.hasOwn(state.traffic, model.name) ? state.traffic[model.name] : null);
    const compare = (left, right) => {
        const by = orders[state.order];
        if (state.order === "name") return collator.compare(left.name, right.name);
        return by(right, trafficOf(right)) - by(left, trafficOf(left)) || collator.compare(left.name, right.name);
    };

    draw();
    const redraw = whenChanged(draw);
    const models = repeat(async () => {
        try {
            state.models = (await ask("/models", { signal })).data.models;
            fill(notice);
        } catch (error) {
            if (error.name === "AbortError") throw error;
            fill(notice, problemNotice(error));
        }
        redraw([state.models, state.traffic]);
    }, 5000, signal);
    const traffic = may("admin") && repeat(async () => {
        try {
            // Only the models' sums are wanted: no points come after the newest.
            state.traffic = (await ask(`/console/history?since=${Number.MAX_SAFE_INTEGER}`, { signal })).data.models;
        } catch (error) {
            if (error.name === "AbortError") throw error;
            state.traffic = null;
        }
        redraw([state.models, state.traffic]);
    }, 3000, signal);
    await Promise.all([models, traffic]);
}

function matches(model, query) {
    return [model.name, model.description, model.feature_table?.name, model.uri, ...Object.keys(model.aliases)]
        .some((text) => text?.toLowerCase().includes(query));
}

function heads(order, sort) {
    const plain = (name, className) => h("th", { scope: "col", role: "columnheader", class: className }, t(`models.${name}`));
    const sortable = (name, className) => h("th", {
        scope: "col", role: "columnheader", class: className,
        "aria-sort": order === name ? (name === "name" ? "ascending" : "descending") : null,
    }, h("button", { type: "button", "data-focus": `sort-${name}`, on: { click: () => sort(name) } }, t(`models.${name}`), order === name ? (name === "name" ? " ↑" : " ↓") : ""));
    return [
        sortable("name"), plain("state"), plain("version", "number"), sortable("requests"), plain("p50", "number"),
        sortable("p99", "number"), sortable("errors", "number"), plain("features"), plain("served"),
    ];
}

function row(model, traffic) {
    const cell = (label, className, ...children) =>
        h("td", { role: "cell", class: `${className} ${children[0] === unknown ? "unknown" : ""}`, "data-label": t(`models.${label}`) }, children);
    const aliases = Object.keys(model.aliases).filter((alias) => model.aliases[alias] === model.version);
    const errors = errorPart(traffic);
    const version = model.version === null ? unknown : `v${model.version}`;
    return h("tr", { role: "row" },
        h("th", { scope: "row", role: "rowheader", class: "name" },
            h("a", { href: `#/models/${encodeURIComponent(model.name)}`, "data-focus": model.name }, model.name),
            model.description && h("span", { title: model.description }, model.description)),
        h("td", { role: "cell", class: "state" }, stateBadge(model)),
        cell("version", "number", version, aliases.length > 0 && h("div", { class: "soft small" }, aliases.map((alias) => `@${alias}`).join(" "))),
        cell("requests", "", traffic
            ? h("div", null, sparkline(traffic.recent, t("models.recent", { n: traffic.requests })), h("span", { class: "soft small" }, t("models.requests.count", { n: traffic.requests })))
            : unknown),
        cell("p50", "number", milliseconds(traffic?.p50_ms)),
        cell("p99", "number", milliseconds(traffic?.p99_ms)),
        cell("errors", "number", errors === null ? unknown : errors >= notable ? h("span", { class: "bad-text" }, percent(errors)) : percent(errors)),
        cell("features", "place", model.feature_table ? [model.feature_table.name, " ", h("span", { class: "soft" }, t("models.by", { key: model.feature_table.entity_key }))] : unknown),
        cell("served", "place", place(model)));
}
