// Pictures of a page: drawn again when the theme changes.
import { isDark } from "./page.js";

async function draw(place) {
  const response = await fetch(`${place.dataset.figure}&theme=${isDark() ? "dark" : "light"}`);
  const answer = await response.json();
  if (!response.ok) {
    place.append(Object.assign(document.createElement("p"), { className: "quiet", textContent: answer.detail }));
    return;
  }
  place.plot ??= place.appendChild(document.createElement("div"));
  await Plotly.react(place.plot, answer.data, answer.layout, { responsive: true, displaylogo: false });
  place.dataset.drawn = "";
}

const places = [...document.querySelectorAll("[data-figure]")];
places.forEach(draw);
document.addEventListener("theme", () => places.filter((place) => place.plot).forEach(draw));
