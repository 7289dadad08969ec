// Asks a model about an entity, as its callers do.

import { ask, modelPath } from "/console/api.js";
import { fill, h } from "/console/dom.js";
import { exactly, milliseconds, t } from "/console/i18n.js";
import { card, copyButton, lacking, problemNotice } from "/console/parts.js";
import { may } from "/console/session.js";
import { curl, python } from "/console/snippets.js";

const shownPicks = 8;

/**
 * - reference: the model as it was asked for, perhaps with an alias or a version.
 * - Returns: the card, and what offers entities of the table, where there is one to read.
 */
export function tryCard(reference, signal) {
    const field = h("input", { class: "field mono", id: "entity", autocomplete: "off", spellcheck: "false", required: true, maxlength: 512 });
    const picks = h("div", { class: "chips" });
    const features = h("div"), answer = h("div", { "aria-live": "polite" }), code = h("div");
    const see = h("button", { type: "button", on: { click: () => id() && showFeatures() } }, t("try.features"));
    const predict = h("button", { type: "submit", class: "main" }, t("try.predict"));
    const form = h("form", { class: "row" },
        h("div", { class: "grow" }, h("label", { for: "entity" }, t("try.entity")), field), may("features") && see, may("predict") && predict);
    const id = () => field.value;
    let turn = 0;

    form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (!id()) return;
        if (may("features")) showFeatures();
        if (may("predict")) showAnswer();
    });
    field.addEventListener("input", showCode);

    async function showFeatures() {
        try {
            const { data } = await ask(modelPath(reference, "features", id()), { signal });
            fill(features, featureTable(data));
        } catch (error) {
            if (error.name === "AbortError") return;
            // The prediction says the same.
            fill(features, may("predict") && answer.childElementCount > 0 ? null : problemNotice(error));
        }
    }

    async function showAnswer() {
        const mine = ++turn;
        predict.disabled = true;
        const began = performance.now();
        const entity = id();
        try {
            const { data, text, headers } = await ask("/predict", { method: "POST", body: { model_name: reference, id: entity }, signal });
            const whole = performance.now() - began;
            if (mine === turn) fill(answer, answerView(data.predictions[entity], text, headers, whole));
        } catch (error) {
            if (error.name === "AbortError") return;
            if (mine === turn) fill(answer, problemNotice(error));
        } finally {
            predict.disabled = false;
        }
    }

    function showCode() {
        const request = { model_name: reference, id: id() || "1" };
        fill(code, codeTabs([["curl", curl(request)], ["Python", python(request)]]));
    }

    async function offerPicks() {
        try {
            const { data } = await ask(modelPath(reference, "entities"), { signal });
            if (!id() && data.ids.length > 0) { field.value = data.ids[0]; showCode(); }
            fill(picks, data.ids.length > 0 && h("span", { class: "soft small" }, t("try.picks")), data.ids.slice(0, shownPicks).map((one) =>
                h("button", { type: "button", class: "chip mono", on: { click: () => { field.value = one; showCode(); form.requestSubmit(); } } }, one)));
        } catch (error) {
            if (error.name !== "AbortError") fill(picks);
        }
    }

    showCode();
    const node = card(t("try"), {},
        form, picks, !may("features") && lacking("features"), !may("predict") && lacking("predict"), answer, features, code);
    return { node, offerPicks };
}

function featureTable(row) {
    const names = Object.keys(row);
    return h("details", { open: true }, h("summary", { class: "soft" }, t("try.features.of", { n: names.length })),
        h("dl", { class: "features" }, names.map((name) => h("div", null, h("dt", { class: "soft" }, name), h("dd", { class: "mono" }, valueText(row[name]))))));
}

function valueText(value) {
    return value === null ? h("span", { class: "soft" }, "null") : typeof value === "string" ? value : JSON.stringify(value);
}

function answerView(prediction, text, headers, whole) {
    const version = headers.get("x-model-version");
    const steps = timings(headers.get("server-timing") ?? "");
    const inHub = steps.reduce((sum, [, time]) => sum + time, 0);
    const parts = [...steps, ["rest", Math.max(whole - inHub, 0)]];
    return h("div", { class: "stack answer" },
        h("h3", null, version ? t("try.answered.version", { version, time: milliseconds(whole) }) : t("try.answered", { time: milliseconds(whole) })),
        labelView(prediction),
        h("div", null,
            h("div", { class: "timing", "aria-hidden": "true" }, parts.map(([, time], index) => h("i", { class: colours[index], style: { flexGrow: String(time), flexBasis: "0" } }))),
            h("ul", { class: "legend chips small soft" }, parts.map(([step, time], index) =>
                h("li", null, h("i", { class: `dot ${colours[index]}` }), `${t(`step.${step}`)} `, h("b", null, milliseconds(round(time))))))),
        h("details", null, h("summary", { class: "soft" }, t("try.raw")), h("pre", { class: "code", tabindex: "0" }, text)));
}

const colours = ["s2", "s1", "s3", "s7"];
const round = (time) => Math.round(time * 100) / 100;

/** `server-timing` as the hub writes it: the steps with their milliseconds. */
export function timings(header) {
    return [...header.matchAll(/(registry|features|model);dur=([\d.]+)/g)].map(([, step, time]) => [step, Number(time)]);
}

/** Labels with their values; parts of one are drawn. */
function labelView(prediction) {
    if (prediction === null || typeof prediction !== "object" || Array.isArray(prediction)) {
        return h("pre", { class: "code" }, JSON.stringify(prediction, null, 2));
    }
    const entries = Object.entries(prediction);
    const areParts = entries.length > 1 && entries.every(([, value]) => typeof value === "number" && value >= 0 && value <= 1);
    return h("dl", { class: areParts ? "labels" : "facts" }, entries.map(([label, value]) => [
        h("dt", { class: "mono" }, label),
        areParts && h("dd", { class: "bar", "aria-hidden": "true" }, h("i", { style: { width: `${value * 100}%` } })),
        h("dd", { class: "mono" }, typeof value === "number" ? areParts ? exactly(value) : value : valueText(value)),
    ]));
}

/** Texts of which one is shown, chosen by tabs as the ARIA practices have them. */
function codeTabs(texts) {
    let chosen = codeTabs.chosen ?? 0;
    const panel = h("pre", { class: "code", id: "code", role: "tabpanel", tabindex: "0" });
    const tabs = texts.map(([name], index) => h("button", {
        type: "button", role: "tab", id: `code-${index}`, "aria-controls": "code", "data-focus": `code-${index}`,
        on: {
            click: () => choose(index),
            keydown: (event) => {
                if (event.key !== "ArrowRight" && event.key !== "ArrowLeft") return;
                choose((index + (event.key === "ArrowRight" ? 1 : texts.length - 1)) % texts.length);
                tabs[chosen].focus();
            },
        },
    }, name));
    function choose(index) {
        chosen = codeTabs.chosen = index;
        fill(panel, texts[index][1]);
        panel.setAttribute("aria-labelledby", `code-${index}`);
        tabs.forEach((tab, at) => {
            tab.setAttribute("aria-selected", String(at === index));
            tab.tabIndex = at === index ? 0 : -1;
        });
    }
    choose(chosen);
    return h("div", null,
        h("div", { class: "tabs" }, h("div", { role: "tablist", "aria-label": t("try.code") }, tabs), h("span", { class: "right" }, copyButton(() => texts[chosen][1], t("try.code")))),
        panel);
}
