// A button on each block of code that copies it. Without script, or where a browser lets no page copy, there is none.
if (navigator.clipboard) {
  for (const block of document.querySelectorAll(".code")) {
    const button = document.createElement("button");
    const code = block.querySelector("pre");
    const name = code.getAttribute("aria-label").replace(/^Code/, "code");
    let back;
    const say = (word) => {
      button.textContent = word;
      clearTimeout(back);
      back = setTimeout(() => (button.textContent = "Copy"), 2000);
    };
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.setAttribute("aria-label", `Copy ${name}`);
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        say("Copied");
        told.textContent = `Copied ${name}`;
      } catch {
        say("Not copied");
        told.textContent = `The browser did not let ${name} be copied`;
      }
    });
    block.append(button);
  }
  const told = document.createElement("p");
  told.className = "unseen";
  told.setAttribute("role", "status");
  document.body.append(told);
}
