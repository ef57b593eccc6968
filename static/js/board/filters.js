// Filters of the board: kept in the URL, applied to every row by its data attributes, so that a live row that does not
// match stays hidden.

const form = document.getElementById("filters");
const clear = form.querySelector("[data-clear]");
const capped = Number(document.getElementById("rows").dataset.capped) > 0;
const me = document.body.dataset.me;

const chosen = () => {
  const data = new FormData(form);
  return { severities: data.getAll("severity"), service: data.get("service"), status: data.get("status"), mine: data.has("mine") };
};

/** Whether the row is assigned to who reads the page. */
export function isMine(row) {
  return me !== "" && row.dataset.people.split(" ").includes(me);
}

/** Offers the services of rows that arrived since the page was made. */
export function offerServices(rows) {
  const select = form.elements.service;
  const offered = new Set([...select.options].map((option) => option.value));
  for (const { dataset: { service } } of rows) {
    if (offered.has(service)) continue;
    offered.add(service);
    select.append(new Option(service, service));
  }
}

/** Whether anything is filtered at all. */
export function isFiltering() {
  const { severities, service, status, mine } = chosen();
  return severities.length > 0 || service !== "" || status !== "" || mine;
}

/** A function that says whether a row passes the filters as they stand now. */
export function filter() {
  const { severities, service, status, mine } = chosen();
  return (row) => (severities.length === 0 || severities.includes(row.dataset.severity))
    && (service === "" || row.dataset.service === service)
    && (status === "" || row.dataset.status === status)
    && (!mine || isMine(row));
}

function toUrl() {
  const query = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")).toString();
  return query ? `?${query}` : location.pathname;
}

/** Calls `apply` whenever the filters change. Beyond the cap only the server knows all rows, so there the page loads anew. */
export function onFilterChange(apply) {
  form.addEventListener("change", () => {
    if (capped) { form.requestSubmit(); return; }
    history.replaceState(null, "", toUrl());
    clear.hidden = !isFiltering();
    apply();
  });
  document.addEventListener("click", (event) => {
    if (capped || !event.target.closest?.("[data-clear]")) return;
    event.preventDefault();
    for (const input of form.querySelectorAll("input")) input.checked = false;
    for (const select of form.querySelectorAll("select")) select.value = "";
    form.dispatchEvent(new Event("change"));
  });
}
