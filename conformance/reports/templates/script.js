"use strict";
(() => {
  const form = document.getElementById("filters");
  const search = document.getElementById("search");
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");
  const chips = [...form.querySelectorAll("[data-filter]")];
  const checks = [...document.querySelectorAll("[data-status]")];
  const groups = [...document.querySelectorAll("[data-group]")];
  const findings = document.getElementById("findings");
  const cards = [...findings.querySelectorAll(".card")];
  const kept = document.getElementById("kept");

  const chosen = (filter) =>
    chips.filter((chip) => chip.dataset.filter === filter && chip.getAttribute("aria-pressed") === "true")
      .map((chip) => chip.dataset.value);

  function apply() {
    const wanted = { status: chosen("status"), level: chosen("level"), provider: chosen("provider") };
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (check) =>
      Object.entries(wanted).every(([name, values]) => !values.length || values.includes(check.dataset[name])) &&
      words.every((word) => check.dataset.search.includes(word));
    for (const check of checks) check.hidden = !fits(check);
    const filtering = words.length > 0 || Object.values(wanted).some((values) => values.length);
    for (const group of groups) {
      group.hidden = !group.querySelector("[data-status]:not([hidden])");
      if (filtering) group.open = true;
    }
    const count = checks.filter((check) => !check.hidden).length;
    none.hidden = count > 0 || !filtering;
    findings.hidden = cards.length > 0 && count > 0 && cards.every((card) => card.hidden);
    if (kept) kept.hidden = groups.every((group) => group.hidden);
    shown.value = filtering ? `${count} of ${checks.length} checks` : `${checks.length} checks`;
    form.querySelector("[type=reset]").hidden = !filtering;
  }

  function reveal(row) {
    for (let node = row; node; node = node.parentElement) if (node.tagName === "DETAILS") node.open = true;
    const own = row.querySelector(":scope > details");
    if (own) own.open = true;
    row.scrollIntoView({ block: "center" });
  }

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      apply();
    });
  }
  search.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    setTimeout(apply);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== search && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape" && document.activeElement === search) {
      search.value = "";
      apply();
    }
  });
  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-row]");
    const row = item && document.getElementById(item.dataset.row);
    if (row) reveal(row);
  });
  if (navigator.clipboard) {
    for (const button of document.querySelectorAll(".copy")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.dataset.copy);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
    }
  }
  form.hidden = false;
  apply();
})();
