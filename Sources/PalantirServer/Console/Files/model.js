// One model: what is known of it, how it does, and a place to try it.

import { ask, modelPath, repeat } from "/console/api.js";
import { timeChart } from "/console/charts.js";
import { deploymentCard } from "/console/deployment.js";
import { fill, h, whenChanged } from "/console/dom.js";
import { inSteps, stepEnds } from "/console/history.js";
import { duration, milliseconds, number, percent, t } from "/console/i18n.js";
import { errorPart, place } from "/console/models.js";
import { badge, card, facts, findingList, lacking, problemNotice, stateBadge } from "/console/parts.js";
import { may } from "/console/session.js";
import { signatureCard } from "/console/signature.js";
import { tryCard } from "/console/tryit.js";

const shownTags = ["feature_store", "entity_key", "feature_timestamp", "uri", "contract"];
const replicaKinds = { healthy: "good", suspended: "bad", untried: "idle" };

export async function modelPage(root, { argument: reference, signal }) {
    document.title = `${reference} · Palantir`;
    const crumb = h("p", { class: "crumb" }, h("a", { href: "#/" }, t("nav.models")), h("span", { class: "soft", "aria-hidden": "true" }, " / "));
    const title = h("h1", { tabindex: "-1" }, reference);
    if (!may("models")) return fill(root, crumb, title, lacking("models"), tryCard(reference, signal).node);
    const head = h("div"), notice = h("div"), findings = h("div"), signature = h("div"), about = h("div"), replicas = h("div"), running = h("div"), traffic = h("div");
    const trial = tryCard(reference, signal);
    fill(root, h("div", null, crumb, head), notice, h("div", { class: "columns" },
        h("div", { class: "stack" }, trial.node, findings, signature, traffic),
        h("div", { class: "stack" }, about, replicas, running)));
    fill(head, h("div", { class: "page-head" }, title));
    let deployment, areOffered = false;
    for (const part of [findings, signature, traffic, about, replicas, running]) part.hidden = true;

    const draw = whenChanged((model) => {
        document.title = `${model.name} · Palantir`;
        fill(title, model.name);
        fill(head, h("div", { class: "page-head" }, title, stateBadge(model), version(model)), model.description && h("p", { class: "soft" }, model.description));
        fill(notice, model.error && h("div", { class: "notice bad" }, h("p", null, h("strong", null, model.error.code)),
            h("p", { lang: "en" }, model.error.error), model.error.detail && h("p", { class: "soft", lang: "en" }, model.error.detail)));
        fill(findings, model.findings?.length > 0 && card(t("findings"), { flush: true }, findingList(model.findings)));
        for (const part of [signature, traffic, about, replicas]) part.hidden = false;
        findings.hidden = !(model.findings?.length > 0);
        // A version's and an alias' requests are counted with their model's.
        if (traffic.childElementCount === 0) fill(traffic, trafficPart(model.name, signal));
        fill(signature, signatureCard(model));
        if (!areOffered && may("features") && model.feature_table?.columns.length > 0) {
            areOffered = true;
            trial.offerPicks();
        }
        fill(about, aboutCard(model));
    });
    const drawReplicas = whenChanged((model) => fill(replicas, replicaCard(model)));
    await repeat(async () => {
        try {
            const model = (await ask(modelPath(reference), { signal })).data;
            // What passes by itself is drawn apart.
            const { deployment: current, replicas: all, ...rest } = model;
            draw({ ...rest, replicas: all.map(({ state }) => ({ state })), deployment: current && { state: current.state, target: current.target } });
            drawReplicas({ replicas: all, deployment: current && {} });
            if (!current) { fill(running); deployment = undefined; running.hidden = true; return; }
            running.hidden = false;
            if (!deployment) fill(running, (deployment = deploymentCard(model.name, signal)).node);
            deployment.update(current);
        } catch (error) {
            if (error.name === "AbortError") throw error;
            fill(notice, problemNotice(error));
        }
    }, 3000, signal);
}

function version(model) {
    const aliases = Object.entries(model.aliases);
    return [
        model.version !== null && badge("word", t("model.version", { version: model.version })),
        aliases.map(([alias, number]) => h("span", { class: "soft small mono" }, `@${alias}${number === model.version ? "" : ` → v${number}`}`)),
    ];
}

function aboutCard(model) {
    const table = model.feature_table;
    const others = Object.entries(model.tags).filter(([name]) => !shownTags.includes(name));
    return card(t("model.about"), {}, facts([
        [t("model.served"), place(model)],
        model.uri && [t("model.uri"), model.uri.split(",").map((uri) => h("div", { class: "mono" }, uri))],
        model.contract && [t("model.contract"), h("span", { class: "mono" }, model.contract)],
        table && [t("model.table"), h("span", { class: "mono" }, table.name)],
        table && [t("model.key"), h("span", { class: "mono" }, table.entity_key)],
        table?.feature_timestamp && [t("model.timestamp"), h("span", { class: "mono" }, table.feature_timestamp)],
        others.length > 0 && [t("model.tags"), others.map(([name, value]) => h("div", { class: "mono" }, `${name} = ${value}`))],
    ]));
}

function replicaCard(model) {
    const rows = model.replicas;
    return card(t("replicas"), { flush: true }, rows.length === 0
        ? h("p", { class: "soft note" }, t(model.deployment ? "replicas.deployed" : "replicas.none"))
        : h("table", null,
            h("thead", { class: "hidden-but-read" }, h("tr", null, h("th", { scope: "col" }, t("replicas.address")), h("th", { scope: "col" }, t("models.state")))),
            h("tbody", null, rows.map((replica) => h("tr", null,
                h("th", { scope: "row", class: "mono wrap" }, replica.uri),
                h("td", { class: "number" }, badge(replicaKinds[replica.state] ?? "idle", t(`replica.${replica.state}`)),
                    replica.state === "suspended" && replica.next_try_seconds !== null && h("div", { class: "soft small" }, t("replica.next", { time: duration(Math.ceil(replica.next_try_seconds)) })),
                    replica.failures_in_a_row > 0 && h("div", { class: "soft small" }, t("replica.failures", { n: replica.failures_in_a_row }))))))));
}

/** The model's own last ten minutes. */
function trafficPart(name, signal) {
    if (!may("admin")) return card(t("traffic"), {}, lacking("admin"));
    const requests = timeChart(t("live.requests"), { kind: "area", format: number });
    const latency = timeChart(t("live.latency"), { format: milliseconds });
    const facts = h("p", { class: "soft" }, t("loading"));
    const charts = h("div", { class: "charts" }, requests.node, latency.node);
    repeat(async () => {
        try {
            const { data } = await ask(`/console/history?model=${encodeURIComponent(name)}`, { signal });
            const { times } = data.points;
            const at = (values, how) => inSteps(times, values, data.end, how);
            const rates = at(data.points.requests, "rate").map((value) => value ?? 0);
            requests.update(stepEnds(data.end), [{ name: t("live.requests.name"), colour: "s1", values: rates }]);
            latency.update(stepEnds(data.end), [
                { name: "p50", colour: "s1", values: at(data.points.latency_ms.p50, "mean") },
                { name: "p99", colour: "s3", values: at(data.points.latency_ms.p99, "most") }]);
            const codes = Object.entries(data.errors).map(([code, n]) => `${code} ${number(n)}`).join(", ");
            fill(facts, t("traffic.sum", { n: data.requests, p50: milliseconds(data.p50_ms), p99: milliseconds(data.p99_ms), errors: percent(errorPart(data)) }), codes && ` (${codes})`);
        } catch (error) {
            if (error.name === "AbortError") throw error;
            fill(facts, error.message);
        }
    }, 3000, signal);
    return h("section", { class: "stack", "aria-label": t("traffic") }, h("div", null, h("h2", null, t("traffic")), facts), charts);
}
