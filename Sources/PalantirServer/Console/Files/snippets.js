// The same prediction asked for from elsewhere. The key is named, never shown.

import { session } from "/console/session.js";

export function curl(request) {
    const lines = [`curl ${quoted(`${location.origin}/predict`)}`, "-H 'content-type: application/json'"];
    // In double quotes, so that the shell fills it in.
    if (session.wantsKey) lines.push('-H "authorization: Bearer $PALANTIR_KEY"');
    lines.push(`-d ${quoted(JSON.stringify(request))}`);
    return lines.join(" \\\n  ");
}

/** For a POSIX shell. */
function quoted(text) {
    return `'${text.replaceAll("'", "'\\''")}'`;
}

export function python(request) {
    const lines = ["import requests", ""];
    if (session.wantsKey) lines.unshift("import os", "");
    lines.push(
        "answer = requests.post(", `    ${literal(`${location.origin}/predict`)},`, `    json=${literal(request)},`,
        ...(session.wantsKey ? ['    headers={"authorization": f"Bearer {os.environ[\'PALANTIR_KEY\']}"},'] : []),
        "    timeout=5,", ")", "answer.raise_for_status()",
        `print(answer.json()["predictions"][${literal(String(request.id))}])`);
    return lines.join("\n");
}

/** JSON as Python writes it: of the values here only true, false and null differ. */
function literal(value) {
    if (value === null) return "None";
    if (typeof value === "boolean") return value ? "True" : "False";
    if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
    if (typeof value === "object") {
        return `{${Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${literal(one)}`).join(", ")}}`;
    }
    return JSON.stringify(value);
}
