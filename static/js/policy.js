// The policy's form: one more row of days, and a length that is greyed out where the clock has an end instead.

const rows = document.getElementById("day-rows");
const form = document.getElementById("policy");

function addRow() {
  const total = form.querySelector('[name="days-TOTAL_FORMS"]');
  const copy = rows.lastElementChild.cloneNode(true);
  for (const element of copy.querySelectorAll("[name], [id], [for]")) {
    for (const name of ["name", "id", "htmlFor"]) {
      if (element[name]) element[name] = element[name].replace(/days-\d+-/, `days-${total.value}-`);
    }
    if (element.matches("input")) element.value = "";
    if (element.matches("select")) element.selectedIndex = 0;
  }
  for (const errors of copy.querySelectorAll(".field-errors")) errors.remove();
  for (const field of copy.querySelectorAll("[aria-invalid]")) {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }
  rows.append(copy);
  total.value = Number(total.value) + 1;
  copy.querySelector("input").focus();
}

function greyOut() {
  for (const unit of form.querySelectorAll("select[name$='_unit']")) {
    const number = form.elements[unit.name.replace(/_unit$/, "")];
    // Not `disabled`: what stands there is kept for when the unit is chosen again.
    number.readOnly = unit.value === "next";
    number.classList.toggle("is-idle", number.readOnly);
  }
}

if (form) {
  document.getElementById("add-day").addEventListener("click", addRow);
  form.addEventListener("change", greyOut);
  greyOut();
}
