// Controls made from a JSON schema. `control` gives `element` and `read`, whose undefined means: not said, the default holds.
// Where a control stands in the specification its element and those around it say: data-step, and data-tag within a
// union's member (errors name the member or do not).
import { allowed, isObject, same, shape, usually } from "./schema.js";

const NUMBER = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
const PLAIN = ["text", "select", "list", "json"];  // kinds of one input
let made = 0;

export function node(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const changedNow = (element) => element.dispatchEvent(new Event("input", { bubbles: true }));
export const firstControl = (element) =>
  (element.matches("input, select, textarea") ? element : element.querySelector("input, select, textarea, button"));

export function control(schema, label, { required = false, value } = {}) {
  const found = shape(schema);
  if (value === null && found.nullable && found.default == null) value = undefined;  // it says the default
  return CONTROLS[found.kind](found, label, { required, value });
}

const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const listed = (value) => (Array.isArray(value) ? value.map(plain).join(", ") : plain(value));
const said = (item) => {
  const fields = Object.entries(item).map(([name, value]) => `${name} ${plain(value)}`);
  return fields.length > 3 ? "" : fields.join(", ");
};
const brief = (found) => {
  const value = found.default;
  if (value === undefined || value === null || value === "" || (Array.isArray(value) && !value.length)) return "";
  const name = (item) => (isObject(item) ? item[found.tag] ?? item.name ?? said(item) : plain(item));
  return Array.isArray(value) ? value.map(name).join(", ") : name(value);
};

// A label, its input, and what is said of it.
function field(found, label, required, input) {
  const id = `field-${++made}`;
  const says = [found.description, allowed(found)].filter(Boolean).join("; ");
  const hint = says ? node("p", { class: "hint", id: `${id}-hint` }, says) : null;
  input.id = id;
  if (hint) input.setAttribute("aria-describedby", hint.id);
  if (required) input.setAttribute("aria-required", "true");
  const mark = required ? node("span", { class: "required" }, "required") : null;
  return node("div", { class: "field", "data-step": label }, node("label", { for: id }, label, mark), input, hint);
}

function select(options, empty, value) {
  const shown = node("select", {}, node("option", { value: "" }, empty));
  for (const option of options) shown.append(node("option", { value: option }, option));
  shown.value = options.includes(value) ? value : "";
  return shown;
}

function text(found, label, { required, value }) {
  const isNumber = ["integer", "number"].includes(found.type);
  const input = node("input", { type: "text", placeholder: brief(found), autocomplete: "off", spellcheck: "false",
    inputmode: isNumber ? (found.type === "integer" ? "numeric" : "decimal") : undefined });
  if (value !== undefined) input.value = plain(value);
  const read = () => (input.value === "" ? undefined : isNumber ? numeral(input.value) : input.value);
  return { element: field(found, label, required, input), read };
}

// What is no number goes as it was written: the service says what is wrong with it.
const numeral = (written) => (NUMBER.test(written.trim()) ? Number(written) : written);

function chosen(found, label, { required, value }) {
  const isBoolean = found.type === "boolean";
  const options = isBoolean ? ["true", "false"] : found.enum.map(String);
  const preset = brief(found);
  const input = select(options, preset ? `default: ${preset}` : "choose", value === undefined ? "" : String(value));
  const read = () => (input.value === "" ? undefined : isBoolean ? input.value === "true"
    : found.enum.find((option) => String(option) === input.value));
  return { element: field(found, label, required, input), read };
}

function list(found, label, { required, value }) {
  const isText = found.item.type === "string", isAny = Boolean(found.item.anyOf);
  const input = node("input", { type: "text", placeholder: brief(found), autocomplete: "off", spellcheck: "false" });
  if (value !== undefined) input.value = listed(value);
  const item = (written) => (isText ? written : isAny && /^(true|false)$/.test(written) ? written === "true" : numeral(written));
  const read = () => (input.value.trim() === "" ? undefined : input.value.split(",").map((part) => item(part.trim())));
  return { element: field(found, label, required, input), read };
}

function checks(found, label, { required, value }) {
  const boxes = found.options.map((option) => [option, node("input", { type: "checkbox", checked: value?.includes(option) })]);
  const body = node("div", { class: "checks" }, ...boxes.map(([option, box]) => node("label", {}, box, option)));
  const picked = () => boxes.filter(([, box]) => box.checked).map(([option]) => option);
  return { element: group(found, label, required, value, body), read: () => (picked().length ? picked() : undefined) };
}

function json(found, label, { required, value }) {
  const preset = found.default === undefined || found.default === null ? "" : JSON.stringify(found.default);
  const input = node("textarea", { rows: 2, spellcheck: "false", placeholder: preset });
  if (value !== undefined) input.value = JSON.stringify(value);
  const read = () => {
    if (input.value.trim() === "") return undefined;
    try { return JSON.parse(input.value); } catch { return input.value; }
  };
  const described = { ...found, description: [found.description, "as JSON"].filter(Boolean).join("; ") };
  return { element: field(described, label, required, input), read };
}

// Several controls under one name; what need not be said is closed.
function group(found, label, required, value, ...body) {
  const id = `field-${++made}`;
  const says = [found.description, allowed(found)].filter(Boolean).join("; ");
  const hint = says ? node("p", { class: "hint", id: `${id}-hint` }, says) : null;
  const mark = required ? node("span", { class: "required" }, "required") : null;
  const legend = node("legend", { class: required ? undefined : "unseen" }, label, mark);
  const set = node("fieldset", { "aria-describedby": hint?.id }, legend, hint, ...body);
  if (required) return node("div", { class: "group", "data-step": label }, set);
  const preset = brief(found);
  const summary = node("summary", {}, label, node("span", { class: "quiet" }, preset ? ` default: ${preset}` : ""));
  return node("details", { class: "group", "data-step": label, open: value !== undefined }, summary, set);
}

function object(found, label, { required, value }) {
  const inner = members(found, value);
  const read = () => {
    const given = inner.read();
    return Object.keys(given).length || required ? given : undefined;
  };
  return { element: group(found, label, required, value, inner.element), read };
}

// The fields of an object. What it has besides is kept.
function members(found, value = {}) {
  const entries = Object.entries(found.properties).filter(([, property]) => !("const" in property));
  const isRequired = (name) => found.required?.includes(name) ?? false;
  const order = ([name, property]) => (isRequired(name) ? 0 : PLAIN.includes(shape(property).kind) ? 1 : 2);
  entries.sort((a, b) => order(a) - order(b));
  const whole = isObject(found.default) ? found.default : {};
  const controls = entries.map(([name, property]) => {
    const schema = Object.hasOwn(whole, name) ? { ...property, default: whole[name] } : property;
    return [name, control(schema, name, { required: isRequired(name), value: value[name] })];
  });
  const extras = Object.entries(value).filter(([name]) => !Object.hasOwn(found.properties, name));
  const element = node("div", { class: "members" }, ...controls.map(([, made]) => made.element));
  const read = () => Object.fromEntries(
    [...controls.map(([name, made]) => [name, made.read()]), ...extras].filter(([, said]) => said !== undefined));
  return { element, read };
}

function union(found, label, { required, value }) {
  const inner = choice(found, { required, value });
  return { element: group(found, label, required, value, inner.element), read: inner.read };
}

// A select of the member's name and that member's fields; `carry` keeps what the next member has too.
export function choice(found, { required, value, carry = false }) {
  const names = Object.keys(found.members), preset = brief(found);
  const name = typeof value === "string" ? value : value?.[found.tag];
  const picker = select(names, required ? "choose" : preset ? `default: ${preset}` : "none", name);
  const place = node("div", {});
  let current = null;
  // The default's own fields are there without being chosen again, with the values that it says beside its name.
  const usual = usually(found), chosen = () => picker.value || (usual?.[found.tag] ?? "");
  const show = (given) => {
    if (!chosen()) {
      current = null;
      place.replaceChildren();
      return;
    }
    const own = shape(found.members[chosen()]), member = picker.value ? own : { ...own, default: usual };
    const kept = carry ? Object.entries(given).filter(([key]) => Object.hasOwn(member.properties, key)) : Object.entries(given);
    current = members(member, Object.fromEntries(kept.filter(([key]) => key !== found.tag)));
    const says = member.description ? node("p", { class: "hint" }, member.description) : "";
    place.replaceChildren(node("div", { "data-tag": chosen() }, says, current.element));
  };
  picker.addEventListener("input", () => show(carry && current ? current.read() : {}));
  show(isObject(value) ? value : {});
  const read = () => {
    if (picker.value) return { [found.tag]: picker.value, ...current.read() };
    const given = current?.read() ?? {};
    if (!Object.keys(given).length) return undefined;
    const own = shape(found.members[chosen()]).properties;
    const apart = Object.entries(usual).filter(([field, item]) => field === found.tag || !same(item, own[field]?.default));
    return { ...Object.fromEntries(apart), ...given };
  };
  const asked = field({}, found.tag, required, picker);
  return { element: node("div", {}, asked, place), read };
}

// Things of which there are as many as are added; those of a map have a name.
function several(found, label, { required, value }, isNamed) {
  const rows = [], place = node("div", { class: "rows" });
  const add = node("button", { type: "button" }, `Add to ${label}`);
  const renumber = () => rows.forEach((row, i) => {
    row.element.dataset.step = isNamed ? row.name() ?? "" : i;
    row.legend.textContent = `${label} ${i + 1}`;
    row.remove.setAttribute("aria-label", `Remove ${label} ${i + 1}`);
  });
  const append = (name, item) => {
    const row = one(found.item, isNamed, name, item);
    row.remove.addEventListener("click", () => {
      rows.splice(rows.indexOf(row), 1);
      row.element.remove();
      renumber();
      add.focus();
      changedNow(place);
    });
    row.element.addEventListener("input", renumber);
    rows.push(row);
    place.append(row.element);
    renumber();
    return row;
  };
  add.addEventListener("click", () => {
    firstControl(append().element).focus();
    changedNow(place);
  });
  for (const [name, item] of Object.entries(value ?? {})) append(name, item);
  const read = () => {
    if (!rows.length) return undefined;
    return isNamed ? Object.fromEntries(rows.map((row) => [row.name() ?? "", row.read()])) : rows.map((row) => row.read());
  };
  return { element: group(found, label, required, value, place, add), read };
}

function one(schema, isNamed, name, value) {
  const found = shape(schema), options = { required: true, value };
  const inner = found.kind === "union" ? choice(found, options) : members(found, value);
  const called = isNamed ? text({ type: "string" }, "called", { required: true, value: name }) : null;
  const legend = node("legend", {}), remove = node("button", { type: "button", class: "remove" }, "Remove");
  const element = node("fieldset", { class: "row" }, legend, called?.element, inner.element, remove);
  return { element, legend, remove, name: called?.read, read: () => inner.read() ?? {} };
}

const CONTROLS = {
  text, list, checks, json, object, union,
  select: chosen,
  items: (found, label, options) => several(found, label, options, false),
  map: (found, label, options) => several(found, label, options, true),
  const: (found) => ({ element: node("span", { hidden: true }), read: () => found.const }),
};
