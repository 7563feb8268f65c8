// Searches chosen in the list: two to compare, any number to delete.
import { announce, ask, base, complain } from "./page.js";

const byId = (id) => document.getElementById(id);
const chosen = () => [...document.querySelectorAll('#searches input[name="search"]:checked')].map((box) => box.value);

function show() {
  const count = chosen().length;
  if (!byId("chosen")) return;
  byId("chosen").hidden = !count;
  byId("chosen-count").textContent = count;
  byId("compare-button").disabled = count !== 2;
  byId("delete-chosen").textContent = `Delete ${count}`;
}

// One after the other; what is refused stays chosen.
async function remove(ids) {
  const refused = [];
  for (const id of ids) {
    try {
      const answer = await fetch(`${base}/v1/searches/${id}`, { method: "DELETE" });
      if (answer.ok) byId(`choose-${id}`).checked = false;
      else refused.push((await answer.json()).detail);
    } catch {
      refused.push("The service does not answer; try again.");
      break;
    }
  }
  complain(refused.join(" "));
  announce(`${ids.length - refused.length} deleted.`);
  document.dispatchEvent(new CustomEvent("steered"));
  show();
}

document.addEventListener("click", ({ target }) => {
  if (target.id !== "delete-chosen") return;
  const ids = chosen(), what = ids.length === 1 ? "this search" : `these ${ids.length} searches`;
  ask(`Delete ${what} with all trials, pictures and weights? This cannot be undone.`, () => remove(ids));
});
document.addEventListener("reset", () => setTimeout(show));
for (const name of ["change", "refreshed", "htmx:afterSettle"]) document.addEventListener(name, show);
addEventListener("pageshow", show);
show();
