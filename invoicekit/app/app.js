// A page whose server is gone says so, and comes back by itself once it answers again.
(() => {
  let lost = false;
  const seek = async () => {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      if (answer.ok) return location.reload();
    } catch {
      // Not yet.
    }
    setTimeout(seek, 1000);
  };
  $(document).on("shiny:disconnected", () => {
    if (lost) return;
    lost = true;
    const told = document.getElementById("ik-lost");
    told.hidden = false;
    // What is typed now would reach nobody; what stands there can still be read and copied.
    for (const field of document.querySelectorAll("#ik-main input, #ik-main textarea")) field.readOnly = true;
    for (const control of document.querySelectorAll("#ik-main button, #ik-main select")) control.disabled = true;
    setTimeout(seek, 1000);
  });
})();
