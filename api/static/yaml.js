// A specification as YAML, as in the examples: objects in blocks, lists in one line.
const WORDS = /^(true|false|null|yes|no|on|off|y|n|~)$/i;

function scalar(value) {
  if (typeof value === "string") return /^[A-Za-z][\w ./-]*$/.test(value) && !/ $/.test(value) && !WORDS.test(value)
    ? value : JSON.stringify(value);
  const text = JSON.stringify(value);
  return typeof value === "number" ? text.replace(/^(-?\d+)e/, "$1.0e") : text; // YAML 1.1 wants a point
}

function inline(value) {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return scalar(value);
  return `{${Object.entries(value).map(([name, item]) => `${scalar(name)}: ${inline(item)}`).join(", ")}}`;
}

export function yaml(value, indent = "") {
  return Object.entries(value).map(([name, item]) => {
    const isBlock = typeof item === "object" && item !== null && !Array.isArray(item) && Object.keys(item).length > 0;
    return `${indent}${scalar(name)}:${isBlock ? `\n${yaml(item, `${indent}  `)}` : ` ${inline(item)}\n`}`;
  }).join("");
}
