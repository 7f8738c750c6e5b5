// Comfort on top of plain forms: keys, a draft of what is typed, a claim that lasts while somebody reads.
// Every page of the desk works without this file.

const DRAFT = "desk draft ";
const DRAFT_DAYS = 30;
const RENEW_SECONDS = 240;
const form = document.querySelector("#decision");

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

function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

// What is told stands in the bar, where it covers nothing.
const told = made("p", { className: "told", role: "status" });
const verdicts = document.querySelector(".bar .verdicts");
if (verdicts) verdicts.before(told);
else (document.querySelector(".bar") ?? document.body).append(told);

// A status that stands in the page from the start is read by nobody; one that changes is announced.
const said = document.querySelector(".said");
if (said?.children.length) {
  setTimeout(() => {
    if (!said.contains(document.activeElement)) said.append(...said.children);
  }, 400);
}
for (const element of document.querySelectorAll("[data-scripted]")) element.hidden = false;

let fading;

function tell(words, seconds) {
  told.textContent = words;
  clearTimeout(fading);
  if (seconds) fading = setTimeout(tell, seconds * 1000, "");
}

// Keys: single characters act outside fields only, and can be switched off (WCAG 2.1.4) ------------------------------

const keyed = [...document.querySelectorAll("[data-key]")];
const nameOf = (one) => one.dataset.does ?? one.firstChild.textContent.trim();
const isShut = (one) => one.hidden || one.closest("details:not([open]) > .choices") !== null;
const keysAreOn = () => stored("desk keys") !== "off";
const showKeys = () => document.documentElement.classList.toggle("keys", keysAreOn());

function offerHelp() {
  const box = made("input", { type: "checkbox", checked: keysAreOn() });
  box.addEventListener("change", () => {
    stored("desk keys", box.checked ? null : "off");
    showKeys();
  });
  const line = (key, words) => made("p", {}, made("kbd", { textContent: key }), words);
  const close = made("button", { type: "button", textContent: "Close" });
  const help = made(
    "dialog",
    { ariaLabel: "Keys" },
    made("h2", { textContent: "Keys" }),
    ...keyed.filter((button) => !button.hidden).map((button) => line(button.dataset.key, nameOf(button))),
    ...(questions.length ? [line("p", "Pass, and on to the next question"), line("f", "Fail"), line("-", "Not applicable"), line("e", "Remark or link beside the question")] : []),
    ...(findings.length ? [line("i", "Next finding"), line("o", "Overrule it, where it blocks")] : []),
    ...(ticks.length ? [line("b", "Next of its own checklist that is not ticked; the space bar ticks it")] : []),
    ...(document.querySelector(".thread") ? [line("t", "Next thread"), line("w", "Answer in it"), line("r", "Resolve or reopen it")] : []),
    ...(document.querySelector("[data-send]") ? [line("Ctrl+Enter", "In a field: press the button that stands with it")] : []),
    line("?", "Show these keys"),
    made("label", {}, box, " Single keys are on"),
    close,
  );
  const open = made("button", { type: "button", className: "plain", textContent: "Keys" });
  close.addEventListener("click", () => help.close());
  open.addEventListener("click", () => help.showModal());
  document.querySelector("[data-tools]").append(open);
  document.body.append(help);
  return help;
}

// Where the evidence scrolls by itself only it moves, so that nobody loses the place in the text.
function reach(element) {
  const box = element.closest(".evidence");
  const scrolls = box && getComputedStyle(box).overflowY === "auto" && box.scrollHeight > box.clientHeight;
  if (box && getComputedStyle(box).position === "sticky") element.focus({ preventScroll: true });
  else element.focus();
  if (!scrolls) return;
  const [outer, inner] = [box.getBoundingClientRect(), (element.closest("fieldset") ?? element).getBoundingClientRect()];
  if (inner.top < outer.top + 16) box.scrollTop -= outer.top - inner.top + 16;
  else if (inner.bottom > outer.bottom - 16) box.scrollTop += inner.bottom - outer.bottom + 16;
}

// Answers: one key answers the question that has the focus, else the first open one, and goes on to the next ----------

const ANSWER_KEYS = { p: "pass", f: "fail", "-": "na" };
const questions = form ? [...form.querySelectorAll("fieldset")] : [];
const findings = [...document.querySelectorAll(".findings > li")];
const ticks = [...document.querySelectorAll(".ticks [type=checkbox]")];
const isOpen = (question) => !question.querySelector(":checked");
const openAfter = (question) => {
  const place = questions.indexOf(question) + 1;
  return [...questions.slice(place), ...questions.slice(0, place)].find(isOpen);
};

function markQuestion() {
  const now = document.activeElement?.closest?.("#decision fieldset") ?? openAfter();
  for (const question of questions) question.classList.toggle("now", question === now);
}

function answer(value) {
  const question = document.activeElement.closest("#decision fieldset") ?? openAfter();
  if (!question) {
    tell("Every question has its answer. Tab to one to change it.", 6);
    return;
  }
  const given = question.querySelector(`[value=${value}]`);
  given.checked = true;
  given.dispatchEvent(new Event("input", { bubbles: true }));
  const next = openAfter(question);
  reach(next ? next.querySelector("[type=radio]") : given);
  if (!next) tell("Every question has its answer.", 6);
  markQuestion();
}

// Passing what is open together is one act, which the decision keeps; a question that is answered by itself is no part of
// it any more.
function passOpen(event) {
  event.preventDefault();
  const open = questions.filter(isOpen);
  const passed = open.map((question) => question.querySelector("[value=pass]"));
  for (const given of passed) given.checked = true;
  const { together } = form.elements;
  together.value = [together.value, ...passed.map((given) => given.name.replace("answer_", ""))].join(" ").trim();
  together.dispatchEvent(new Event("input", { bubbles: true }));
  reach(document.querySelector("[name=verdict][value=approve]"));
  const words = open.length === 0 ? "Every question has its answer" : `${open.length === 1 ? "One question" : `${open.length} questions`} passed together`;
  tell(`${words}. Approve: press Enter to confirm.`, 6);
}

function answeredByItself({ target }) {
  if (!target.matches?.("#decision fieldset [type=radio]")) return;
  const { together } = form.elements;
  together.value = together.value.split(" ").filter((id) => `answer_${id}` !== target.name).join(" ");
}

document.querySelector("[data-pass]")?.addEventListener("click", passOpen);

// Beside the text: from one to the next, and to what can be typed about it --------------------------------------------

const findingNow = () => findings.indexOf(document.activeElement.closest(".findings > li"));
const BESIDE = {
  e: () => {
    const question = document.activeElement.closest("#decision fieldset") ?? openAfter() ?? questions[0];
    const remark = question?.querySelector("details");
    if (remark) remark.open = true;
    return remark?.querySelector("input");
  },
  i: () => findings[findingNow() + 1] ?? findings[0],
  o: () => [...findings.slice(Math.max(findingNow(), 0)), ...findings].map((finding) => finding.querySelector(".overrule input")).find(Boolean),
  b: () => {
    const place = ticks.indexOf(document.activeElement) + 1;
    return [...ticks.slice(place), ...ticks.slice(0, place)].find((tick) => !tick.checked);
  },
};

function goBeside(key) {
  const there = BESIDE[key]();
  if (there) reach(there);
  return Boolean(there);
}

// Ctrl and Enter in a field press the button that stands with it, and no other: what is typed is sent from the field.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.repeat) return;
  const button = event.target.closest("form:not(#decision), details, .choices")?.querySelector("[data-send]");
  if (!button || !event.target.matches("input, textarea, select")) return;
  event.preventDefault();
  button.click();
});

// Changes: from one to the next, beginning with the one that has the focus, else at the top of what is seen ------------

// Words that are selected are what "Find all like this" looks for.
document.querySelector("[data-find]")?.addEventListener("click", (event) => {
  const address = new URL(event.currentTarget.href);
  const words = String(getSelection()).trim().slice(0, 500);
  if (!words) return;
  address.searchParams.set("phrase", words);
  event.currentTarget.href = address;
});

const changes = [...document.querySelectorAll("[data-change]")];

function goToChange(step) {
  for (const box of document.querySelectorAll("details.difference:not([open])")) box.open = box.querySelector("[data-change]") !== null;
  const here = changes.indexOf(document.activeElement.closest("[data-change]"));
  const below = changes.findIndex((change) => change.getBoundingClientRect().top > 0);
  const first = below < 0 ? changes.length : below;
  const place = here < 0 ? (step > 0 ? first : first - 1) : here + step;
  const change = changes[place];
  if (!change) {
    tell(step > 0 ? "That was the last change." : "That was the first change.", 6);
    return;
  }
  change.focus();
  tell(change.ariaLabel, 6);
}

// A verdict takes two keys, the second being Enter on its button: nobody decides by brushing a key. What opens leads
// to its first choice, and Escape leads back.
function press(button) {
  const first = button.matches("summary") && button.parentElement.querySelector("[data-first]");
  if (first) {
    button.parentElement.open = true;
    reach(first);
    return;
  }
  if (button.matches("select")) {
    reach(button);
    return;
  }
  if (button.name !== "verdict" && !("confirm" in button.dataset)) {
    button.click();
    return;
  }
  if (button.name !== "verdict") {
    reach(button);
    tell(`${button.firstChild.textContent.trim()}: press Enter to confirm.`, 6);
    return;
  }
  const note = form.elements.note;
  const needsNote = "note" in button.dataset && note.value.trim() === "";
  reach(needsNote ? note : button);
  const words = button.firstChild.textContent.trim();
  tell(needsNote ? `${words}: say in the note what is wrong.` : `${words}: press Enter to confirm.`, 6);
}

document.querySelector("[data-key=j]")?.addEventListener("click", () => goToChange(1));
document.querySelector("[data-key=k]")?.addEventListener("click", () => goToChange(-1));
const help = offerHelp();
showKeys();
document.querySelector(".part-with")?.addEventListener("keydown", (event) => {
  const details = event.target.closest("details[open]");
  if (event.key !== "Escape" || !details) return;
  details.open = false;
  details.querySelector("summary").focus();
});
document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], dialog");
  if (field || event.ctrlKey || event.metaKey || event.altKey || event.repeat || !keysAreOn()) return;
  const button = keyed.find((one) => one.dataset.key === event.key && !isShut(one));
  const value = questions.length ? ANSWER_KEYS[event.key] : undefined;
  const isGone = !button && !value && event.key in BESIDE && goBeside(event.key);
  if (!button && !value && !isGone && event.key !== "?") return;
  event.preventDefault();
  if (button) press(button);
  else if (value) answer(value);
  else if (!isGone) help.showModal();
});

// The draft: kept per person, review and digest until a decision goes through ----------------------------------------

const typedFields = () =>
  [...form.elements].filter(
    (field) =>
      field.matches("textarea, select, [type=text], [type=radio], [type=checkbox], [name=together]") &&
      !field.closest(".part-with"),
  );

function draft() {
  const values = {};
  for (const field of typedFields()) {
    if (field.matches("[type=radio], [type=checkbox]") ? field.checked : field.value) values[field.name] = field.value;
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
  // What the server sent back is newer than any draft, where a list has a value whatever was typed; what it took from an
  // undone decision is older.
  const refilled = "refilled" in form.dataset;
  if (!kept || (!refilled && typedFields().some((field) => field.name in draft() && !field.matches("select")))) return;
  forgetSent(kept.values);
  if (Object.keys(kept.values).length === 0) return;
  for (const field of typedFields()) {
    const value = kept.values[field.name] ?? (refilled ? "" : undefined);
    if (value === undefined) continue;
    if (field.matches("[type=radio], [type=checkbox]")) field.checked = field.value === value;
    else field.value = value;
    field.closest("details")?.setAttribute("open", "");
  }
  tell("What you typed before is back.", 6);
}

// A comment that stands on the page was sent.
function forgetSent(values) {
  const sent = [...document.querySelectorAll("[data-mine]")].map((one) => one.textContent.trim());
  for (const name of Object.keys(values)) {
    if (!/^say(-|$)/.test(name) || !sent.includes(values[name].trim())) continue;
    delete values[name];
    if (name === "say") for (const place of ["part", "quote"]) delete values[place];
  }
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

// The page that comes after a decision that went through names its draft; one that was refused shows the form again.
function forgetSettled() {
  for (const { dataset } of document.querySelectorAll("[data-settled]")) stored(DRAFT + dataset.settled, null);
}

// The claim ----------------------------------------------------------------------------------------------------------

const until = document.querySelector("[data-until]");

function countDown() {
  const minutes = Math.ceil((new Date(until.dateTime) - Date.now()) / 60000);
  until.parentElement.firstChild.textContent = minutes > 0 ? "Yours for " : "Your claim ran out. ";
  until.textContent = minutes > 0 ? `${minutes} min` : "";
  document.querySelector("[data-again]").hidden = minutes > 0;
}

async function renew() {
  if (document.hidden) return;
  const body = new FormData();
  for (const name of ["csrfmiddlewaretoken", "token"]) body.set(name, form.elements[name].value);
  try {
    const answer = await fetch(form.dataset.renew, { method: "POST", body, redirect: "manual" });
    const said = answer.headers.get("Content-Type") === "application/json" ? await answer.json() : {};
    if (answer.ok) until.dateTime = said.claimed_until;
    else if (answer.status === 409) until.dateTime = new Date().toISOString();
    if (!answer.ok) tell(said.message ?? "You are signed out. What you typed stays here; sign in again to go on.");
  } catch {
    tell("The site cannot be reached. What you typed stays here.");
  }
  countDown();
}

forgetSettled();
forgetOldDrafts();
if (form) {
  restoreDraft();
  // Fields of the form may stand outside of it.
  document.addEventListener("input", answeredByItself);
  document.addEventListener("input", keepDraft);
  document.addEventListener("input", markQuestion);
  document.addEventListener("focusin", markQuestion);
  markQuestion();
}
if (until) {
  countDown();
  setInterval(countDown, 20000);
}
if (form?.dataset.renew) {
  setInterval(renew, RENEW_SECONDS * 1000);
  // Who comes back to the page reads on, and the claim with them.
  document.addEventListener("visibilitychange", renew);
}
