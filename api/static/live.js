// A page that follows what happens. It asks for itself again and morphs #live, so focus, scroll, checked boxes and
// opened details stay. A search's page does so when an event arrives, others, and one that waits in the queue, every few seconds (data-poll).
import { announce, base, localTimes } from "./page.js";

const KINDS = ["submitted", "claimed", "trial_asked", "trial_started", "report", "trial_done", "trial_failed", "trial_lost",
  "trial_pruned", "trial_cancelled", "trial_retried", "candidate_named", "compared", "pausing", "paused", "resumed", "waiting", "retried", "queued", "cancelling", "cancelled", "succeeded", "failed"];
const NAMES = { compared: "leaders compared" };
const FINAL = ["cancelled", "succeeded", "failed"];
const SOON_MS = 300, AGAIN_MS = 1000, LOG_ROWS = 2000;
const live = () => document.getElementById("live");
let stream = null, seen = Number(live().dataset.seen ?? 0), connection = null, waiting = null, isAsking = false, isStale = false, isMissed = false;

function connected(state) {
  connection = state;
  const shown = document.getElementById("connection");
  if (shown) [shown.dataset.state, shown.textContent] = [state, state];
}

function cells() {
  return new Map([...document.querySelectorAll("#live tr[id] [data-c]")].map((cell) => [`${cell.parentNode.id} ${cell.dataset.c}`, cell.textContent]));
}

function flash(before) {
  if (!before.size) return;
  for (const cell of document.querySelectorAll("#live tr[id] [data-c]")) {
    if (before.get(`${cell.parentNode.id} ${cell.dataset.c}`) === cell.textContent) continue;
    cell.classList.remove("changed");
    void cell.offsetWidth;  // begins the animation anew
    cell.classList.add("changed");
  }
}

export async function refresh() {
  if (isAsking) { isStale = true; return; }
  isAsking = true;
  try {
    const address = location.href, response = await fetch(address, { headers: { Accept: "text/html" } });
    if (response.status === 404) return location.reload();
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("live");
    if (response.ok && address === location.href) show(fresh);  // else the reader has sorted otherwise meanwhile
  } catch { /* the service is away: the stream says so, and comes back */ } finally {
    isAsking = false;
    if (isStale) { isStale = false; soon(); }
  }
}

function show(fresh) {
  const before = cells(), best = document.querySelector("#live tr.best th a")?.textContent;
  localTimes(fresh);
  Idiomorph.morph(live(), fresh, { morphStyle: "outerHTML" });
  htmx.process(live());
  if (connection) connected(connection);
  flash(before);
  const now = document.querySelector("#live tr.best th a")?.textContent;
  if (now && now !== best) announce(`The best is now ${now}.`);
  document.dispatchEvent(new CustomEvent("refreshed"));
}

function soon() {
  if (document.hidden) isMissed = true;  // nobody looks: once, when somebody does
  else waiting ??= setTimeout(() => { waiting = null; refresh(); }, SOON_MS);
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden || !isMissed) return;
  isMissed = false;
  refresh();
});
document.addEventListener("steered", soon);

function told(event) {
  const number = Number(event.lastEventId);
  if (number <= seen) return;
  seen = number;
  log(number, event.type, JSON.parse(event.data));
  soon();
  document.dispatchEvent(new CustomEvent("told", { detail: event.type }));
  if (FINAL.includes(event.type)) {
    stream.close();
    connected("ended");
    announce(`The search has ${event.type}.`);
  }
}

// The browser reconnects by itself, with the last number that it saw, until it is answered with an error.
function follow() {
  stream?.close();
  const search = live().dataset.search;
  stream = new EventSource(`${base}/v1/searches/${search}/events?after=${seen}`);
  stream.onopen = () => { connected("live"); soon(); };
  for (const kind of KINDS) stream.addEventListener(kind, told);
  stream.onerror = () => {
    connected("reconnecting");
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => { if (!document.hidden) { refresh(); follow(); } }, AGAIN_MS);
  };
}

// A row of the activity, as the server writes it.
function log(number, kind, { time, ...body }) {
  const rows = document.getElementById("log");
  if (!rows) return;
  const log = rows.parentNode, isAtEnd = log.scrollTop + log.clientHeight > log.scrollHeight - 40;
  const row = rows.appendChild(document.createElement("li")), parts = [["number", `${number}`], ["", ""], ["kind", NAMES[kind] ?? kind.replaceAll("_", " ")]];
  row.dataset.number = number;
  for (const [name, text] of parts) {
    const part = row.appendChild(document.createElement(name ? "span" : "time"));
    part.className = name;
    part.textContent = text;
  }
  row.children[1].dateTime = new Date(1000 * time).toISOString();
  row.append(...words(kind, body));
  localTimes(row);
  if (rows.children.length > LOG_ROWS) rows.firstElementChild.remove();
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

const word = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : Array.isArray(value) ? value.join(", ") : value);
const part = ([name, value]) => (value && typeof value === "object" && !Array.isArray(value)
  ? Object.entries(value).map(part).join(" · ") : `${name.replaceAll("_", " ")} ${word(value ?? "–")}`);

// A trial is a link to it.
function words(kind, { trial, tell, ...body }) {
  const isSetDown = kind === "trial_lost" && body.reason === "paused";
  const rest = isSetDown ? "set down (paused)" : Object.entries(body).map(part).join(" · ");
  if (trial === undefined) return [rest];
  const link = document.createElement("a");
  [link.href, link.textContent] = [`${base}/searches/${live().dataset.search}/trials/${trial}`, `trial ${trial}`];
  return [link, isSetDown ? ` ${rest}` : rest && ` · ${rest}`];
}

document.addEventListener("htmx:afterSettle", () => { if (connection) connected(connection); });

const past = document.querySelector(".log");
if (past) past.scrollTop = past.scrollHeight;
if (live().dataset.search && !("final" in live().dataset)) {
  // A browser has six connections to a host, so a page that nobody sees gives its own back; no event is missed by that.
  const look = () => {
    if (document.hidden) stream?.close();
    else if (connection !== "ended") follow();
  };
  look();
  document.addEventListener("visibilitychange", look);
  addEventListener("pagehide", () => stream?.close());
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
(function poll() {
  const seconds = live().dataset.poll;
  setTimeout(() => { if (seconds) soon(); poll(); }, 1000 * (seconds ?? 5));
})();
