// The page of an import: fetch how far it is, and see that a file is not too large before it is sent. Without this
// script the page reloads itself, and the server refuses the file.
const progress = document.querySelector(".progress-of-run[data-unfinished]");
const PAUSE = 2000;

async function look() {
  try {
    const answer = await fetch(progress.dataset.url, { credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(answer.statusText);
    progress.innerHTML = await answer.text();
    // What was refused is known in full now, and there is nothing to stop any more.
    if (progress.querySelector("[data-over]")) return location.reload();
  } catch {
    // The server is away or the session over; the next look tells.
  }
  setTimeout(look, document.hidden ? 5 * PAUSE : PAUSE);
}
if (progress) setTimeout(look, PAUSE);

const file = document.querySelector("input[type=file][data-most]");
file?.addEventListener("change", () => {
  const most = Number(file.dataset.most);
  const tooLarge = [...file.files].some((one) => one.size > most);
  file.setCustomValidity(tooLarge ? `This file is larger than ${most / 1024 / 1024} MB, the most that can be uploaded.` : "");
  file.reportValidity();
});
file?.form.addEventListener("submit", (event) => {
  if (!file.reportValidity()) event.preventDefault();
});
