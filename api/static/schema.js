// A JSON schema as a form needs it. One vocabulary: what pydantic writes for the parameter models of this service.
import { base } from "./page.js";

let schemas = {};

export async function load() {
  const api = await (await fetch(`${base}/openapi.json`)).json();
  schemas = api.components.schemas;
  return api.paths["/v1/searches"].post.requestBody.content["application/json"].schema;
}

// The schema without reference and null: with `kind` (how it is asked for), of a union with `tag` and `members`.
export function shape(schema) {
  const { $ref, ...own } = schema;
  let found = $ref ? { ...schemas[$ref.split("/").pop()], ...own } : schema;
  const choices = found.anyOf?.filter((choice) => choice.type !== "null");
  if (choices?.length === 1) {
    const { anyOf, ...rest } = found;
    found = { ...shape(choices[0]), ...rest, nullable: true };
    if (found.kind === "object") return oneMember(found);
  }
  return { ...found, ...kindOf(found) };
}

// An object or nothing: a union that can be left out, with its one member.
function oneMember(found) {
  const [tag, name] = Object.entries(found.properties).find(([, property]) => "const" in property) ?? [];
  if (!tag) return { ...found, kind: "json" };
  const { description, default: _, ...member } = found;
  return { description, default: found.default, nullable: true, kind: "union", tag, members: { [name.const]: member } };
}

const isSimple = (schema) => ["integer", "number", "string", "boolean"].includes(schema.type) && !schema.enum;

function kindOf(found) {
  if ("const" in found) return { kind: "const" };
  if (found.discriminator) {
    const { propertyName, mapping } = found.discriminator;
    const members = Object.entries(mapping).map(([name, $ref]) => [name, { $ref }]);
    return { kind: "union", tag: propertyName, members: Object.fromEntries(members) };
  }
  if (found.properties) return { kind: "object" };
  if (found.enum || found.type === "boolean") return { kind: "select" };
  if (isSimple(found)) return { kind: "text" };
  if (found.type === "object" && isObject(found.additionalProperties)) return { kind: "map", item: found.additionalProperties };
  if (found.type === "array") return listKind(found);
  return { kind: "json" };
}

function listKind(found) {
  const items = (found.prefixItems ?? [found.items]).map(shape);
  if (!found.prefixItems && items[0].enum) return { kind: "checks", options: items[0].enum };
  const isPlain = (item) => isSimple(item) || item.anyOf?.every(isSimple);
  if (items.every(isPlain)) return { kind: "list", item: items[0] };
  return ["object", "union"].includes(items[0].kind) ? { kind: "items", item: found.items } : { kind: "json" };
}

// What a field takes, in words.
export function allowed(found) {
  const { item = {} } = found, several = found.kind === "list";
  const bound = several ? item : found, lines = [];
  if (several) lines.push("separated by commas");
  if ("minimum" in bound) lines.push(`at least ${bound.minimum}`);
  if ("exclusiveMinimum" in bound) lines.push(`above ${bound.exclusiveMinimum}`);
  if ("maximum" in bound) lines.push(`at most ${bound.maximum}`);
  if ("exclusiveMaximum" in bound) lines.push(`below ${bound.exclusiveMaximum}`);
  if (found.minItems && found.minItems === found.maxItems) lines.push(`${found.minItems} values`);
  else if (found.minItems) lines.push(`${found.minItems} or more`);
  if (found.maxLength) lines.push(`at most ${found.maxLength} characters`);
  return lines.join(", ");
}

export const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

// A union's default with the name of its member, which it may leave out; undefined if it has none.
export function usually({ tag, members, default: whole }) {
  if (typeof whole === "string") return Object.hasOwn(members, whole) ? { [tag]: whole } : undefined;
  if (!isObject(whole)) return undefined;
  const has = (name) => Object.keys(whole).every((field) => Object.hasOwn(shape(members[name]).properties, field));
  const name = whole[tag] ?? Object.keys(members).find(has);
  return name && Object.hasOwn(members, name) ? { [tag]: name, ...whole } : undefined;
}

export function same(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => same(item, b[i]));
  if (!isObject(a) || !isObject(b)) return a === b;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]));
}

// Of a stored value what differs from the defaults; undefined if nothing does.
export function changed(value, schema) {
  const found = shape(schema);
  if (same(value, found.default) || (value === null && found.nullable && found.default == null)) return undefined;
  const left = essence(value, found);
  const isDefault = found.kind === "union" && (same(left, found.default) || same(left, { [found.tag]: found.default }));
  return isDefault ? undefined : left;
}

function essence(value, found) {
  if (found.kind === "items" && Array.isArray(value)) return value.map((item) => essence(item, shape(found.item)));
  if (!isObject(value)) return value;
  if (found.kind === "map") return mapped(value, (item) => essence(item, shape(found.item)));
  if (found.kind === "object") return essentials(value, found);
  const member = Object.hasOwn(found.members ?? {}, value[found.tag]) ? found.members[value[found.tag]] : undefined;
  return member ? { [found.tag]: value[found.tag], ...essentials(value, shape(member)) } : value;
}

// A field's own default does not hold where the object around it has a default that says otherwise.
function essentials(value, { properties, default: whole }) {
  const keep = ([name, item]) => {
    if (!Object.hasOwn(properties, name)) return [[name, item]];
    if ("const" in properties[name]) return [];
    const left = changed(item, properties[name]);
    const isOther = isObject(whole) && Object.hasOwn(whole, name) && !same(whole[name], item);
    return left === undefined && !isOther ? [] : [[name, left ?? item]];
  };
  return Object.fromEntries(Object.entries(value).flatMap(keep));
}

const mapped = (value, act) => Object.fromEntries(Object.entries(value).map(([name, item]) => [name, act(item)]));
