// The page: plain JavaScript on the public routes. Text goes in as text, never as HTML.
const EVENTS = ["submitted", "claimed", "trial_asked", "trial_started", "report", "trial_done", "trial_failed",
  "trial_lost", "trial_pruned", "trial_cancelled", "pausing", "paused", "resumed", "cancelling", "cancelled", "succeeded", "failed"];
const LIST_MS = 2000, REDRAW_MS = 300;
const byId = (id) => document.getElementById(id);
let selected = null, stream = null, pending = null, shown = new Map();

async function get(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Error((await response.json()).detail);
  return response.json();
}

function cell(row, text) {
  const td = row.insertCell();
  td.textContent = text;
  return td;
}

const percent = (e, interval = true) =>
  !e ? "" : (100 * e.mean).toFixed(2) + (interval && e.ci95 !== null ? " ± " + (100 * e.ci95).toFixed(2) : "");
const number = (e, digits, scale = 1) => (e ? (scale * e.mean).toFixed(digits) : "");
const plain = (e, interval = true) => number(e, 2) + (e && interval && e.ci95 !== null ? " ± " + e.ci95.toFixed(2) : "");
const scores = (m) => ("accuracy/validation" in m ? [m["accuracy/validation"], m["accuracy/test"], percent]
  : [m["memory_capacity/validation"], m["memory_capacity/test"], plain]);

const brief = (value) => (typeof value === "number" ? Number(value.toPrecision(3)) : value);
const field = ([name, v]) => (name === "samples" ? `${v.length} samples` : `${name} ${[v].flat().map(brief).join("/")}`);
const described = (value) => (value?.family
  ? `${value.family} (${Object.entries(value).filter(([name]) => name !== "family").map(field).join(", ")})` : brief(value));

const signed = (value) => (value > 0 ? "+" : "") + value.toFixed(1);

async function list() {
  const { searches } = await get("/v1/searches");
  byId("none").hidden = searches.length > 0;
  byId("searches").hidden = searches.length === 0;
  const body = byId("searches").tBodies[0];
  body.replaceChildren(...searches.map((s) => {
    const row = document.createElement("tr");
    const link = document.createElement("a");
    link.href = "#" + s.id;
    link.textContent = s.name || s.id;
    row.insertCell().append(link);
    cell(row, s.state);
    cell(row, `${Math.round(100 * s.progress.fraction)} % (${s.progress.done}/${s.progress.total} trials)`);
    cell(row, s.kind);
    cell(row, new Date(s.created).toLocaleString());
    row.setAttribute("aria-selected", s.id === selected);
    row.onclick = () => { location.hash = s.id; };
    return row;
  }));
  if (!selected && searches.length) location.hash = searches[0].id;
}

function select() {
  selected = location.hash.slice(1) || null;
  stream?.close();
  shown = new Map();
  byId("search").hidden = !selected;
  if (!selected) return;
  stream = new EventSource(`/v1/searches/${selected}/events`);
  for (const kind of EVENTS) stream.addEventListener(kind, redrawSoon);
  redraw();
}

function redrawSoon() {
  pending ??= setTimeout(() => { pending = null; redraw(); }, REDRAW_MS);
}

async function redraw() {
  const id = selected;
  try {
    const [search, board] = await Promise.all([get(`/v1/searches/${id}`), get(`/v1/searches/${id}/leaderboard`)]);
    if (id !== selected) return;
    drawStatus(search);
    drawBoard(board);
    if (["succeeded", "failed", "cancelled"].includes(search.state)) stream.close();
    for (const [place, name] of figures(search)) {
      const figure = await get(`/v1/searches/${id}/figures/${name}`);
      if (id !== selected) return;
      if (figure.data.length) Plotly.react(place, figure.data, figure.layout, { responsive: true, displaylogo: false });
      else Plotly.purge(place);
    }
  } catch (error) {
    byId("error").hidden = false;
    byId("error").textContent = error.message;
  }
}

// Places and names of a search's pictures; places of distributions are made for as many as it has.
function figures(search) {
  const of = Object.entries(search.spec.space ?? {}).filter(([, d]) => d.type === "distribution").map(([name]) => name);
  const places = of.map((name) => Object.assign(document.createElement("div"), { id: `distribution-${name}` }));
  const kept = [...byId("distributions").children].map((place) => place.id);
  if (kept.join() !== places.map((place) => place.id).join()) byId("distributions").replaceChildren(...places);
  const learned = { neuron_placement: "alpha", polynomial_degree: "polynomials" }[search.kind];
  byId("learned").hidden = !learned;
  return [...(learned ? [["learned", learned]] : []), ["best-so-far", "best-so-far"],
    ...of.map((name) => [`distribution-${name}`, `distributions?of=${encodeURIComponent(name)}`])];
}

function drawStatus(search) {
  const p = search.progress;
  byId("search-title").textContent = search.name || search.id;
  byId("status").textContent = `${search.state}: ${p.done} of ${p.total} trials done, ${p.running} running` +
    (p.failed ? `, ${p.failed} failed` : "") + (search.health ? `; surrogate: ${search.health}` : "");
  byId("progress").value = p.fraction;
  byId("error").hidden = !search.error;
  byId("error").textContent = search.error ?? "";
  const actions = { queued: ["pause", "cancel"], running: ["pause", "cancel"], paused: ["resume", "cancel"] };
  for (const action of actions[search.state] ?? []) {
    const button = document.createElement("button");
    button.textContent = action;
    button.onclick = () => fetch(`/v1/searches/${search.id}/${action}`, { method: "POST" });
    byId("status").append(button);
  }
}

function drawBoard(board) {
  const body = byId("leaderboard").tBodies[0];
  const compressed = board.rows.some((r) => "compressed_accuracy/validation" in r.metrics);
  byId("compressed").hidden = !compressed;
  const capacity = board.rows.some((r) => "memory_capacity/validation" in r.metrics);
  byId("validation").textContent = capacity ? "memory capacity" : "validation %";
  byId("test").textContent = capacity ? "test" : "test %";
  byId("what").textContent = board.rows.some((r) => Object.keys(r.point).length) ? "values" : "neurons, from the input";
  body.replaceChildren(...board.rows.map((r) => {
    const row = document.createElement("tr");
    const m = r.metrics, [validation, test, shownAs] = scores(m);
    cell(row, r.rank);
    cell(row, r.violates.length ? `${r.label} (violates ${r.violates.join(", ")})` : r.label);
    const neurons = row.insertCell();
    for (const name of r.placement) {
      const badge = document.createElement("span");
      badge.className = `neuron ${name}`;
      badge.textContent = name.toUpperCase();
      neurons.append(badge);
    }
    if (Object.keys(r.point).length) neurons.className = "what";
    neurons.append(Object.entries(r.point).map(([name, value]) => `${name} ${described(value)}`).join(", "));
    cell(row, shownAs(validation));
    cell(row, shownAs(test, false));
    cell(row, percent(m["compressed_accuracy/validation"], false)).hidden = !compressed;
    cell(row, `${validation.n}/${board.seeds}`).className = "seeds";
    cell(row, number(m.energy, 0, 1e9) + (r.energy_overhead ? ` (${signed(100 * r.energy_overhead)} %)` : ""));
    cell(row, number(m.firing_rate, 3));
    cell(row, number(m.sops, 0));
    cell(row, number(m.seconds, 1));
    if (r.origin === "searched") row.classList.add("searched");
    const before = shown.get(r.candidate);
    if (shown.size && before !== `${r.rank}/${validation.n}`) row.classList.add("changed");
    return row;
  }));
  shown = new Map(board.rows.map((r) => [r.candidate, `${r.rank}/${scores(r.metrics)[0].n}`]));
  byId("empty").hidden = board.rows.length > 0;
  byId("conclusion").textContent = board.conclusion?.sentence ?? "";
  const searching = board.search_seconds ? `${board.search_seconds.toFixed(1)} s of searching (super network), ` : "";
  const ranks = board.objective === "accuracy/validation" ? "Validation accuracy" : board.objective;
  byId("cost").textContent = board.retrain_seconds || board.search_seconds
    ? `Training time: ${searching}${board.retrain_seconds.toFixed(1)} s${searching ? " of retraining" : ""}. ` +
      `${searching ? "◆ marks the searched placement. " : ""}${ranks} ranks, ± is the 95 % interval over seeds; ` +
      `${capacity ? "" : "energy is compared with all LIF; "}test is reported and never ranks.`
    : "";
}

window.addEventListener("hashchange", () => { select(); list(); });
select();
list();
setInterval(list, LIST_MS);
