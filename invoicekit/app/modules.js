// Takes in scripts that were written for a loader of modules: each says what it needs, and gives what it makes.
window.modules = {};
window.define = (needs, make) => {
  const name = document.currentScript.dataset.module;
  const given = needs.map((need) => (need === "module" ? { id: name, uri: document.currentScript.src } : window.modules.widgets));
  window.modules[name] = make(...given);
};
window.define.amd = true;
// The widgets of a notebook ask it for its parts, to show themselves in its cells. There is no notebook here: what they are given
// takes everything and does nothing. Their styles come along when they believe to be in one.
const nothing = new Proxy(() => {}, { get: (_, name) => (typeof name === "symbol" ? undefined : nothing), apply: () => nothing });
window.requirejs = window.require = Object.assign((names, make) => make?.(...names.map(() => nothing)), { config() {} });
window.Jupyter = { version: "7.0.0" };
// Lists give themselves two seconds to begin, and are never drawn after that; a busy machine may well take longer.
const soon = AbortSignal.timeout.bind(AbortSignal);
AbortSignal.timeout = (milliseconds) => soon(Math.max(milliseconds, 60000));
