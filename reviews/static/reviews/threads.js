// Comfort on top of the plain form of a comment: select words of the text, press m, and write.

const text = document.querySelector(".reading .text");
const box = document.querySelector("#comment");
const CONTEXT = 40;

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
