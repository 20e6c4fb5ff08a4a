const PATIENCE = 5000; // ms after which an unanswered question means that nobody is there, or that it is busy
const PAUSE = 2000; // ms between two such questions

function render({ model, el }) {
  el.style.display = "none";
  const screenOf = () => el.closest(".ik");
  let screen = null;
  let asked = 0; // since when a question is unanswered
  let answered = -PAUSE;
  let more = false; // whether anything was done since the last question
  let clock = 0;

  // Keys pressed on the screen are the screen's; the notebook would cut a cell on an "x" in a list.
  const keep = (event) => {
    const wanted = event.key === "Tab" || event.key === "Escape" || event.ctrlKey || event.metaKey || event.altKey;
    if (!wanted) event.stopPropagation();
  };

  // Whoever does something on the screen is told if nobody hears it; a screen nobody uses asks nothing, and lets the kernel rest.
  const ask = () => {
    const now = performance.now();
    // A screen inside another one is heard where that one is.
    if (screen.parentElement?.closest(".ik")) return;
    more = true;
    if (asked) return;
    clearTimeout(clock);
    if (now - answered < PAUSE) {
      // What is done last must not be what nobody asked about.
      clock = setTimeout(ask, PAUSE - (now - answered) + 1);
      return;
    }
    more = false;
    asked = now;
    try {
      model.send({ type: "beat" });
    } catch {
      // A connection that is gone gives no answer either.
    }
    clock = setTimeout(doubt, PATIENCE);
  };
  const doubt = () => {
    screen?.classList.add("ik-silent");
    asked = 0;
    if (screen?.isConnected) clock = setTimeout(ask, PAUSE);
  };
  const hear = () => {
    clearTimeout(clock);
    asked = 0;
    answered = performance.now();
    screen?.classList.remove("ik-silent");
    if (more) clock = setTimeout(ask, PAUSE + 1);
  };

  const settle = () => {
    screen = screenOf();
    if (!screen) return requestAnimationFrame(settle);
    screen.dataset.lmSuppressShortcuts = "true";
    screen.dataset.silent = model.get("_silent");
    screen.dataset.dead = model.get("_dead");
    screen.addEventListener("keydown", keep);
    for (const kind of ["input", "focusin", "pointerdown"]) screen.addEventListener(kind, ask);
  };
  settle();

  const typedIn = () => {
    const field = document.activeElement;
    return field?.matches("input, select, textarea") ? field : null;
  };
  const look = (selector) => {
    // What is to be looked at may be drawn only after this message has come.
    let tries = 0;
    const before = typedIn();
    const seek = () => {
      const part = screenOf()?.querySelector(selector);
      // Whoever was faster than the message, and types already, is left alone.
      const now = typedIn();
      if (now && (now !== before || part?.contains(now))) return;
      const first = part?.querySelector("button, input, select, textarea");
      if (!first && tries++ < 60) return requestAnimationFrame(seek);
      part?.scrollIntoView({ block: "nearest" });
      first?.focus({ preventScroll: true });
      if (first?.type === "text") first.select();
    };
    seek();
  };
  const receive = (message) => {
    if (message.type === "look") look(message.selector);
    if (message.type === "beat") hear();
  };
  model.on("msg:custom", receive);
  return () => {
    clearTimeout(clock);
    model.off("msg:custom", receive);
    screen?.removeEventListener("keydown", keep);
    for (const kind of ["input", "focusin", "pointerdown"]) screen?.removeEventListener(kind, ask);
  };
}

export default { render };
