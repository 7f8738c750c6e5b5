// Comfort on top of the plain form of a comment: select words of the text, press m, and write.

const text = document.querySelector(".reading .text");
const box = document.querySelector("#comment");
const CONTEXT = 40;
const MOST_LETTERS = 50000;

// The words that are selected in one part of the text, with a few before them.
function chosen() {
  const selection = getSelection();
  if (!text || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  const start = range.startContainer;
  const part = (start.nodeType === Node.TEXT_NODE ? start.parentElement : start).closest("[data-part]");
  if (!part || !text.contains(part)) return null;
  if (!part.contains(range.endContainer)) {
    const last = document.createRange();
    last.selectNodeContents(part);
    range.setEnd(last.endContainer, last.endOffset);
  }
  const before = document.createRange();
  before.selectNodeContents(part);
  before.setEnd(range.startContainer, range.startOffset);
  const quote = String(selection).trim();
  return quote && { part: part.dataset.part, quote, before: String(before).slice(-CONTEXT) };
}

if (box) {
  const summary = box.querySelector("summary");
  const field = (name) => box.querySelector(`[name=${name}]`);
  let words = null;
  // A press of the mouse ends the selection before the click comes.
  summary.addEventListener("pointerdown", () => {
    words = chosen();
  });
  summary.addEventListener("click", (event) => {
    words ??= chosen();
    if (words && box.open) event.preventDefault();
    setTimeout(() => {
      if (words) for (const [name, value] of Object.entries(words)) field(name).value = value;
      words = null;
      if (!box.open) return;
      field("say").focus();
      field("say").dispatchEvent(new Event("input", { bubbles: true }));
    });
  });
}

// Keys: t goes to the next thread; w and r answer and resolve the one that has the focus --------------------------------

document.addEventListener("keydown", (event) => {
  const field = event.target.closest("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable], dialog");
  const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.repeat);
  if (field || !isPlain || !document.documentElement.classList.contains("keys")) return;
  const now = document.activeElement.closest(".thread");
  const threads = [...document.querySelectorAll(".thread")].filter((one) => one.checkVisibility?.() ?? true);
  if (event.key === "t") (threads[threads.indexOf(now) + 1] ?? threads[0])?.focus();
  else if (now && event.key === "w") {
    now.querySelector("details").open = true;
    now.querySelector("textarea").focus();
  } else if (now && event.key === "r") now.querySelector("[aria-keyshortcuts=r]").click();
  else return;
  event.preventDefault();
});

// Words that open threads are about are marked where they stand; white space counts for nothing. ------------------------

function rangeOf(part, quote) {
  const letters = [];
  if (part.textContent.length > MOST_LETTERS) return null;
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { currentNode } = walker;
    for (let at = 0; at < currentNode.length; at++) {
      if (/\S/.test(currentNode.data[at])) letters.push({ currentNode, at, letter: currentNode.data[at] });
    }
  }
  const wanted = quote.replace(/\s/g, "");
  const start = letters.map((one) => one.letter).join("").indexOf(wanted);
  if (start < 0) return null;
  const [first, last] = [letters[start], letters[start + wanted.length - 1]];
  const range = document.createRange();
  range.setStart(first.currentNode, first.at);
  range.setEnd(last.currentNode, last.at + 1);
  return range;
}

if (globalThis.Highlight) {
  const ranges = [...document.querySelectorAll("q[data-of]")].map((quote) => {
    const part = text?.querySelector(`[data-part="${quote.dataset.of}"]`);
    return part && rangeOf(part, quote.textContent);
  });
  CSS.highlights.set("quoted", new Highlight(...ranges.filter(Boolean)));
}
