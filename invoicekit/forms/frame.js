// Keys pressed on the screen are the screen's; the notebook would cut a cell on an "x" in a list.
function render({ model, el }) {
  el.style.display = "none";
  const screenOf = () => el.closest(".ik");
  const keep = (event) => {
    const wanted = event.key === "Tab" || event.key === "Escape" || event.ctrlKey || event.metaKey || event.altKey;
    if (!wanted) event.stopPropagation();
  };
  let screen = null;
  const settle = () => {
    screen = screenOf();
    if (!screen) return requestAnimationFrame(settle);
    screen.dataset.lmSuppressShortcuts = "true";
    screen.addEventListener("keydown", keep);
  };
  settle();
  const look = (message) => {
    if (message.type !== "look") return;
    // What is to be looked at may be drawn only after this message has come.
    let tries = 0;
    const seek = () => {
      const part = screenOf()?.querySelector(message.selector);
      const first = part?.querySelector("button, input, select, textarea");
      if (!first && tries++ < 60) return requestAnimationFrame(seek);
      part?.scrollIntoView({ block: "nearest" });
      first?.focus({ preventScroll: true });
      if (first?.type === "text") first.select();
    };
    seek();
  };
  model.on("msg:custom", look);
  return () => {
    model.off("msg:custom", look);
    screen?.removeEventListener("keydown", keep);
  };
}

export default { render };
