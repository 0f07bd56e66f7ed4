// Light or dark, in the admin and outside it: as somebody chose in the admin's menu, else as the device says. Loaded in the
// head and no module, so that nothing is painted in the other one first; the block keeps its names to itself.
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  /** @param {string} chosen */
  const show = (chosen) => {
    document.documentElement.classList.toggle("dark", chosen === "dark" || (chosen !== "light" && dark.matches));
  };
  // The admin's theme keeps what was chosen as JSON.
  const showStored = () => show((localStorage.getItem("adminTheme") ?? "").replaceAll('"', ""));

  showStored();
  dark.addEventListener("change", showStored);
  addEventListener("storage", showStored);
  addEventListener("theme", (event) => {
    if (event instanceof CustomEvent) show(event.detail);
  });
}
