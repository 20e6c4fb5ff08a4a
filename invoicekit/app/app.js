// Draws the widgets of one page and carries messages between them and Python, by the protocol of Jupyter.
(() => {
  const main = document.getElementById("ik-main");
  const told = document.getElementById("ik-lost");
  const again = told.querySelector("button");
  const { widgets, anywidget } = window.modules;
  widgets.load_ipython_extension(); // brings their styles
  // Nothing else is taken in.
  for (const name of ["define", "require", "requirejs", "Jupyter", "modules"]) delete window[name];
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/socket`);
  let number = 0;

  const toText = (buffer) => {
    const bytes = new Uint8Array(buffer.buffer ?? buffer, buffer.byteOffset ?? 0, buffer.byteLength);
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
  };
  const toBuffer = (text) => new DataView(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer);

  class Comm {
    constructor(id) {
      this.comm_id = id;
      this.target_name = "jupyter.widget";
    }
    on_msg(heard) {
      this.heard = heard;
    }
    on_close(closed) {
      this.closed = closed;
    }
    send(data, callbacks, metadata, buffers) {
      const id = String(++number);
      if (socket.readyState === WebSocket.OPEN)
        socket.send(JSON.stringify({ id, comm: this.comm_id, data, buffers: (buffers ?? []).map(toText) }));
      // A widget holds its next change back until it hears that the last one was taken.
      const status = callbacks?.iopub?.status;
      if (status) setTimeout(() => status({ content: { execution_state: "idle" } }));
      return id;
    }
    close() {
      return "";
    }
  }

  class Manager {
    models = new Map();

    loadClass(name, module) {
      const found = (module === "anywidget" ? anywidget : widgets)[name];
      if (!found) throw new Error(`There is no ${name} in ${module}.`);
      return found;
    }
    has_model(id) {
      return this.models.has(id);
    }
    async get_model(id) {
      const model = this.models.get(id);
      if (!model) throw new Error(`There is no widget ${id}.`);
      return model;
    }
    open(id, { state, buffer_paths }, buffers) {
      widgets.put_buffers(state, buffer_paths ?? [], buffers);
      const made = this.make(new Comm(id), state);
      this.models.set(id, made);
      made.then((model) => model.once("comm:close", () => this.models.delete(id)));
    }
    async make(comm, state) {
      const Model = this.loadClass(state._model_name, state._model_module);
      const attributes = await Model._deserialize_state(state, this);
      const model = new Model(attributes, { widget_manager: this, model_id: comm.comm_id, comm });
      model.name = state._model_name;
      model.module = state._model_module;
      return model;
    }
    async create_view(model, options = {}) {
      const id = widgets.uuid();
      const made = (async () => {
        const View = this.loadClass(model.get("_view_name"), model.get("_view_module"));
        const view = new View({ model, options });
        view.listenTo(model, "destroy", view.remove);
        await view.render();
        view.once("remove", () => delete model.views?.[id]);
        return view;
      })();
      if (model.views) model.views[id] = made;
      return made;
    }
    callbacks() {
      return {};
    }
    async resolve_url(url) {
      return url;
    }
    inline_sanitize(text) {
      const plain = document.createElement("span");
      plain.textContent = text;
      return plain.innerHTML;
    }
  }

  const manager = new Manager();
  const hear = async ({ kind, comm, data, buffers, answers, text }) => {
    const found = (buffers ?? []).map(toBuffer);
    if (kind === "fault") return void (main.textContent = text);
    if (kind === "comm_open") return manager.open(comm, data, found);
    if (!manager.has_model(comm)) return;
    const model = await manager.get_model(comm);
    const message = { content: { comm_id: comm, data }, buffers: found, parent_header: { msg_id: answers } };
    if (kind === "comm_msg") model.comm.heard?.(message);
    if (kind === "comm_close") model.comm.closed?.(message);
    if (kind === "show") {
      const view = await manager.create_view(model);
      view.luminoWidget.constructor.attach(view.luminoWidget, main);
    }
  };

  // What is refused in a field, or given to a question, is nowhere but here.
  const holds = () =>
    Boolean(main.querySelector(".ik-message .ik-refused")) ||
    [...main.querySelectorAll(".ik-question input, .ik-question textarea")].some((one) => one.value !== one.defaultValue && one.value);

  // A page whose server is gone says so, and comes back by itself once it answers again; where something would be lost, when told.
  const seek = async () => {
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      if (answer.ok) {
        if (!holds()) return location.reload();
        again.hidden = false;
        return;
      }
    } catch {
      // Not yet.
    }
    setTimeout(seek, 1000);
  };
  const lose = () => {
    told.hidden = false;
    // What is typed now would reach nobody; what stands there can still be read and copied.
    for (const field of main.querySelectorAll("input, textarea")) field.readOnly = true;
    for (const control of main.querySelectorAll("button, select")) control.disabled = true;
    setTimeout(seek, 1000);
  };
  again.addEventListener("click", () => {
    removeEventListener("beforeunload", warn);
    location.reload();
  });
  const warn = (event) => {
    if (holds()) event.preventDefault();
  };
  addEventListener("beforeunload", warn);
  socket.addEventListener("message", ({ data }) => hear(JSON.parse(data)).catch((error) => console.error(error)));
  socket.addEventListener("close", lose);
  addEventListener("pagehide", () => socket.removeEventListener("close", lose));
})();
