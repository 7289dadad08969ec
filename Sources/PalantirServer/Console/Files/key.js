// Asks for the caller's key.

import { fill, h } from "/console/dom.js";
import { t } from "/console/i18n.js";

/** - use: takes the key; what is wrong with it is shown by a new page. */
export function keyPage(root, problem, use) {
    document.title = `${t("key.title")} · Palantir`;
    const field = h("input", {
        class: "field mono", type: "password", id: "key", autocomplete: "off", spellcheck: "false", required: true,
        "aria-describedby": "key-note",
    });
    const form = h("form", { class: "stack" },
        h("div", null, h("label", { for: "key" }, t("key.label")), field),
        h("div", null, h("button", { class: "main", type: "submit" }, t("key.use"))));
    form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (field.value.trim()) use(field.value.trim());
    });
    fill(root, h("section", { class: "card gate", "aria-labelledby": "key-title" }, h("div", { class: "body stack" },
        h("h1", { id: "key-title", tabindex: "-1" }, t("key.title")),
        problem?.status === 401 && h("div", { class: "notice bad", role: "alert" }, h("p", null, h("strong", null, t("key.refused"))), h("p", { lang: "en" }, problem.message)),
        h("p", { class: "soft" }, t("key.explain")),
        form,
        h("p", { class: "soft small", id: "key-note" }, t("key.note")))));
    field.focus();
}
