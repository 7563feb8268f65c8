// Pictures: each is asked for when it comes into view, and drawn by plotly. Those of a search that runs are drawn
// again while it goes on and they are in view of someone, unless the reader is moving their slider.
import { isDark } from "./page.js";

const AGAIN_MS = 4000, ENOUGH = "300px";
const CONFIG = { responsive: true, displaylogo: false };
const drawn = new Map();  // by figure: { plot, layout }

async function get(address) {
  const response = await fetch(address);
  if (!response.ok) throw new Error((await response.json()).detail);
  return response.json();
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// The address of what a figure shows now: of what the reader chose, in the page's colours.
function address(figure) {
  const query = new URLSearchParams({ theme: isDark() ? "dark" : "light" }), of = figure.querySelector("select");
  if (of) query.set("of", of.value);
  return `${figure.dataset.figure}${figure.dataset.figure.includes("?") ? "&" : "?"}${query}`;
}

const slider = (plot) => plot.layout?.sliders?.[0]?.active;
const isPlayed = (figure) => drawn.has(figure) && slider(drawn.get(figure).plot) !== drawn.get(figure).active;

async function draw(figure) {
  const plot = figure.querySelector(".plot"), words = figure.querySelector(".words"), asked = address(figure);
  try {
    const found = await get(asked);
    if (asked !== address(figure) || !figure.contains(plot)) return;  // another choice has been made meanwhile
    const isEmpty = !found.data.length;
    words.hidden = !isEmpty;
    words.textContent = isEmpty ? found.layout.title?.text ?? "Nothing to show yet." : "";
    plot.hidden = isEmpty;
    figure.toggleAttribute("data-full", !isEmpty);
    if (isEmpty) return;
    await Plotly.react(plot, { data: found.data, layout: found.layout, frames: found.frames ?? [], config: CONFIG });
    drawn.set(figure, { plot, active: slider(plot) });
    figure.querySelector("a").href = asked;
  } catch (error) {
    if (drawn.has(figure)) return;
    words.hidden = false;
    words.textContent = error.message;
    plot.hidden = true;
  } finally {
    figure.dataset.drawn = "";
  }
}

// Figures within sight, and those that no longer show what is: drawn (again) while someone looks at them.
const near = new Set(), stale = new Set();

async function refresh() {
  for (const figure of [...stale]) {
    if (document.hidden) return;
    if (near.has(figure) && stale.delete(figure)) await draw(figure);
  }
}

const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) isIntersecting ? near.add(target) : near.delete(target);
  refresh();
}, { rootMargin: ENOUGH });

function prepare(figure, title, of = []) {
  const before = figure.querySelector("select")?.value;
  const id = `figure-${figure.dataset.figure.replaceAll(/[^\w-]/g, "-")}`;
  const caption = element("figcaption", {}, element("h2", { id, textContent: title }));
  if (of.length > 1) {
    const select = element("select", {}, ...of.map((name) => element("option", { value: name, textContent: name.replaceAll("_", " ") })));
    if (of.includes(before)) select.value = before;
    select.addEventListener("change", () => draw(figure));
    caption.append(element("label", {}, "of ", select));
  } else if (of.length) {
    caption.append(element("select", { hidden: true }, element("option", { value: of[0] })));
  }
  caption.append(element("a", { href: figure.dataset.figure, textContent: "JSON", className: "small", ariaLabel: `${title}: its data as JSON` }));
  figure.setAttribute("aria-labelledby", id);
  const plot = element("div", { className: "plot" });
  plot.setAttribute("role", "group");
  plot.setAttribute("aria-label", `${title}: a picture; its numbers are in the JSON`);
  drawn.delete(figure);
  figure.replaceChildren(caption, plot, element("p", { className: "words quiet", hidden: true }));
  stale.add(figure);
  sight.observe(figure);
}

// What there is now: of a search that runs, kinds and what they can be of come, and some go.
async function list(place) {
  const own = (kind) => place.querySelector(`[data-kind="${kind}"]`);
  try {
    const { figures } = await get(place.dataset.figures), kinds = figures.map(({ kind }) => kind);
    for (const { kind, title, of } of figures) {
      const figure = own(kind) ?? place.appendChild(element("figure")), offered = JSON.stringify(of);
      if (figure.dataset.of === offered) continue;
      Object.assign(figure.dataset, { kind, of: offered, figure: `${place.dataset.figures}/${kind}` });
      prepare(figure, title, of);
    }
    for (const child of [...place.children]) if (!kinds.includes(child.dataset.kind)) remove(child);
  } catch (error) {
    isListStale = true;
    if (!place.querySelector("figure")) place.replaceChildren(element("p", { textContent: error.message }));
  }
  place.setAttribute("aria-busy", "false");
}

function remove(child) {
  for (const known of [near, stale, drawn]) known.delete(child);
  sight.unobserve(child);
  child.remove();
}

let waiting = null, isListStale = false;
const places = document.querySelectorAll("[data-figures]");
places.forEach(list);
document.querySelectorAll("figure[data-figure]").forEach((figure) => prepare(figure, figure.dataset.title));

function again() {
  if (document.hidden) return;
  if (isListStale) {
    isListStale = false;
    places.forEach(list);
  }
  refresh();
}

document.addEventListener("told", () => {
  waiting ??= setTimeout(() => {
    waiting = null;
    isListStale = true;
    for (const figure of document.querySelectorAll("figure[data-drawn]")) if (!isPlayed(figure)) stale.add(figure);
    again();
  }, AGAIN_MS);
});
document.addEventListener("visibilitychange", again);
document.addEventListener("theme", () => {
  document.querySelectorAll("figure[data-drawn]").forEach((figure) => stale.add(figure));
  refresh();
});
