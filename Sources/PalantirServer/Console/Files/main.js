// The frame: which page is shown, who calls, and how the hub is.

import { key, onKeyWanted, repeat } from "/console/api.js";
import { fill, h, whenChanged } from "/console/dom.js";
import { language, t } from "/console/i18n.js";
import { badge, hubState, problemNotice } from "/console/parts.js";
import { readCaller, readStatus, session } from "/console/session.js";
import { keyPage } from "/console/key.js";
import { healthPage } from "/console/health.js";
import { livePage } from "/console/live.js";
import { modelPage } from "/console/model.js";
import { modelsPage } from "/console/models.js";

const pages = [
    { pattern: /^#\/?$/, nav: "models", show: modelsPage },
    { pattern: /^#\/models\/(.+)$/, nav: "models", show: modelPage },
    { pattern: /^#\/live$/, nav: "live", show: livePage },
    { pattern: /^#\/health$/, nav: "health", show: healthPage },
];
const links = [["models", "#/"], ["live", "#/live"], ["health", "#/health"]];

const nav = h("nav", { "aria-label": t("nav") }, h("ul"));
const status = h("div", { role: "status" });
const who = h("div", { class: "who" });
const main = h("main", { id: "main", tabindex: "-1" });
// Only what is new is read aloud.
const drawStatus = whenChanged(([kind, word]) => fill(status, badge(kind, t(word))));
let leaving = new AbortController();
let isFirst = true;

document.documentElement.lang = language === "pt" ? "pt-BR" : "en";
document.body.append(
    h("a", { class: "skip", href: "#main", on: { click: (event) => { event.preventDefault(); main.focus(); } } }, t("skip")),
    h("header", { class: "top" }, h("div", null,
        h("a", { class: "brand", href: "#/" }, h("img", { src: "/console/icon.svg", alt: "" }), "Palantir"),
        nav, h("div", { class: "right" }, status, who))),
    main);

onKeyWanted((problem) => {
    session.caller = null;
    session.wantsKey = true;
    key.forget();
    show(problem);
});
addEventListener("hashchange", () => show());
await readStatus();
await enter();
repeat(async () => { await readStatus(); showStatus(); }, 5000, new AbortController().signal);

/** Finds out who calls, then shows the page; or asks for the key. */
async function enter() {
    let problem;
    try {
        await readCaller();
    } catch (error) {
        problem = error;
        // `onKeyWanted` has shown the page that asks.
        if (error.status === 401) return;
    }
    show(problem);
}

function show(problem) {
    leaving.abort();
    leaving = new AbortController();
    const hash = location.hash || "#/";
    const page = pages.find((page) => page.pattern.test(hash)) ?? pages[0];
    fill(nav.firstChild, links.map(([name, href]) =>
        h("li", null, h("a", { href, "aria-current": page.nav === name ? "page" : null }, t(`nav.${name}`)))));
    showStatus();
    showCaller();
    const root = h("div", { class: "stack" });
    fill(main, root);
    scrollTo(0, 0);
    if (session.wantsKey && session.caller === null) {
        keyPage(root, problem, (text) => { key.set(text); return enter(); });
    } else if (session.caller === null) {
        const again = h("button", { type: "button", on: { click: async () => { await readStatus(); await enter(); } } }, t("again"));
        fill(root, h("h1", { tabindex: "-1" }, "Palantir"), problemNotice(problem), h("p", null, again));
        document.title = "Palantir";
    } else {
        const argument = decoded(page.pattern.exec(hash)?.[1]);
        page.show(root, { argument, signal: leaving.signal }).catch((error) => {
            if (error.name === "AbortError") return;
            fill(root, problemNotice(error));
            throw error;
        });
    }
    // Whoever follows a link by keyboard or by ear is at the new page's beginning.
    if (!isFirst && !root.contains(document.activeElement)) (root.querySelector("h1") ?? main).focus();
    isFirst = false;
}

function decoded(text) {
    try {
        return text === undefined ? undefined : decodeURIComponent(text);
    } catch {
        return text;
    }
}

function showStatus() {
    drawStatus(hubState(session.readiness));
}

function showCaller() {
    if (!session.wantsKey || session.caller === null) return fill(who);
    const forget = h("button", { type: "button", class: "quiet", on: { click: () => { key.forget(); session.caller = null; show(); } } }, t("key.forget"));
    fill(who, h("span", { class: "soft small" }, session.caller.name), forget);
}
