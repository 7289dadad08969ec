// What a model wants beside what its feature table has.

import { h } from "/console/dom.js";
import { compare, mismatches } from "/console/fit.js";
import { t, unknown } from "/console/i18n.js";
import { badge, card } from "/console/parts.js";

export function signatureCard(model) {
    const table = model.feature_table;
    const columns = table?.columns ?? [];
    const rows = compare(model.signature?.inputs ?? null, columns);
    const others = rows === null ? columns : columns.filter((column) => !rows.some((row) => row.column === column));
    const wrong = mismatches(model);
    const summary = rows === null ? null
        : wrong > 0 ? badge("bad", t("signature.wrong", { n: wrong })) : columns.length > 0 && badge("good", t("signature.all"));
    const note = table === null ? t("signature.tableless")
        : columns.length === 0 ? t("signature.unread", { table: table.name })
            : rows === null ? t("signature.none") : null;
    return card(t("signature"), { flush: true, extra: summary },
        note && h("p", { class: "soft note" }, note),
        rows !== null || others.length > 0 ? h("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": t("signature") }, h("table", null,
            h("thead", null, h("tr", null, ["input", "verdict", "wanted", "column"].map((name) => h("th", { scope: "col" }, t(`signature.${name}`))))),
            h("tbody", null,
                (rows ?? []).map(({ input, column, verdict }) => h("tr", null,
                    h("th", { scope: "row", class: "mono" }, input.name),
                    h("td", null, columns.length > 0 ? badge(`${verdict[0]} plain`, t(verdict[1])) : unknown),
                    h("td", { class: "mono" }, wanted(input)),
                    h("td", { class: "mono" }, column ? columnText(column) : unknown))),
                others.map((column) => h("tr", null,
                    h("th", { scope: "row", class: "mono" }, column.name),
                    h("td", null, badge("idle plain", t(role(column, table, rows)))),
                    h("td", { class: "soft" }, unknown),
                    h("td", { class: "mono" }, columnText(column))))))) : null);
}

function role(column, table, rows) {
    if (column.name === table.entity_key) return "signature.key";
    if (column.name === table.feature_timestamp) return "signature.timestamp";
    return rows === null ? "signature.sent" : "signature.extra";
}

function wanted(input) {
    return [input.type, input.required === false && h("span", { class: "soft" }, ` ${t("signature.optional")}`)];
}

function columnText(column) {
    return [column.type || unknown, column.nullable && h("span", { class: "soft" }, " NULL")];
}
