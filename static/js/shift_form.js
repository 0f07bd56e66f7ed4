// Shows the second part of a shift only where it counts: for the kind that is split in two, or where something is
// written there, which the server then asks about.

document.addEventListener("DOMContentLoaded", () => {
  const kind = document.querySelector("#id_kind");
  const inputs = ["#id_resumes_at", "#id_finishes_at"].map((name) => document.querySelector(name));
  if (!(kind instanceof HTMLSelectElement)) return;
  const show = () => {
    const filled = inputs.some((input) => input instanceof HTMLInputElement && input.value !== "");
    for (const input of inputs) {
      input?.closest(".field-line")?.toggleAttribute("hidden", kind.value !== "split" && !filled);
    }
  };
  kind.addEventListener("change", show);
  show();
});
