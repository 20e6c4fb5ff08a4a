// Takes in scripts that were written for a loader of modules: each says what it needs, and gives what it makes.
window.modules = {};
window.define = (needs, make) => {
  const name = document.currentScript.dataset.module;
  const given = needs.map((need) => (need === "module" ? { id: name, uri: document.currentScript.src } : window.modules.widgets));
  window.modules[name] = make(...given);
};
window.define.amd = true;
// They were written for a notebook; there is none here, and nothing of theirs that asks for one is used.
window.requirejs = window.require = Object.assign(() => {}, { config() {} });
window.Jupyter = { version: "7.0.0" };
