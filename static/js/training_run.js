// A training run's page while the run works: asks every two seconds, and loads the page again when it has ended.

const EVERY = 2000;
const run = document.getElementById("run");
const at = (id) => document.getElementById(id);

async function ask() {
  try {
    const response = await fetch(run.dataset.url, { credentials: "same-origin", cache: "no-store" });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

function show(progress) {
  // Spoken by screen readers only when it changes.
  if (at("run-state").textContent !== progress.label) at("run-state").textContent = progress.label;
  at("run-progress").value = progress.percent;
  at("run-count").textContent = progress.count;
  at("run-loss").textContent = progress.loss;
  at("run-epochs").textContent = progress.epochs;
  at("run-line").setAttribute("points", progress.line);
  run.querySelector(".run-loss").hidden = !progress.line;
  [...run.querySelectorAll(".run-steps li")].forEach((item, index) => {
    item.className = `is-${progress.steps[index].how}`;
    item.toggleAttribute("aria-current", progress.steps[index].how === "now");
  });
}

async function follow() {
  const progress = document.hidden ? null : await ask();
  if (progress && !progress.open) return location.reload();
  if (progress) show(progress);
  setTimeout(follow, EVERY);
}

if (run?.dataset.open === "1") follow();
