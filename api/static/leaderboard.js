// Candidates chosen to be compared, also of several searches, and the columns that a reader wants, by kind of search.
const LEAST = 2, MOST = 6;
const byId = (id) => document.getElementById(id);
const key = `chosen columns:${byId("board").dataset.kind}`, search = byId("live").dataset.search;
const boxes = () => [...document.querySelectorAll('#leaderboard input[name="candidate"]')];
const chosen = () => JSON.parse(sessionStorage.getItem("compare") ?? "[]");  // search:number, in the order of choice

function choose(values) {
  sessionStorage.setItem("compare", JSON.stringify(values));
  show();
}

function show() {
  const values = chosen(), searches = new Set(values.map((value) => value.split(":")[0]));
  for (const box of boxes()) box.checked = values.includes(box.value);
  byId("compare").hidden = !values.length;
  byId("chosen-count").textContent = values.length;
  const elsewhere = searches.size > 1 || (searches.size && !searches.has(search));
  byId("chosen-searches").textContent = elsewhere ? ` from ${searches.size} search${searches.size > 1 ? "es" : ""}` : "";
  byId("chosen-values").replaceChildren(...values.map((value) =>
    Object.assign(document.createElement("input"), { type: "hidden", name: "candidate", value })));
  byId("compare-button").disabled = values.length < LEAST || values.length > MOST;
  byId("choose-more").hidden = !byId("compare-button").disabled;
}

document.addEventListener("change", ({ target }) => {
  if (target.name === "candidate") {
    choose([...chosen().filter((value) => value !== target.value), ...(target.checked ? [target.value] : [])]);
  }
  if (target.form?.id !== "column-choice") return;
  const choice = new FormData(target.form);
  localStorage.setItem(key, JSON.stringify([...choice].filter(([name]) => name === "column" || name === "known")));
});
document.addEventListener("click", ({ target }) => {
  if (target.id === "choose-none") choose([]);
  if (target.closest("[data-forget]")) localStorage.removeItem(key);
});
for (const name of ["refreshed", "htmx:afterSettle"]) document.addEventListener(name, show);
addEventListener("pageshow", show);
show();

// An address without columns shows the remembered ones.
const query = new URLSearchParams(location.search), remembered = JSON.parse(localStorage.getItem(key) ?? "[]");
if (remembered.length && !query.has("column")) {
  for (const [name, value] of remembered) query.append(name, value);
  location.replace(`${location.pathname}?${query}`);
}
