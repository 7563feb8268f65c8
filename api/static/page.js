// What every page has: the theme's button, questions before destructive actions, problems, and local times.
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

// <button hx-delete="..." hx-confirm="Delete it?">: asked in a dialog.
document.addEventListener("htmx:confirm", (event) => {
  if (!event.detail.question) return;
  event.preventDefault();
  byId("confirm-question").textContent = event.detail.question;
  byId("confirm").returnValue = "";
  byId("confirm").addEventListener("close", () => {
    if (byId("confirm").returnValue === "yes") event.detail.issueRequest(true);
  }, { once: true });
  byId("confirm").showModal();
});

export function complain(text) {
  byId("problem").hidden = !text;
  byId("problem").textContent = text;
}

// Refusals are problem details.
document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
  const isProblem = xhr.getResponseHeader("Content-Type")?.includes("problem+json");
  complain(isProblem ? JSON.parse(xhr.responseText).detail : `The service answered ${xhr.status}.`);
});
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

// <button data-leave="/">: where to go when what was asked is done at once.
document.addEventListener("htmx:afterRequest", ({ detail: { elt, xhr } }) => {
  if (xhr.status === 204 && elt.dataset.leave) location.assign(elt.dataset.leave);
});

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

export function announce(sentence) {
  byId("announcement").textContent = sentence;
}

// Addresses of earlier versions: /#ID
if (location.pathname === "/" && /^#[0-9a-f-]{36}$/.test(location.hash)) {
  location.replace(`/searches/${location.hash.slice(1)}`);
}
