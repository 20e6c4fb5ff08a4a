const ROW = 28; // px, as in STYLE
const HEAD = 32;
const TALLEST = 8e6; // px; browsers cap an element's height, so what is longer is scrolled to scale
const MARGIN = 4; // rows drawn above and below those in sight
const KEPT = 2000; // rows; with more in memory, those far off are forgotten
const PATIENCE = 3000; // ms after which an unanswered request may be followed by another

const STYLE = `
.ik-grid {
  --ik-back: var(--jp-layout-color1, var(--vscode-editor-background, var(--colab-primary-surface-color, Canvas)));
  --ik-text: var(--jp-ui-font-color1, var(--vscode-editor-foreground, var(--colab-primary-text-color, CanvasText)));
  --ik-brand: var(--jp-brand-color1, var(--vscode-textLink-foreground, LinkText));
  --ik-error: var(--jp-error-color1, var(--vscode-errorForeground, #c62828));
  --ik-line: var(--jp-border-color2, color-mix(in srgb, var(--ik-text) 18%, var(--ik-back)));
  --ik-muted: color-mix(in srgb, var(--ik-text) 68%, var(--ik-back));
  --ik-link: color-mix(in srgb, var(--ik-brand) 82%, var(--ik-text));
  position: relative; overflow: hidden; box-sizing: border-box; border: 1px solid var(--ik-line); border-radius: 3px;
  background: var(--ik-back); color: var(--ik-text); font: 13px/28px var(--jp-ui-font-family, system-ui, sans-serif);
}
.ik-grid * { box-sizing: border-box; }
.ik-scroll { overflow: auto; outline: none; }
.ik-grid:has(> .ik-scroll:focus-visible)::after { content: ""; position: absolute; inset: 0; z-index: 3;
  border: 2px solid var(--ik-brand); border-radius: 2px; pointer-events: none; }
.ik-head { position: sticky; top: 0; z-index: 1; height: 32px; background: var(--ik-back); }
.ik-head .ik-row { height: 32px; line-height: 31px; border-bottom: 1px solid var(--ik-line);
  background: color-mix(in srgb, var(--ik-text) 4%, var(--ik-back)); color: var(--ik-muted); }
.ik-space { position: relative; overflow: hidden; contain: strict; }
.ik-rows { position: absolute; inset: 0 0 auto 0; transition: opacity .12s .25s; }
[aria-busy=true] .ik-rows { opacity: .55; }
.ik-row { display: grid; height: 28px; cursor: default; }
.ik-rows .ik-row { line-height: 27px; border-bottom: 1px solid color-mix(in srgb, var(--ik-line) 45%, transparent); }
.ik-rows .ik-row:last-child { border-bottom-color: transparent; }
.ik-rows .ik-row:hover { background: color-mix(in srgb, var(--ik-text) 5%, var(--ik-back)); }
.ik-rows .ik-row[aria-selected=true] { background: color-mix(in srgb, var(--ik-brand) 16%, var(--ik-back));
  box-shadow: inset 3px 0 var(--ik-brand); }
.ik-scroll:focus-visible .ik-row[aria-selected=true] { outline: 1px solid var(--ik-brand); outline-offset: -1px; }
.ik-row.inactive { color: var(--ik-muted); }
.ik-row.inactive .ik-link { color: inherit; }
.ik-cell { padding: 0 10px; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; text-align: left;
  unicode-bidi: plaintext; }
.ik-cell.right { text-align: right; font-variant-numeric: tabular-nums; }
.ik-grid button { margin: 0; border: 0; padding: 0; background: none; color: inherit; font: inherit; cursor: pointer; }
.ik-grid button:focus-visible { outline: 2px solid var(--ik-brand); outline-offset: -2px; }
.ik-grid .ik-sort { width: 100%; text-align: inherit; overflow: hidden; text-overflow: ellipsis; font-weight: 600; }
.ik-sort:hover, [aria-sort$=ending] .ik-sort { color: var(--ik-text); }
[aria-sort=ascending] .ik-sort::after { content: " ▴" / ""; }
[aria-sort=descending] .ik-sort::after { content: " ▾" / ""; }
.ik-grid .ik-link { color: var(--ik-link); max-width: 100%; overflow: hidden; text-overflow: ellipsis;
  vertical-align: top; }
.ik-link:hover { text-decoration: underline; }
.ik-grid .ik-act { height: 20px; line-height: 18px; margin: 4px 0; padding: 0 8px; border: 1px solid var(--ik-line);
  border-radius: 3px; font-size: 12px; background: var(--ik-back); vertical-align: top; }
.ik-act:hover { border-color: var(--ik-brand); color: var(--ik-link); }
.ik-grid input[type=checkbox] { margin: 0; width: 15px; height: 15px; vertical-align: middle; accent-color: var(--ik-brand); }
.ik-cell.ik-tick { padding: 0 8px; text-overflow: clip; }
.ik-foot { position: sticky; bottom: 0; z-index: 1; background: var(--ik-back); border-top: 1px solid var(--ik-line); font-weight: 600; }
.ik-foot .ik-row { background: color-mix(in srgb, var(--ik-text) 4%, var(--ik-back)); height: auto; min-height: 28px; }
.ik-foot .ik-cell { white-space: pre-line; line-height: 20px; padding-top: 4px; padding-bottom: 4px; overflow: visible; }
.ik-foot[hidden] { display: none; }
.ik-note { position: absolute; inset: 32px 0 auto 0; height: 84px; display: grid; place-content: center;
  color: var(--ik-muted); pointer-events: none; }
.ik-note[data-kind=loading] { animation: ik-show .2s .5s backwards; }
@keyframes ik-show { from { opacity: 0; } }
.ik-note[data-kind=error] { position: relative; inset: 0; height: auto; max-height: 172px; display: flex; gap: 12px;
  align-items: center; padding: 6px 10px; line-height: 20px; color: var(--ik-text); pointer-events: auto;
  overflow: auto; border-top: 1px solid var(--ik-line); box-shadow: inset 3px 0 var(--ik-error);
  background: color-mix(in srgb, var(--ik-error) 10%, var(--ik-back)); }
.ik-unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.ik-note span { flex: 1; white-space: pre-wrap; overflow-wrap: anywhere; }
.ik-note[hidden], .ik-note:not([data-kind=error]) button, .ik-grid button[hidden] { display: none; }
`;

const clamp = (value, low, high) => Math.max(low, Math.min(value, high));

function make(tag, className, parent, role) {
  const node = document.createElement(tag);
  node.className = className;
  if (role) node.setAttribute("role", role);
  if (tag === "button") node.type = "button";
  parent.append(node);
  return node;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function render({ model, el }) {
  const columns = model.get("_columns");
  const texts = model.get("_texts");
  const tickable = model.get("_tickable");
  const lead = tickable ? 1 : 0; // cells before those of the columns
  const MARKS = 3; // key, class and tick before the texts of a row
  // Where there is too little room for all of them, columns keep 64 pixels a share, and the table is scrolled sideways.
  const least = ({ width }) => parseFloat(width) * (width.endsWith("fr") ? 64 : 1);
  const shares = columns.map((one) => (one.width.endsWith("fr") ? `minmax(${least(one)}px, ${one.width})` : one.width));
  const tracks = (tickable ? ["32px", ...shares] : shares).join(" ");
  const narrowest = columns.reduce((sum, one) => sum + least(one), 32 * lead);
  const view = Math.random().toString(36).slice(2); // tells this view's answers from those of another one
  const rows = new Map(); // by place: [key, class, tick, text of each column]
  let total = 0;
  let stale = true; // what is drawn is no longer what Python has
  let [sort, descending] = model.get("_sort");
  let top = 0; // px from the first row's top, as if heights were not capped
  let expected = 0; // the scroll position that stands for it
  let active = -1; // place of the selected row, if known
  let pending = false; // the active row is yet to be fetched before its key can be selected
  let drawn = { first: 0, last: 0 };
  let number = 0;
  let waiting = 0; // since when the last request is unanswered
  let frame = 0;

  const grid = make("div", "ik-grid", el);
  make("style", "", grid).textContent = STYLE;
  const scroll = make("div", "ik-scroll", grid, "grid");
  scroll.tabIndex = 0;
  scroll.setAttribute("aria-label", model.get("_label"));
  const inner = make("div", "", scroll);
  inner.style.minWidth = `${narrowest}px`;
  const head = make("div", "ik-row", make("div", "ik-head", inner, "rowgroup"), "row");
  head.style.gridTemplateColumns = tracks;
  head.setAttribute("aria-rowindex", "1");
  const everything = tickable ? tickBox(head, "columnheader", texts.tick_all) : null;
  const headings = columns.map((column) => {
    const cell = make("div", `ik-cell ${column.align}`, head, "columnheader");
    const label = column.sorts ? make("button", "ik-sort", cell) : cell;
    label.textContent = column.label;
    if (!column.label) make("span", "ik-unseen", label).textContent = column.name;
    if (column.sorts) label.addEventListener("click", () => sortBy(column.name));
    return cell;
  });
  const space = make("div", "ik-space", inner);
  const body = make("div", "ik-rows", space, "rowgroup");
  const foot = make("div", "ik-foot", inner, "rowgroup");
  const note = make("div", "ik-note", grid, "status");
  const message = make("span", "", note);
  const reload = make("button", "ik-act", note);
  reload.textContent = texts.reload;

  function tickBox(row, role, label) {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.setAttribute("aria-label", label);
    make("div", "ik-cell ik-tick", row, role).append(box);
    return box;
  }

  const inSight = () => scroll.clientHeight - HEAD - foot.offsetHeight;
  const range = () => Math.max(0, total * ROW - inSight());
  const scale = () => (total * ROW > TALLEST ? (TALLEST - inSight()) / range() : 1);

  function moveTo(pixels) {
    if (inSight() <= 0) return;
    top = clamp(pixels, 0, range());
    scroll.scrollTop = top * scale();
    expected = scroll.scrollTop;
    schedule();
  }

  function follow() {
    const at = scroll.scrollTop;
    if (inSight() <= 0 || (scale() !== 1 && Math.abs(at - expected) < 1)) return;
    top = at >= TALLEST - inSight() - 1 ? range() : at / scale();
    expected = at;
  }

  function schedule() {
    frame ||= requestAnimationFrame(draw);
  }

  function layOut() {
    const fitting = HEAD + foot.offsetHeight + Math.max(total, 3) * ROW + scroll.offsetHeight - scroll.clientHeight;
    scroll.style.height = `${Math.min(model.get("_height") - 2, fitting)}px`;
    space.style.height = `${Math.min(total * ROW, TALLEST)}px`;
    scroll.setAttribute("aria-rowcount", total + 1);
  }

  function showOrder() {
    headings.forEach((cell, i) => {
      const order = columns[i].name !== sort ? "none" : descending ? "descending" : "ascending";
      if (columns[i].sorts) cell.setAttribute("aria-sort", order);
    });
  }

  function draw() {
    frame = 0;
    if (inSight() <= 0) return; // not shown now; the observer draws when it is
    const first = Math.max(0, Math.floor(top / ROW) - MARGIN);
    const last = Math.min(total, Math.ceil((top + inSight()) / ROW) + MARGIN);
    // The drawn rows are used again for others, so a button in them must not keep the focus.
    if (first !== drawn.first && body.contains(grid.getRootNode().activeElement)) scroll.focus({ preventScroll: true });
    drawn = { first, last };
    while (body.children.length < last - first) addRow();
    while (body.children.length > last - first) body.lastChild.remove();
    body.hidden = first === last; // an empty group of rows would be announced
    for (let place = first; place < last; place++) fillRow(body.children[place - first], place);
    const ahead = scale() === 1 ? 0 : scroll.scrollTop - top;
    body.style.transform = `translateY(${Math.round(first * ROW + ahead)}px)`;
    if (active >= first && active < last) scroll.setAttribute("aria-activedescendant", `ik-${view}-${active}`);
    else scroll.removeAttribute("aria-activedescendant");
    ask(first, last);
  }

  function addRow() {
    const row = make("div", "ik-row", body, "row");
    row.style.gridTemplateColumns = tracks;
    if (tickable) tickBox(row, "gridcell", texts.tick).tabIndex = -1;
    columns.forEach((column, i) => {
      const cell = make("div", `ik-cell ${column.align}`, row, "gridcell");
      if (column.action) make("button", "ik-act", cell);
      else if (i === 0 && model.get("_openable")) make("button", "ik-link", cell);
    });
  }

  function fillRow(node, place) {
    const row = rows.get(place);
    const selected = model.get("selected");
    const chosen = pending ? place === active : selected !== null && row?.[0] === selected;
    node.id = `ik-${view}-${place}`;
    node.className = `ik-row ${row?.[1] ?? ""}`;
    node.setAttribute("aria-rowindex", place + 2);
    node.setAttribute("aria-selected", chosen);
    if (tickable) {
      const box = node.firstElementChild.firstElementChild;
      box.checked = Boolean(row?.[2]);
      box.disabled = !row;
      box.setAttribute("aria-label", `${texts.tick} ${row?.[MARKS] ?? ""}`);
    }
    columns.forEach((column, i) => {
      const cell = node.children[i + lead];
      const button = cell.firstElementChild;
      const text = row?.[i + MARKS] ?? "";
      setText(button ?? cell, text);
      if (!button) return;
      button.hidden = !text;
      button.tabIndex = chosen ? 0 : -1;
      if (column.action) button.setAttribute("aria-label", `${text} ${row?.[MARKS] ?? ""}`);
    });
  }

  function ask(first, last) {
    const missing = (place) => stale || !rows.has(place);
    let wanted = stale;
    for (let place = first; place < last; place++) wanted ||= missing(place);
    if (!wanted || (waiting && performance.now() - waiting < PATIENCE)) return;
    // A screen more on either side, so that small steps ask nothing.
    const screen = Math.ceil(inSight() / ROW);
    const sight = Math.floor(top / ROW);
    let from = Math.max(0, Math.min(first, sight - screen));
    let to = Math.min(stale ? Infinity : total, Math.max(last, sight + 2 * screen));
    while (!missing(from)) from++;
    while (!missing(to - 1)) to--;
    number += 1;
    waiting = performance.now();
    scroll.setAttribute("aria-busy", "true");
    model.send({ type: "window", view, number, first: from, count: to - from, sort, descending });
  }

  function receive(answer) {
    if (answer.type === "refresh") {
      if (answer.to_top) moveTo(0);
      return renew();
    }
    if (answer.view && answer.view !== view) return;
    if (answer.number && answer.number !== number) return; // late: another question has been asked since
    if (answer.type === "error") tell(answer.text, "error");
    if (answer.number) {
      waiting = 0;
      scroll.setAttribute("aria-busy", "false");
    }
    if (answer.type === "window") take(answer);
  }

  function take(answer) {
    if (stale) rows.clear();
    stale = false;
    follow();
    const changed = total !== answer.total;
    total = answer.total;
    // Places that were asked for but not given stay empty; asking again would give no more.
    for (let i = 0; i < answer.count; i++) rows.set(answer.first + i, answer.rows[i]);
    const middle = answer.first + answer.count / 2;
    if (rows.size > KEPT) for (const place of rows.keys()) if (Math.abs(place - middle) > KEPT / 4) rows.delete(place);
    tell(total ? "" : texts.empty);
    if (everything) {
      everything.checked = total > 0 && answer.ticked >= total;
      everything.indeterminate = answer.ticked > 0 && answer.ticked < total;
    }
    layOut();
    if (changed) moveTo(top);
    active = Math.min(active, total - 1);
    choosePending();
    locate();
    schedule();
  }

  function tell(text, kind = "") {
    note.hidden = !text;
    note.dataset.kind = kind;
    setText(message, text);
  }

  function renew() {
    stale = true;
    waiting = 0;
    schedule();
  }

  function sortBy(name) {
    descending = name === sort && !descending;
    sort = name;
    active = -1;
    pending = false;
    showOrder();
    renew();
    moveTo(0);
  }

  function choose(place) {
    if (!total) return;
    active = clamp(place, 0, total - 1);
    pending = true;
    choosePending();
    schedule();
  }

  function choosePending() {
    if (pending && !stale && rows.get(active)) select(rows.get(active));
  }

  function select(row) {
    pending = false;
    model.set("selected", row[0]);
    model.save_changes();
  }

  function locate() {
    const selected = model.get("selected");
    if (pending || rows.get(active)?.[0] === selected) return;
    active = -1;
    if (selected !== null) for (const [place, row] of rows) if (row?.[0] === selected) active = place;
  }

  function open(row) {
    if (row && model.get("_openable")) model.send({ type: "open", view, key: row[0] });
  }

  function onClick(event) {
    const node = event.target.closest(".ik-rows > .ik-row");
    const place = drawn.first + [...body.children].indexOf(node);
    const row = node && rows.get(place);
    if (event.target === everything) {
      overtake();
      model.send({ type: "tick_all", view, on: everything.checked });
      return;
    }
    if (!row) return;
    if (event.target.type === "checkbox" && event.type === "click") tick(row, event.target.checked);
    active = place;
    select(row);
    schedule();
    const button = event.target.closest("button");
    const cell = event.target.closest(".ik-cell");
    if (event.target.type === "checkbox") return;
    if (event.type === "dblclick" && !button) {
      grid.ownerDocument.getSelection().removeAllRanges();
      open(row);
    } else if (event.type === "click" && button && event.detail < 2) {
      const column = columns[[...node.children].indexOf(cell) - lead];
      if (!column.action) open(row);
      else model.send({ type: "action", view, key: row[0], column: column.name });
    }
  }

  // What was asked before something was ticked would show it as it was; Python has the rows asked for anew.
  function overtake() {
    number += 1;
    waiting = 0;
  }

  function tick(row, on) {
    overtake();
    row[2] = on ? "1" : null;
    model.send({ type: "tick", view, key: row[0], on });
    schedule();
  }

  function showTotals() {
    const totals = model.get("totals");
    foot.replaceChildren();
    foot.hidden = !Object.keys(totals).length;
    if (foot.hidden) return;
    const row = make("div", "ik-row", foot, "row");
    row.style.gridTemplateColumns = tracks;
    if (tickable) make("div", "ik-cell", row, "gridcell");
    for (const column of columns) make("div", `ik-cell ${column.align}`, row, "gridcell").textContent = totals[column.name] ?? "";
    layOut();
    schedule();
  }

  function onKey(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || ["Tab", "Escape"].includes(event.key)) return;
    event.stopPropagation(); // a notebook takes letters and arrows for commands to its cells
    const onButton = event.target.tagName === "BUTTON" || event.target.type === "checkbox";
    const from = active < 0 ? Math.ceil(top / ROW) - 1 : active;
    const page = Math.max(1, Math.floor(inSight() / ROW) - 1);
    const steps = { ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + page, PageUp: from - page };
    Object.assign(steps, { Home: 0, End: total - 1 });
    if (event.key in steps) {
      if (onButton) scroll.focus({ preventScroll: true });
      choose(steps[event.key]);
      moveTo(clamp(top, (active + 1) * ROW - inSight(), active * ROW));
    } else if (event.key === "Enter" && !onButton) open(!pending && rows.get(active));
    else if (event.key === " " && tickable && !onButton && rows.get(active)) tick(rows.get(active), !rows.get(active)[2]);
    else if (event.key !== " " || onButton) return;
    event.preventDefault();
  }

  // Where heights are scaled, a turn of the wheel would pass over rows.
  function onWheel(event) {
    if (scale() === 1 || event.ctrlKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return;
    const before = top;
    moveTo(top + event.deltaY * [1, ROW, inSight()][event.deltaMode]);
    if (top !== before) event.preventDefault();
  }

  function onHover({ target }) {
    if (target.matches(".ik-cell, .ik-link, .ik-sort"))
      target.title = target.scrollWidth > target.clientWidth ? target.textContent : "";
  }

  function onSelected() {
    locate();
    schedule();
  }

  function onOpenable() {
    body.replaceChildren();
    schedule();
  }

  const observer = new ResizeObserver(() => {
    moveTo(top);
    schedule();
  });
  scroll.style.height = `${model.get("_height") - 2}px`;
  showOrder();
  tell(texts.loading, "loading");
  showTotals();
  scroll.addEventListener("scroll", () => {
    follow();
    schedule();
  });
  scroll.addEventListener("wheel", onWheel, { passive: false });
  scroll.addEventListener("keydown", onKey);
  scroll.addEventListener("click", onClick);
  scroll.addEventListener("dblclick", onClick);
  scroll.addEventListener("mouseover", onHover);
  reload.addEventListener("click", () => {
    scroll.focus();
    renew();
  });
  model.on("msg:custom", receive);
  model.on("change:selected", onSelected);
  model.on("change:_openable", onOpenable);
  model.on("change:totals", showTotals);
  observer.observe(scroll);

  return () => {
    observer.disconnect();
    cancelAnimationFrame(frame);
    model.off("msg:custom", receive);
    model.off("change:selected", onSelected);
    model.off("change:_openable", onOpenable);
    model.off("change:totals", showTotals);
    grid.remove();
  };
}

export default { render };
