// Candidates chosen to be compared, and the columns that a reader wants, remembered by kind of search.
const LEAST = 2, MOST = 6;
const byId = (id) => document.getElementById(id);
const key = `columns:${byId("board").dataset.kind}`;
const boxes = () => [...document.querySelectorAll('#leaderboard input[name="candidate"]')];

function count() {
  const number = boxes().filter((box) => box.checked).length;
  byId("compare").hidden = !number;
  byId("chosen-count").textContent = number;
  byId("compare-button").disabled = number < LEAST || number > MOST;
  byId("choose-more").hidden = !byId("compare-button").disabled;
}

document.addEventListener("change", ({ target }) => {
  if (target.name === "candidate") count();
  if (target.form?.id !== "column-choice") return;
  localStorage.setItem(key, JSON.stringify(new FormData(target.form).getAll("column")));
});
document.addEventListener("click", ({ target }) => {
  if (target.id === "choose-none") boxes().forEach((box) => { box.checked = false; });
  if (target.id === "choose-none") count();
  if (target.closest("[data-forget]")) localStorage.removeItem(key);
});
for (const name of ["refreshed", "htmx:afterSettle"]) document.addEventListener(name, count);
count();

// An address without columns shows the remembered ones.
const query = new URLSearchParams(location.search), remembered = JSON.parse(localStorage.getItem(key) ?? "[]");
if (remembered.length && !query.has("column")) {
  for (const column of remembered) query.append("column", column);
  location.replace(`${location.pathname}?${query}`);
}
