// Asks the hub. The caller's key is kept for as long as the tab is, and goes nowhere but to the hub.

const storedKey = "palantir-key";

export const key = {
    get: () => sessionStorage.getItem(storedKey),
    set: (text) => sessionStorage.setItem(storedKey, text),
    forget: () => sessionStorage.removeItem(storedKey),
};

/** What the hub answered instead of what was asked for. */
export class Problem extends Error {
    constructor(status, body) {
        super(body?.error ?? `HTTP ${status}`);
        this.status = status;
        this.code = body?.code ?? null;
        this.requestID = body?.request_id ?? null;
    }

    /** No answer came at all. */
    get isUnreachable() { return this.status === 0; }
}

const listeners = new Set();

/** Calls when the hub wants a key that it was not given, or that is not good any more. */
export function onKeyWanted(listener) { listeners.add(listener); }

/** Asks a route. Throws a `Problem`; an `AbortError` when the page was left. */
export async function ask(path, { method = "GET", body, signal } = {}) {
    const headers = { accept: "application/json" };
    if (key.get()) headers.authorization = `Bearer ${key.get()}`;
    if (body !== undefined) headers["content-type"] = "application/json";
    let response, text;
    try {
        response = await fetch(path, {
            method, headers, signal, cache: "no-store", credentials: "omit",
            body: body === undefined ? undefined : JSON.stringify(body),
        });
        text = await response.text();
    } catch (error) {
        if (error.name === "AbortError") throw error;
        throw new Problem(0, null);
    }
    if (response.ok) return { data: parsed(text), text, headers: response.headers };
    const problem = new Problem(response.status, parsed(text));
    if (response.status === 401) for (const listener of listeners) listener(problem);
    throw problem;
}

function parsed(text) {
    try {
        return JSON.parse(text);
    } catch {
        return null;
    }
}

/** The address of a model's routes. */
export function modelPath(name, ...rest) {
    return ["/models", name, ...rest].map((part, index) => (index === 0 ? part : encodeURIComponent(part))).join("/");
}

/** Does something at once and then again and again, until the page is left; not while nobody looks. */
export function repeat(work, milliseconds, signal) {
    let timer;
    const run = async () => {
        clearTimeout(timer);
        if (signal.aborted) return;
        if (!document.hidden) {
            try {
                await work();
            } catch (error) {
                if (error.name !== "AbortError") throw error;
            }
        }
        if (!signal.aborted) timer = setTimeout(run, milliseconds);
    };
    document.addEventListener("visibilitychange", () => { if (!document.hidden) run(); }, { signal });
    signal.addEventListener("abort", () => clearTimeout(timer));
    return run();
}
