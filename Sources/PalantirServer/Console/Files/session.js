// Who calls, and how the hub is: what every page needs to know before it asks.

import { ask, key } from "/console/api.js";

export const session = {
    /** Whether the hub asks who calls. */
    wantsKey: false,
    /** `{name, scopes}`; null until the hub knows. */
    caller: null,
    /** As `/readyz` tells it; null while the hub does not answer. */
    readiness: null,
};

/** Whether the caller may do what takes a scope. */
export function may(scope) {
    return session.caller?.scopes.includes(scope) ?? false;
}

/** Asks how the hub is. */
export async function readStatus(signal) {
    try {
        const { data } = await ask("/console/status", { signal });
        session.wantsKey = data.wants_key;
        session.readiness = data.readiness;
    } catch (error) {
        if (error.name === "AbortError") throw error;
        session.readiness = null;
    }
}

/** Asks who the key's owner is. Without a key nobody is asked where one is wanted. */
export async function readCaller() {
    session.caller = null;
    if (session.wantsKey && !key.get()) return;
    session.caller = (await ask("/console/caller")).data;
}
