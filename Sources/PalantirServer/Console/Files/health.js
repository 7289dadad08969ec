// Whether all is well, and what to do where it is not.

import { ask, repeat } from "/console/api.js";
import { fill, h, whenChanged } from "/console/dom.js";
import { duration, number, t } from "/console/i18n.js";
import { badge, card, facts, findingList, hubState, lacking, modelState, stateBadge } from "/console/parts.js";
import { may, readStatus, session } from "/console/session.js";

const shownModels = 20;

export async function healthPage(root, { signal }) {
    document.title = `${t("nav.health")} · Palantir`;
    const parts = h("div", { class: "halves" }), models = h("div"), findings = h("div");
    const summary = h("span");
    fill(root, h("div", { class: "page-head" }, h("h1", { tabindex: "-1" }, t("nav.health")), summary), parts, findings, models);
    fill(findings, card(t("findings"), {}, may("models") ? h("p", { class: "soft" }, t("loading")) : lacking("models")));
    fill(models, card(t("nav.models"), {}, may("models") ? h("p", { class: "soft" }, t("loading")) : lacking("models")));
    const drawParts = whenChanged(({ readiness, gauges }) => {
        const [kind, word] = hubState(readiness);
        fill(summary, badge(kind, t(word)));
        fill(parts, readiness === null ? null : [registryCard(readiness.registry), storeCard(readiness.feature_store, gauges)]);
    });
    const drawModels = whenChanged((list) => fill(models, modelsCard(list)));
    const drawFindings = whenChanged((diagnosis) => fill(findings, findingsCard(diagnosis)));

    const status = repeat(async () => {
        await readStatus(signal);
        let gauges = null;
        if (may("admin")) gauges = await told(async () => gaugesOf((await ask(`/console/history?since=${Math.floor(Date.now() / 1000) - 10}`, { signal })).data));
        drawParts({ readiness: session.readiness, gauges });
    }, 2000, signal);
    const list = may("models") && repeat(async () => {
        const answer = await told(() => ask("/models", { signal }));
        if (answer !== null) drawModels(answer.data.models.map(({ deployment, replicas, ...model }) => (
            { ...model, replicas: replicas.map(({ state }) => ({ state })), deployment: deployment && { state: deployment.state, last_error: deployment.last_error && { reason: deployment.last_error.reason } } })));
    }, 5000, signal);
    const diagnosis = may("models") && repeat(async () => {
        const answer = await told(() => ask("/diagnosis", { signal }));
        drawFindings(answer === null ? null : { ...answer.data, checked_seconds_ago: undefined });
    }, 10000, signal);
    await Promise.all([status, list, diagnosis]);
}

/** What was answered, or null if it was not. */
async function told(work) {
    try {
        return await work();
    } catch (error) {
        if (error.name === "AbortError") throw error;
        return null;
    }
}

function gaugesOf(data) {
    if (data.connections_busy.length === 0) return null;
    return { busy: data.connections_busy.at(-1) ?? null, open: data.connections_open.at(-1) ?? null, limit: data.connections_limit };
}

function registryCard(registry) {
    const isKnown = registry.age_seconds !== null;
    const state = registry.error === null && isKnown ? badge("good", t("health.reachable")) : badge(isKnown ? "warn" : "bad", t("health.unreachable"));
    return card(t("health.registry"), { extra: h("span", { class: "right" }, state) }, facts([
        [t("health.age"), isKnown ? registry.age_seconds < 2 ? t("health.now") : t("health.ago", { time: duration(Math.floor(registry.age_seconds)) }) : t("health.never")],
        [t("health.models"), number(registry.models)],
        registry.error && [t("health.error"), h("span", { lang: "en" }, registry.error)],
    ]), registry.error && h("p", { class: "soft" }, t(isKnown ? "health.registry.stale" : "health.registry.empty")));
}

function storeCard(store, gauges) {
    return card(t("health.store"), { extra: h("span", { class: "right" }, store.reachable ? badge("good", t("health.reachable")) : badge("bad", t("health.unreachable"))) }, facts([
        gauges?.limit != null && [t("health.connections"), t("health.connections.of", gauges)],
        !store.reachable && [t("health.error"), h("span", { lang: "en" }, store.error ?? t("health.unasked"))],
    ]), !store.reachable && h("p", { class: "soft" }, t("health.store.down")),
    store.reachable && gauges === null && h("p", { class: "soft" }, t("health.store.well")));
}

function modelsCard(models) {
    const troubled = models.filter((model) => ["bad", "warn", "busy"].includes(modelState(model)[0]));
    const good = models.length - troubled.length;
    return card(t("nav.models"), { flush: true, extra: h("span", { class: "soft" }, t("health.well", { n: good, all: models.length })) },
        troubled.length === 0 ? h("p", { class: "empty" }, t(models.length === 0 ? "models.none" : "health.models.well"))
            : h("table", { class: "wrap" }, h("thead", { class: "hidden-but-read" }, h("tr", null, ["models.name", "models.state", "health.error"].map((name) => h("th", { scope: "col" }, t(name))))),
                h("tbody", null, troubled.slice(0, shownModels).map((model) => h("tr", null,
                    h("th", { scope: "row" }, h("a", { href: `#/models/${encodeURIComponent(model.name)}`, "data-focus": model.name }, model.name)),
                    h("td", null, stateBadge(model)), h("td", { lang: "en", class: "soft" }, model.error?.error ?? model.deployment?.last_error?.reason ?? ""))))),
        troubled.length > shownModels && h("p", { class: "empty" }, t("health.more", { n: troubled.length - shownModels })));
}

function findingsCard(diagnosis) {
    if (diagnosis === null) return card(t("findings"), {}, h("p", { class: "soft" }, t("findings.unavailable")));
    const wrong = diagnosis.findings.filter((finding) => finding.severity !== "ok");
    const well = diagnosis.findings.length - wrong.length;
    return card(t("findings"), { flush: true, extra: h("span", { class: "soft" }, t("findings.ok", { n: well })) },
        wrong.length === 0 ? h("p", { class: "empty" }, t("findings.none")) : findingList(wrong));
}
