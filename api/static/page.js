// What every page has: the theme's button, questions before destructive actions, problems, and local times.
// The path below which the service lies; "" at the top of a host.
export const base = new URL("..", import.meta.url).pathname.slice(0, -1);

const byId = (id) => document.getElementById(id);
const system = matchMedia("(prefers-color-scheme: dark)");
export const isDark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";

function showTheme() {
  byId("theme").setAttribute("aria-pressed", isDark());
  document.dispatchEvent(new CustomEvent("theme"));
}

byId("theme").addEventListener("click", () => {
  const theme = isDark() ? "light" : "dark";
  localStorage.setItem("theme", theme);
  document.documentElement.dataset.theme = theme;
  showTheme();
});
system.addEventListener("change", showTheme);
showTheme();

// <button data-method="DELETE" data-address="..." data-confirm="Delete it?" data-leave="/">: asked in a dialog, done by
// the API, whose answer is JSON and goes nowhere; data-leave is where to go when it is done at once (and not 202).
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-method]");
  if (button) ask(button.dataset.confirm, () => act(button.dataset));
});

export function ask(question, then) {
  if (!question) { then(); return; }
  byId("confirm-question").textContent = question;
  byId("confirm").returnValue = "";
  byId("confirm").addEventListener("close", () => { if (byId("confirm").returnValue === "yes") then(); }, { once: true });
  byId("confirm").showModal();
}

async function act({ method, address, leave }) {
  complain("");
  try {
    const answer = await fetch(address, { method });
    if (answer.ok && answer.status !== 202 && leave) location.assign(leave);
    else if (answer.ok) document.dispatchEvent(new CustomEvent("steered"));
    else refused(answer.status, answer.headers.get("Content-Type"), await answer.text());
  } catch {
    complain("The service does not answer; try again.");
  }
}

// Refusals are problem details.
function refused(status, type, text) {
  complain(type?.includes("problem+json") ? JSON.parse(text).detail : `The service answered ${status}.`);
}

export function complain(text) {
  byId("problem").hidden = !text;
  byId("problem").textContent = text;
}

document.addEventListener("htmx:responseError", ({ detail: { xhr } }) =>
  refused(xhr.status, xhr.getResponseHeader("Content-Type"), xhr.responseText));
document.addEventListener("htmx:sendError", () => complain("The service does not answer; try again."));
document.addEventListener("htmx:beforeRequest", () => complain(""));

// Morphing keeps what the reader has opened or chosen.
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
  !((name === "open" && ["DETAILS", "DIALOG"].includes(node.tagName)) ||
    (name === "checked" && node.hasAttribute("data-kept")));

export function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const shown = new Date(time.dateTime), isLogged = time.closest(".log");
    time.title = time.dateTime;
    time.textContent = shown.toLocaleString(undefined, isLogged ? { dateStyle: "short", timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" });
  }
}
localTimes(document);
document.addEventListener("htmx:afterSettle", (event) => localTimes(event.target));

// <button data-copy="ID">: without a clipboard (a page over plain HTTP) the text is selected instead.
document.addEventListener("click", async ({ target }) => {
  const source = byId(target.dataset?.copy ?? "");
  if (!source) return;
  getSelection().selectAllChildren(source);
  await navigator.clipboard?.writeText(source.textContent);
  announce(navigator.clipboard ? "Copied." : "Selected; copy it with your keyboard.");
  target.textContent = navigator.clipboard ? "Copied" : "Selected";
});

// <div data-retry="3">: an error that may pass.
const retry = document.querySelector("[data-retry]");
if (retry) setTimeout(() => location.reload(), 1000 * retry.dataset.retry);

// Why searches wait, such as that no runner lives.
async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(`${base}/v1/status`);
    if (!answer.ok) return;
    const { reason } = (await answer.json()).runner;
    byId("waiting").hidden = !reason;
    byId("waiting").textContent = reason ?? "";
  } catch { /* the service is away, which the page shows elsewhere */ }
}
setInterval(look, 5000);
if ("unknown" in byId("waiting").dataset) look();

export function announce(sentence) {
  byId("announcement").textContent = sentence;
}

// Addresses of earlier versions: /#ID
if (location.pathname === `${base}/` && /^#[0-9a-f-]{36}$/.test(location.hash)) {
  location.replace(`${base}/searches/${location.hash.slice(1)}`);
}

// Where a table goes on beyond its edge there is a shadow.
function shade(box) {
  const left = box.scrollLeft > 1, right = box.scrollLeft + box.clientWidth < box.scrollWidth - 1;
  const said = [left && "left", right && "right"].filter(Boolean).join(" ");
  if (box.dataset.more !== said) box.dataset.more = said;
}
const shadeAll = () => document.querySelectorAll(".scroll").forEach(shade);
document.addEventListener("scroll", ({ target }) => { if (target.matches?.(".scroll")) shade(target); }, true);
for (const name of ["refreshed", "htmx:afterSettle"]) document.addEventListener(name, shadeAll);
addEventListener("resize", shadeAll);
shadeAll();
