// Words and numbers in the reader's language: Portuguese where the browser prefers it, else English.

import { words } from "/console/words.js";

export const language = navigator.language.toLowerCase().startsWith("pt") ? "pt" : "en";
const locale = language === "pt" ? "pt-BR" : navigator.language.toLowerCase().startsWith("en") ? navigator.language : "en";
const plurals = new Intl.PluralRules(locale);
const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
const places = new Intl.NumberFormat(locale, { maximumFractionDigits: 4 });
const position = language === "pt" ? 1 : 0;

/** The text of a name, with its `{places}` filled; `{n}` chooses between `name.one` and `name.other`. */
export function t(name, values = {}) {
    // "0 requisições", whatever the plural rules say.
    const plural = values.n === 0 ? "other" : plurals.select(values.n);
    const entry = words[name] ?? words[`${name}.${plural}`] ?? words[`${name}.other`];
    if (entry === undefined) throw new Error(`there is no text ${name}`);
    return entry[position].replaceAll(/\{(\w+)\}/g, (_, place) => {
        const value = values[place];
        return typeof value === "number" ? number(value) : value ?? "";
    });
}

/** Stands for what is not known. */
export const unknown = "–";

/** A number with as many digits as say something. */
export function number(value) {
    if (value === null || value === undefined || Number.isNaN(value)) return unknown;
    const size = Math.abs(value);
    if (Number.isInteger(value)) return numbers.format(value);
    return numbers.format(size >= 100 ? Math.round(value) : size >= 10 ? Math.round(value * 10) / 10 : value);
}

/** A number with four places, for a part of one. */
export function exactly(value) {
    return places.format(value);
}

/** Milliseconds, in seconds where they are many. */
export function milliseconds(value) {
    if (value === null || value === undefined) return unknown;
    return value >= 1000 ? `${number(value / 1000)} s` : `${number(value)} ms`;
}

/** A part of all. */
export function percent(part) {
    if (part === null || part === undefined || Number.isNaN(part)) return unknown;
    const value = part * 100;
    return `${number(value > 0 && value < 0.01 ? 0.01 : value)} %`;
}

/** How long something lasts, in its two largest units at most. */
export function duration(seconds) {
    if (seconds === null || seconds === undefined) return unknown;
    if (seconds < 10) return `${number(Math.round(seconds * 10) / 10)} s`;
    if (seconds < 60) return `${number(Math.round(seconds))} s`;
    if (seconds < 3600) return `${number(Math.floor(seconds / 60))} min`;
    if (seconds < 86400) return `${number(Math.floor(seconds / 3600))} h ${number(Math.floor((seconds % 3600) / 60))} min`;
    return t("time.days", { n: Math.floor(seconds / 86400) });
}

/** The time of day of a second since 1970. */
export function clock(seconds) {
    return new Date(seconds * 1000).toLocaleTimeString(locale);
}

/** For sorting, as readers of the language sort. */
export const collator = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
