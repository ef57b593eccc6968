// Runs before the first paint. Tells CSS that scripts run, and tells Tabler which theme «as the device» means now.
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const asked = root.dataset.themeChoice;
  const remembered = () => {
    try { return localStorage.getItem("theme") || "auto"; } catch { return "auto"; }
  };
  const choice = asked === "remembered" ? remembered() : asked;
  root.dataset.themeChoice = choice;
  try { localStorage.setItem("theme", choice); } catch { /* storage is forbidden: sign-in then follows the device */ }
  const device = matchMedia("(prefers-color-scheme: dark)");
  const apply = () => {
    root.dataset.bsTheme = choice === "auto" ? (device.matches ? "dark" : "light") : choice;
  };
  apply();
  device.addEventListener("change", apply);
})();
