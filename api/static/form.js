// The page that submits a search: a form made from the API's schema, a preview, and the API's own words where it refuses.
import { choice, firstControl, node } from "./fields.js";
import { base } from "./page.js";
import { changed, isObject, load, shape, usually } from "./schema.js";

const byId = (id) => document.getElementById(id);
const form = byId("specification"), written = byId("text"), { kind, like } = form.dataset;
let root, current, key = null, sent = null, isSending = false;

function build(value) {
  current = choice(root, { required: true, value, carry: true });
  byId("fields").replaceChildren(current.element);
  preview();
}

// Names of fields, for the space: those of the network, its neurons and its training that are chosen now.
function names() {
  const said = specification(), fields = shape(root.members[said[root.tag]]).properties, offered = JSON.parse(form.dataset.names);
  const called = (item) => item?.name ?? item;
  const now = (part) => {
    const found = fields[part] ? shape(fields[part]) : {}, usual = found.members ? usually(found) : found.default;
    const one = said[part] ?? usual ?? found.properties?.name.const;
    return (Array.isArray(one) ? one : [one]).map((item) => offered[part][called(item)] ?? offered[part][called(usual)] ?? []);
  };
  const shared = (lists) => lists[0].filter((name) => lists.every((list) => list.includes(name)));
  return ["network", "neurons", "training"].flatMap((part) => shared(now(part)));
}

document.addEventListener("focusin", ({ target }) => {
  if (!target.closest('[data-step="space"] [data-step="called"]')) return;
  byId("names").replaceChildren(...names().map((name) => node("option", { value: name })));
  target.setAttribute("list", "names");
});

const isText = () => form.dataset.view === "text";
const specification = () => current.read() ?? {};
const body = () => (isText() ? written.value : JSON.stringify(specification()));

function preview() {
  const said = specification();
  byId("said").textContent = Object.keys(said).length ? pretty(said) : "Choose a kind of search.";
}

// Lists of plain values in one line. No string has a line break in JSON.
const pretty = (value) => JSON.stringify(value, null, 2).replace(/\[\n\s+([^[\]{}]*?)\n\s*\]/g,
  (_, items) => `[${items.replace(/\n\s*/g, " ")}]`);

// From the form to its text and back, with the same content.
function view(name) {
  if (name === form.dataset.view) return;
  if (name === "text") written.value = pretty(specification());
  else if (!rebuilt()) return;
  form.dataset.view = name;
  clear();
  for (const button of document.querySelectorAll("[data-to]")) button.setAttribute("aria-pressed", button.dataset.to === name);
  byId("fields").hidden = byId("preview").hidden = name === "text";
  byId("as-text").hidden = name === "form";
}

function rebuilt() {
  try {
    const value = JSON.parse(written.value);
    if (!isObject(value)) throw new Error("it is no object");
    build(value);
    return true;
  } catch (error) {
    complain("The text cannot be shown as a form", [`text: ${error.message}; mend it or submit it to see what the service says`]);
    return false;
  }
}

async function submit(event) {
  event.preventDefault();
  if (isSending) return;
  isSending = true;
  clear();
  const content = body();
  if (content !== sent) [sent, key] = [content, random()]; // the same content again is the same request
  try {
    const headers = { "Content-Type": "application/json", "Idempotency-Key": key };
    const response = await fetch(`${base}/v1/searches`, { method: "POST", headers, body: content });
    if (response.ok) location.assign(`${base}/searches/${(await response.json()).id}`);
    else refuse(await response.json());
  } catch {
    complain("Not submitted", ["The service does not answer; submit again, it counts once."]);
  }
  isSending = false;
}

// crypto.randomUUID is missing where the page does not come by HTTPS.
const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

function refuse(problem) {
  complain(`Not submitted: ${problem.title}`, problem.errors?.length ? problem.errors : [problem.detail]);
}

// A list of sentences, each a link to its field where there is one; and each at its field.
function complain(title, sentences) {
  const items = sentences.map((sentence) => {
    const place = isText() ? written.parentElement : find(sentence.split(": ")[0].split("."));
    if (!place) return node("li", {}, sentence);
    const input = mark(place, sentence);
    const link = node("a", { href: `#${input.id}` }, sentence);
    link.addEventListener("click", (event) => { event.preventDefault(); input.focus(); });
    return node("li", {}, link);
  });
  byId("refusal").replaceChildren(node("h2", {}, title), node("ul", {}, ...items));
  byId("refusal").hidden = false;
  byId("refusal").focus();
}

// The deepest place that a location leads to. Members of unions are named in it, or not.
function find(location) {
  let best = null, most = 0;
  for (const element of byId("fields").querySelectorAll("[data-step]")) {
    const steps = [];
    for (let at = element; at !== byId("fields"); at = at.parentElement) {
      if (at.dataset.step !== undefined) steps.unshift([at.dataset.step, true]);
      else if (at.dataset.tag !== undefined) steps.unshift([at.dataset.tag, false]);
    }
    const matched = follow(steps, location);
    if (matched > most) [best, most] = [element, matched];
  }
  return best;
}

function follow(steps, location) {
  let matched = 0;
  for (const [step, isNeeded] of steps) {
    if (location[matched] === step) matched += 1;
    else if (isNeeded) return 0;
  }
  return matched;
}

function mark(place, sentence) {
  for (let at = place; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  const input = firstControl(place);
  input.id ||= `control-${sentence.length}-${document.querySelectorAll(".said").length}`;
  const said = node("p", { class: "error said", id: `${input.id}-said-${place.querySelectorAll(".said").length}` }, sentence);
  if (input.tagName !== "BUTTON") input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", [input.getAttribute("aria-describedby"), said.id].filter(Boolean).join(" "));
  input.closest(".field, .group, label")?.append(said) ?? place.append(said);
  return input;
}

function clear() {
  byId("refusal").hidden = true;
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const said of form.querySelectorAll(".said")) {
    const input = form.querySelector(`[aria-describedby~="${said.id}"]`);
    const left = input?.getAttribute("aria-describedby").split(" ").filter((id) => id !== said.id) ?? [];
    if (left.length) input.setAttribute("aria-describedby", left.join(" "));
    else input?.removeAttribute("aria-describedby");
    said.remove();
  }
}

async function start() {
  root = shape(await load());
  if (!like) return build(kind ? { [root.tag]: kind } : undefined);
  const search = await (await fetch(`${base}/v1/searches/${like}`)).json();
  if (form.dataset.seeds) search.spec.seeds = Number(form.dataset.seeds);
  const { warm_start, ...spec } = search.spec, known = JSON.parse(form.dataset.observations);
  // What a search knew from the start holds what its warm_start had found by then.
  return build(changed(known.length ? { ...spec, observations: known } : search.spec, root));
}

form.addEventListener("submit", submit);
form.addEventListener("input", preview);
form.addEventListener("change", preview);
for (const button of document.querySelectorAll("[data-to]")) button.addEventListener("click", () => view(button.dataset.to));
window.addEventListener("pageshow", () => { sent = null; }); // who comes back and submits again means another search
await start();
form.dataset.ready = "";
