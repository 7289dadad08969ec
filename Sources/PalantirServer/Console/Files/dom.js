// Elements, made by calls: text is always text, so nothing that the hub tells can become markup.

const svgSpace = "http://www.w3.org/2000/svg";

/** An HTML element: `h("a", { href, class, on: { click } }, "text", other)`. Null and false children are left out. */
export function h(tag, properties, ...children) {
    return made(document.createElement(tag), properties, children);
}

/** An SVG element. */
export function s(tag, properties, ...children) {
    return made(document.createElementNS(svgSpace, tag), properties, children);
}

function made(node, properties, children) {
    for (const [name, value] of Object.entries(properties ?? {})) {
        if (value === null || value === undefined || value === false) continue;
        if (name === "on") {
            for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
        } else if (name === "style") {
            Object.assign(node.style, value);
        } else if (name === "value") {
            node.value = value;
        } else {
            node.setAttribute(name, value === true ? "" : value);
        }
    }
    node.append(...flat(children));
    return node;
}

function flat(children) {
    return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Puts other children into a node. What had the focus has it still, if it is there again under the same data-focus. */
export function fill(node, ...children) {
    const focused = node.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    node.replaceChildren(...flat(children));
    if (focused === undefined) return;
    for (const candidate of node.querySelectorAll("[data-focus]")) {
        if (candidate.dataset.focus === focused) candidate.focus({ preventScroll: true });
    }
}

/** Calls `draw` with a value only when it is another than before. */
export function whenChanged(draw) {
    let last;
    return (value) => {
        const text = JSON.stringify(value);
        if (text === last) return;
        last = text;
        draw(value);
    };
}
