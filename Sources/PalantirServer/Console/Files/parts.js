// Small pieces that several pages show.

import { fill, h } from "/console/dom.js";
import { mismatches } from "/console/fit.js";
import { t } from "/console/i18n.js";

/** A state in a word, with its colour. */
export function badge(kind, text, more = "") {
    return h("span", { class: `badge ${kind} ${more}`.trim() }, text);
}

/** A part of a page under a heading. */
export function card(title, { id, extra, flush = false } = {}, ...children) {
    return h("section", { class: "card", id, "aria-label": title },
        h("header", null, h("h2", null, title), extra),
        h("div", { class: flush ? "flush" : "body" }, children));
}

/** What the hub answered instead, as it said it. */
export function problemNotice(problem) {
    return h("div", { class: "notice bad", role: "alert" },
        h("p", null, h("strong", null, problem.isUnreachable ? t("problem.unreachable") : problem.code ?? problem.status)),
        problem.isUnreachable ? h("p", null, t("problem.unreachable.more")) : h("p", { lang: "en" }, problem.message),
        problem.requestID && h("p", { class: "soft small" }, t("problem.request", { id: problem.requestID })));
}

/** What a caller may not see, and why. */
export function lacking(scope) {
    return h("p", { class: "soft" }, t("scope.lacking", { scope }));
}

/** Names with their values. */
export function facts(pairs) {
    return h("dl", { class: "facts" }, pairs.filter(Boolean).map(([name, ...value]) => [h("dt", null, name), h("dd", null, value)]));
}

/** A button that copies a text. */
export function copyButton(text, what) {
    const button = h("button", { type: "button", class: "quiet", "aria-label": `${t("copy")}: ${what}` }, t("copy"));
    button.addEventListener("click", async () => {
        try {
            await navigator.clipboard.writeText(text());
            fill(button, t("copied"));
        } catch {
            fill(button, t("copy.failed"));
        }
        setTimeout(() => fill(button, t("copy")), 1500);
    });
    return button;
}

/** The hub's state in a word: its kind, and the name of the word. */
export function hubState(readiness) {
    if (readiness === null) return ["bad", "hub.unreachable"];
    if (readiness.status !== "ready") return ["bad", `hub.${readiness.status.replace(" ", "-")}`];
    return readiness.registry.error ? ["warn", "hub.stale"] : ["good", "hub.ready"];
}

/** The state of a model in a word: its kind, and the name of the word. */
export function modelState(model) {
    const deployment = model.deployment;
    if (deployment && ["pending", "preparing", "starting"].includes(deployment.state)) return ["busy", "state.deploying"];
    if (!model.servable) return model.error?.code === "FEATURE_STORE_UNAVAILABLE" ? ["bad", "state.storeless"] : ["bad", "state.misconfigured"];
    if (deployment?.state === "failed") return ["bad", "state.failed"];
    if (deployment?.state === "stopped") return ["idle", "state.asleep"];
    const suspended = model.replicas.filter((replica) => replica.state === "suspended").length;
    if (suspended > 0) return suspended === model.replicas.length ? ["bad", "state.suspended"] : ["warn", "state.degraded"];
    if (model.findings?.some((finding) => finding.severity === "error")) return ["warn", "state.findings"];
    if (mismatches(model) > 0) return ["warn", "state.mismatch"];
    return ["good", "state.ready"];
}

export function stateBadge(model) {
    const [kind, word] = modelState(model);
    return badge(kind, t(word));
}

/** What doctor found, worst first. */
export function findingList(findings) {
    const order = { error: 0, warning: 1, ok: 2 };
    const kinds = { error: "bad", warning: "warn", ok: "good" };
    return h("ul", { class: "findings" }, [...findings].sort((a, b) => order[a.severity] - order[b.severity]).map((finding) =>
        h("li", null,
            h("div", null, badge(kinds[finding.severity] ?? "idle", t(`severity.${finding.severity}`))),
            h("div", { lang: "en" },
                h("p", null, h("strong", null, finding.subject), " ", h("span", { class: "soft small mono" }, finding.check)),
                h("p", null, finding.message),
                finding.remedy && h("pre", { class: "code", tabindex: "0" }, finding.remedy)))));
}
