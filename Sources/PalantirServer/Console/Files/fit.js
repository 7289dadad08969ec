// Whether a feature table has what a model's signature wants.

/** Kinds that a database's own word for a type stands for, first match first. */
const columnKinds = [
    [/^(bool|bit\(1\)|tinyint\(1\))/, "boolean"], [/int|serial|^year/, "whole"],
    [/dec|num|real|floa|doub/, "number"], [/date|time/, "time"], [/blob|binary|^bit/, "binary"], [/char|text|clob|enum|set|json/, "text"],
];
/** What each of MLflow's types takes without a word, and what it may take. */
const takes = {
    boolean: ["boolean"], integer: ["whole", "boolean"], long: ["whole", "boolean"],
    float: ["number", "whole", "boolean"], double: ["number", "whole", "boolean"],
    string: ["text", "time"], datetime: ["time", "text"], binary: ["binary", "text"],
};

export function columnKind(type) {
    const word = type.toLowerCase();
    return columnKinds.find(([pattern]) => pattern.test(word))?.[1] ?? null;
}

/** The inputs with the column that feeds each: `[{ input, column, verdict }]`; null if the signature names no columns. */
export function compare(inputs, columns) {
    if (!Array.isArray(inputs) || inputs.some((input) => input.name === undefined)) return null;
    const byName = new Map(columns.map((column) => [column.name, column]));
    return inputs.map((input) => {
        const column = byName.get(input.name);
        return { input, column, verdict: judge(input, column) };
    });
}

function judge(input, column) {
    const isRequired = input.required !== false;
    if (!column) return isRequired ? ["bad", "signature.missing"] : ["idle", "signature.absent"];
    const kind = columnKind(column.type);
    const taken = takes[input.type];
    if (taken && kind !== null && !taken.includes(kind)) return ["bad", "signature.type"];
    // MLflow takes no missing value for these.
    if (column.nullable && ["integer", "long", "boolean"].includes(input.type)) return ["warn", "signature.null"];
    return ["good", "signature.fits"];
}

/** How many inputs of a model its table cannot feed. */
export function mismatches(model) {
    const columns = model.feature_table?.columns ?? [];
    if (columns.length === 0) return 0;
    return (compare(model.signature?.inputs ?? null, columns) ?? []).filter((row) => row.verdict[0] === "bad").length;
}
