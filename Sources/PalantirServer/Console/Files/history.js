// The hub's last ten minutes as `/console/history` tells them, and made ready to be drawn.

import { ask } from "/console/api.js";

const seconds = 600;
const step = 5;

/** Keeps what was told and asks for what is new. */
export class History {
    #times = [];
    #columns = new Map();
    /** The answer last given: of it `models` and single numbers are whole. */
    last = null;

    async refresh(signal) {
        const since = this.#times.at(-1);
        const { data } = await ask(`/console/history${since === undefined ? "" : `?since=${since}`}`, { signal });
        // A hub that was started anew, or whose clock was set back, begins anew.
        if (since !== undefined && data.end < since) {
            this.#times = [];
            this.#columns.clear();
        }
        this.last = data;
        const before = this.#times.length;
        this.#times.push(...data.times);
        for (const [path, values] of columns(data)) {
            const known = this.#columns.get(path) ?? [];
            // One that is new had nothing to tell before.
            while (known.length < before) known.push(null);
            known.push(...values);
            this.#columns.set(path, known);
        }
        for (const known of this.#columns.values()) while (known.length < this.#times.length) known.push(null);
        const old = this.#times.findIndex((time) => time > data.end - seconds);
        if (old > 0) {
            this.#times.splice(0, old);
            for (const known of this.#columns.values()) known.splice(0, old);
        }
    }

    get end() { return this.#times.at(-1) ?? 0; }
    get isEmpty() { return this.#times.length === 0; }

    /** The names below a path, such as the codes below `errors`. */
    below(path) {
        return [...this.#columns.keys()].filter((name) => name.startsWith(`${path}.`)).map((name) => name.slice(path.length + 1));
    }

    /** The ends of the steps that are drawn. */
    get steps() { return stepEnds(this.end); }

    /** A column in steps: "rate" a second, "mean", "most" or "last" of the seconds that are known. */
    column(path, how) {
        return inSteps(this.#times, this.#columns.get(path) ?? [], this.end, how);
    }

    /** The sum of a column's last seconds. */
    sum(path, last) {
        const values = this.#columns.get(path) ?? [];
        return this.#times.reduce((sum, time, index) => (time > this.end - last ? sum + (values[index] ?? 0) : sum), 0);
    }

    /** A column's newest value that is known. */
    newest(path, within = 1) {
        const values = this.#columns.get(path) ?? [];
        for (let index = values.length - 1; index >= 0 && this.#times[index] > this.end - within; index -= 1) {
            if (values[index] !== null) return values[index];
        }
        return null;
    }
}

function* columns(data, prefix = "") {
    for (const [name, value] of Object.entries(data)) {
        if (name === "models" || (prefix === "" && name === "times")) continue;
        if (Array.isArray(value)) yield [prefix + name, value];
        else if (value !== null && typeof value === "object") yield* columns(value, `${prefix}${name}.`);
    }
}

export function stepEnds(end) {
    return Array.from({ length: seconds / step }, (_, index) => end - seconds + (index + 1) * step);
}

/** Values at seconds, summed up in steps of five; null where nothing is known. */
export function inSteps(times, values, end, how) {
    const groups = Array.from({ length: seconds / step }, () => []);
    times.forEach((time, index) => {
        const place = Math.floor((time - (end - seconds) - 1) / step);
        if (place >= 0 && place < groups.length && (values[index] ?? null) !== null) groups[place].push(values[index]);
    });
    const ends = stepEnds(end);
    return groups.map((group, index) => {
        // A rate is known from when the hub was first looked at.
        if (how === "rate" && !(ends[index] >= times[0])) return null;
        if (how === "rate") return group.reduce((sum, value) => sum + value, 0) / step;
        if (group.length === 0) return null;
        if (how === "most") return Math.max(...group);
        if (how === "last") return group.at(-1);
        return group.reduce((sum, value) => sum + value, 0) / group.length;
    });
}
