// A model that the hub runs itself: its state, and its log while it is written.

import { ask, repeat } from "/console/api.js";
import { fill, h, whenChanged } from "/console/dom.js";
import { duration, number, t } from "/console/i18n.js";
import { badge, card, facts, lacking } from "/console/parts.js";
import { may } from "/console/session.js";

const kinds = { ready: "good", failed: "bad", stopped: "idle", draining: "idle", pending: "busy", preparing: "busy", starting: "busy" };

/** - Returns: the card, and what draws it for a deployment as `/models/{name}` has it. */
export function deploymentCard(name, signal) {
    const state = h("div"), log = h("pre", { class: "code log", tabindex: "0", role: "log", "aria-live": "off", "aria-label": t("deployment.log") });
    const follow = h("input", { type: "checkbox", id: "follow", checked: true });
    const notice = h("p", { class: "soft" });
    const drawLog = whenChanged((lines) => {
        fill(log, lines.length > 0 ? lines.join("\n") : t("deployment.log.empty"));
        if (follow.checked) log.scrollTop = log.scrollHeight;
    });
    const path = `/deployments/${encodeURIComponent(name)}/log`;
    const isAllowed = may("deployments");
    let isReading = false;
    const update = (deployment) => {
        fill(state, facts([
            [t("deployment.state"), badge(kinds[deployment.state] ?? "idle", t(`deployment.${deployment.state}`)), " ", h("span", { class: "soft" }, t("deployment.since", { time: duration(deployment.since_seconds) }))],
            [t("deployment.version"), `v${deployment.version}`, deployment.next_version !== null && h("span", { class: "soft" }, ` → v${deployment.next_version}`)],
            [t("deployment.target"), t(`target.${deployment.target}`)],
            [t("deployment.restarts"), number(deployment.restarts)],
            deployment.last_error && [t("deployment.error"), h("span", { lang: "en" }, deployment.last_error.reason), h("div", { class: "soft small" },
                t("deployment.retry", { n: deployment.last_error.attempts, time: duration(deployment.last_error.next_try_seconds) }))],
        ]));
        if (isReading || !isAllowed) return;
        isReading = true;
        repeat(async () => {
            try {
                drawLog((await ask(path, { signal })).data.lines);
                fill(notice);
            } catch (error) {
                if (error.name === "AbortError") throw error;
                fill(notice, error.message);
            }
        }, 2000, signal);
    };
    const controls = isAllowed && h("div", { class: "log-head" }, h("h3", null, t("deployment.log")),
        h("label", { class: "check", for: "follow" }, follow, t("deployment.follow")));
    return { node: card(t("deployment"), {}, state, isAllowed ? [controls, log, notice] : lacking("deployments")), update };
}
