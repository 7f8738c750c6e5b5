// Comfort on top of plain forms: keys, a draft of what is typed, a claim that lasts while somebody reads.
// Every page of the desk works without this file.

const DRAFT = "desk draft ";
const DRAFT_DAYS = 30;
const RENEW_SECONDS = 240;
const form = document.querySelector("#decision");
const status = document.createElement("p");
status.setAttribute("role", "status");
status.className = "desk-status";
document.querySelector(".desk, main")?.append(status);

// Storage is refused in some private windows; then there are no drafts, and nothing else is missing.
function stored(name, value) {
  try {
    if (value === undefined) return localStorage.getItem(name);
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    return null;
  }
}

// Keys ---------------------------------------------------------------------------------------------------------------

const keyed = [...document.querySelectorAll("[data-key]")];
const help = document.createElement("dialog");
help.className = "desk-keys";
help.setAttribute("aria-label", "Keys");

function line(key, text) {
  const item = document.createElement("p");
  const shown = document.createElement("kbd");
  shown.textContent = key;
  item.append(shown, ` ${text}`);
  return item;
}

function offerHelp() {
  const label = document.createElement("label");
  const box = document.createElement("input");
  box.type = "checkbox";
  box.checked = stored("desk keys") !== "off";
  box.addEventListener("change", () => stored("desk keys", box.checked ? null : "off"));
  label.append(box, " Single keys are on");
  const close = document.createElement("button");
  close.textContent = "Close";
  close.addEventListener("click", () => help.close());
  for (const button of keyed) help.append(line(button.dataset.key, button.firstChild.textContent.trim()));
  help.append(line("?", "Show these keys"), label, close);
  const open = document.createElement("button");
  open.type = "button";
  open.className = "desk-keys-open";
  open.textContent = "Keys";
  open.addEventListener("click", () => help.showModal());
  document.querySelector(".desk, main")?.append(open, help);
}

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input:not([type=radio]), textarea, select, [contenteditable], dialog");
  if (field || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (stored("desk keys") === "off") return;
  if (event.key === "?") help.showModal();
  const button = keyed.find((one) => one.dataset.key === event.key);
  if (!button || help.open) return;
  event.preventDefault();
  button.click();
});

// The draft: kept per person, review and digest until a decision goes through ----------------------------------------

const typedFields = () => [...form.elements].filter((field) => field.name && field.type !== "hidden" && field.type !== "submit");

function draft() {
  const values = {};
  for (const field of typedFields()) {
    if (field.type === "radio" ? field.checked : field.value) values[field.name] = field.value;
  }
  return values;
}

function keepDraft() {
  const values = draft();
  const empty = Object.keys(values).length === 0;
  stored(DRAFT + form.dataset.draft, empty ? null : JSON.stringify({ at: Date.now(), values }));
}

function restoreDraft() {
  const kept = JSON.parse(stored(DRAFT + form.dataset.draft) ?? "null");
  // What the server sent back is newer than any draft.
  if (!kept || Object.keys(draft()).length > 0) return;
  for (const field of typedFields()) {
    const value = kept.values[field.name];
    if (value === undefined) continue;
    if (field.type === "radio") field.checked = field.value === value;
    else field.value = value;
  }
  status.textContent = "What you typed before is back.";
}

function forgetOldDrafts() {
  try {
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith(DRAFT))) {
      if (JSON.parse(localStorage.getItem(name)).at < Date.now() - DRAFT_DAYS * 864e5) stored(name, null);
    }
  } catch {
    // No storage, no drafts.
  }
}

// A decision that went through leads to a page without the form; one that was refused shows the form again.
function settleSent() {
  const sent = stored("desk sent");
  if (!sent) return;
  stored("desk sent", null);
  if (!form && document.querySelector(".desk-queue")) stored(sent, null);
}

// The claim ----------------------------------------------------------------------------------------------------------

const until = document.querySelector("[data-until]");

function countDown() {
  const minutes = Math.ceil((new Date(until.dateTime) - Date.now()) / 60000);
  until.textContent = minutes > 0 ? `${minutes} min more` : "now: take it again";
}

async function renew() {
  if (document.hidden) return;
  const body = new FormData();
  for (const name of ["csrfmiddlewaretoken", "token"]) body.set(name, form.elements[name].value);
  try {
    const answer = await fetch(form.dataset.renew, { method: "POST", body, redirect: "manual" });
    const told = answer.headers.get("Content-Type") === "application/json" ? await answer.json() : {};
    if (answer.ok) until.dateTime = told.claimed_until;
    else status.textContent = told.message ?? "You are signed out. What you typed stays here; sign in again to go on.";
  } catch {
    status.textContent = "The site cannot be reached. What you typed stays here.";
  }
  countDown();
}

settleSent();
forgetOldDrafts();
offerHelp();
if (form?.dataset.draft) {
  restoreDraft();
  form.addEventListener("input", keepDraft);
  form.addEventListener("submit", (event) => {
    if (event.submitter?.name === "verdict") stored("desk sent", DRAFT + form.dataset.draft);
  });
}
if (until) {
  countDown();
  setInterval(countDown, 20000);
}
if (form?.dataset.renew) setInterval(renew, RENEW_SECONDS * 1000);
