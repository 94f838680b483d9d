// The player: buttons, clock, curve of the day, and one picture or two. The widget's entry is at the end.
import { TICKS_A_MINUTE, advance, counts, fresh, stateAt, unpack } from "./state.js";
import { COLOURS, Stage, exitsOf, floorOf, layoutOf } from "./stage.js";

const SPEEDS = [1, 2, 5, 10, 20, 60];
const DAY = 1440, CURVE_STEP = 4, LONGEST_STEP = 0.1, SETTLES = 1.3;
const SIDE_COLOURS = ["#222A33", "#1675B5"]; // the first two of sim.plots.SCENARIO_COLOURS
const TOLD = ["waiting", "talking", "served", "abandoned"];

function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in node && name !== "list") node[name] = value; else node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

const icon = (path) => `<svg viewBox="0 0 18 18" width="18" height="18" aria-hidden="true"><path d="${path}"/></svg>`;
const two = (number) => String(number).padStart(2, "0");
export const clock = (minute) => `${two(Math.floor(minute / 60 + 1e-9))}:${two(Math.floor(minute + 1e-9) % 60)}`;

// Customers who wait on the line, at the worst moment of each step of the day.
function waitCurve(day) {
  const state = fresh(day), live = day.channels.map((channel) => channel.kind !== "deferred"), curve = [];
  const waiting = () => state.at[4].reduce((sum, count, lane) => sum + (live[lane] ? count : 0), 0);
  for (let minute = 0; minute < DAY; minute += CURVE_STEP) {
    let most = 0;
    for (let part = 1; part <= 4; part++) {
      advance(state, day, minute + CURVE_STEP * part / 4);
      most = Math.max(most, waiting());
    }
    curve.push(most);
  }
  return curve;
}

export class Player {
  constructor(root, scene, data, { onMinute = () => {} } = {}) {
    this.scene = scene;
    this.words = scene.words;
    this.onMinute = onMinute;
    this.minute = scene.start;
    this.speed = scene.speed;
    this.playing = false;
    this.settle = 0;
    this.calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.days = scene.sides.map((side, n) => unpack(side, data[n]));
    this.exits = exitsOf(this.days);
    this.floor = floorOf(this.days);
    this.build(root);
    this.sides = this.days.map((day, n) => ({
      day, state: stateAt(day, this.minute), stage: new Stage(this.canvases[n], day, this.floor, this.words), told: "",
    }));
    this.curves = this.days.map(waitCurve);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.root);
    this.resize();
    this.frame = this.frame.bind(this);
  }

  build(root) {
    const { words, scene } = this, names = scene.sides.map((side) => side.name);
    const button = (name, label, act) => element("button", { type: "button", className: `sim-${name}`, title: label, ariaLabel: label, onclick: act });
    this.playButton = button("play", words.play, () => this.toggle());
    this.startButton = button("start", words.start, () => this.seek(scene.start));
    this.slower = button("slower", words.slower, () => this.faster(-1));
    this.quicker = button("faster", words.faster, () => this.faster(1));
    this.screen = button("screen", words.whole_screen, () => this.wholeScreen());
    this.slower.textContent = "−";
    this.quicker.textContent = "+";
    this.startButton.innerHTML = icon("M4 3v12M15 3 7 9l8 6z");
    this.screen.innerHTML = icon("M3 7V3h4M11 3h4v4M15 11v4h-4M7 15H3v-4");
    this.speedShown = element("output", { className: "sim-speed", ariaLabel: words.speed_label });
    this.clockShown = element("div", { className: "sim-clock" });
    this.slider = element("input", { type: "range", min: 0, max: DAY, step: "any", value: this.minute, ariaLabel: words.time_label });
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.strip = element("canvas", { className: "sim-curve", role: "img", ariaLabel: words.wait_curve, title: words.wait_curve });
    this.canvases = [];
    this.tiles = [];
    this.panels = names.map((name, n) => {
      const canvas = element("canvas", { role: "img", className: "sim-picture", ariaLabel: name });
      canvas.addEventListener("click", (event) => this.pick(n, event));
      const tiles = {};
      const row = element("div", { className: "sim-tiles" });
      for (const key of [...TOLD, ...(this.days[n].channels.some((c) => c.kind === "deferred") ? ["backlog"] : []), "rating"]) {
        const number = element("b"), tile = element("span", { className: `sim-tile sim-${key}` }, number, element("i", { textContent: words[key] }));
        tiles[key] = number;
        row.append(tile);
      }
      this.canvases.push(canvas);
      this.tiles.push(tiles);
      const title = element("div", { className: "sim-name", textContent: name });
      title.style.borderColor = SIDE_COLOURS[n];
      return element("div", { className: "sim-panel", "data-side": String(n) }, title, row, canvas);
    });
    this.status = element("p", { className: "sim-status", ariaLive: "polite", role: "status" });
    this.story = element("p", { className: "sim-story" });
    this.legend = element("details", { className: "sim-legend" }, element("summary", { textContent: words.legend }),
      ...["shapes", "colours", "agents", "pick"].map((part) => element("p", { textContent: words[`legend_${part}`] })));
    this.root = element("section", {
      className: `sim-replay sim-sides-${names.length}`, tabIndex: 0, role: "group", lang: scene.language,
      ariaLabel: words.replay_of.replace("{names}", names.join(" / ")).replace("{day}", `${scene.weekday} ${scene.date}`),
      // JupyterLab keeps its own meaning of keys away from here.
      "data-lm-suppress-shortcuts": "true",
    },
    element("div", { className: "sim-top" }, this.clockShown,
      element("div", { className: "sim-controls" }, this.startButton, this.playButton, this.slower, this.speedShown, this.quicker, this.screen)),
    element("div", { className: "sim-scrub" }, this.strip, this.slider),
    element("div", { className: "sim-panels" }, ...this.panels), this.story, this.status, this.legend);
    this.root.addEventListener("keydown", (event) => this.key(event));
    root.replaceChildren(this.root);
    this.showButtons();
  }

  resize() {
    const ratio = window.devicePixelRatio || 1, whole = document.fullscreenElement === this.root;
    const width = Math.floor(Math.min(...this.panels.map((panel) => panel.clientWidth)));
    if (width < 40) return;
    // On the whole screen the picture takes the height that is left; in a page it may be as high as it needs.
    const box = (node) => node.getBoundingClientRect();
    const others = box(this.legend).bottom - box(this.root).top - this.canvases[0].clientHeight + 16;
    const beside = box(this.panels.at(-1)).top === box(this.panels[0]).top;
    const highest = whole && beside ? window.innerHeight - others : Infinity;
    const fits = `${width} ${ratio} ${whole}`;
    if (fits !== this.fits) {
      this.fits = fits;
      const layout = layoutOf(width, this.floor, this.exits, whole, highest);
      for (const side of this.sides) side.stage.resize(layout, ratio);
    }
    this.drawStrip(ratio);
    this.show(true);
  }

  toggle(playing = !this.playing) {
    if (playing && this.minute >= DAY) this.seek(this.scene.start);
    this.playing = playing;
    this.status.ariaLive = playing ? "off" : "polite";
    this.showButtons();
    if (playing) this.run(); else { this.settle = SETTLES; this.onMinute(this.minute); }
  }

  faster(step) {
    const place = SPEEDS.findIndex((speed) => speed >= this.speed);
    this.speed = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, (place < 0 ? SPEEDS.length - 1 : place) + step))];
    this.showButtons();
  }

  seek(minute) {
    this.minute = Math.max(0, Math.min(DAY, minute));
    for (const side of this.sides) side.state = stateAt(side.day, this.minute);
    this.show(true);
    if (!this.playing) this.onMinute(this.minute);
  }

  run() {
    if (this.running) return;
    this.running = true;
    this.last = null;
    requestAnimationFrame(this.frame);
  }

  // One frame of the screen. After a pause it goes on until everybody has arrived.
  frame(now) {
    if (!this.root.isConnected) this.playing = false;
    const seconds = this.last === null ? 0 : Math.min(LONGEST_STEP, (now - this.last) / 1000);
    this.last = now;
    if (this.playing) {
      this.minute = Math.min(DAY, this.minute + seconds * this.speed);
      if (this.minute >= DAY) this.toggle(false);
    } else this.settle -= seconds;
    this.step(seconds);
    this.running = this.playing || this.settle > 0;
    if (this.running) requestAnimationFrame(this.frame);
  }

  step(seconds) {
    for (const side of this.sides) {
      const leaving = advance(side.state, side.day, this.minute);
      if (!side.stage.layout) continue;
      if (!this.calm) side.stage.leave(leaving, side.state);
      side.stage.aim(side.state, this.calm);
      side.stage.glide(seconds);
    }
    this.show(false);
  }

  show(jump) {
    this.sides.forEach((side) => {
      if (!side.stage.layout) return;
      if (jump) side.stage.aim(side.state, true);
      side.counts = counts(side.state, side.day);
      side.stage.draw(side.state, this.minute, side.counts);
    });
    this.tell();
    this.slider.value = this.minute;
    this.slider.setAttribute("aria-valuetext", clock(this.minute));
    this.playhead();
    this.tellStory();
  }

  tell() {
    const { words, scene } = this, time = `${scene.weekday} ${clock(this.minute)}`;
    if (this.clockShown.textContent !== time) this.clockShown.textContent = time;
    const lines = [];
    this.sides.forEach((side, n) => {
      const found = side.counts;
      if (!found) return;
      const rating = found.closed ? (found.rating_points / found.closed).toFixed(1) : words.no_rating;
      for (const [key, node] of Object.entries(this.tiles[n])) {
        const text = key === "rating" ? rating : found[key].toLocaleString("en");
        if (node.textContent !== text) node.textContent = text;
      }
      const line = TOLD.map((key) => `${words[key]} ${found[key].toLocaleString("en")}`).join(" · ");
      lines.push(this.sides.length > 1 ? `${scene.sides[n].name}: ${line}` : line);
      const told = JSON.stringify(found);
      if (told === side.told) return;
      side.told = told;
      for (const [key, value] of Object.entries(found)) {
        if (typeof value === "number") this.panels[n].setAttribute(`data-${key.replaceAll("_", "-")}`, value);
      }
      if (n === 0) for (const key of TOLD) this.root.setAttribute(`data-${key}`, found[key]);
    });
    this.root.setAttribute("data-minute", Number(this.minute.toFixed(4)));
    this.root.setAttribute("data-playing", this.playing);
    const text = `${time} · ${lines.join(" — ")}`;
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  showButtons() {
    const { words } = this;
    this.playButton.innerHTML = this.playing ? icon("M6 3v12M12 3v12") : icon("M5 3l10 6-10 6z");
    this.playButton.title = this.playButton.ariaLabel = this.playing ? words.pause : words.play;
    this.speedShown.textContent = words.speed.replace("{minutes}", this.speed);
    this.slower.disabled = this.speed <= SPEEDS[0];
    this.quicker.disabled = this.speed >= SPEEDS[SPEEDS.length - 1];
    this.root?.setAttribute("data-playing", this.playing);
  }

  drawStrip(ratio) {
    const width = this.strip.clientWidth, height = this.strip.clientHeight, pen = this.strip.getContext("2d");
    this.strip.width = Math.round(width * ratio);
    this.strip.height = Math.round(height * ratio);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    const floor = height - 15, most = Math.max(4, ...this.curves.flat()), inset = 8;
    const x = (minute) => inset + minute / DAY * (width - 2 * inset), y = (count) => floor - count / most * (floor - 4);
    pen.fillStyle = COLOURS.band;
    pen.fillRect(inset, 0, width - 2 * inset, floor);
    pen.fillStyle = COLOURS.page;
    const open = this.days[0].channels.filter((channel) => channel.open).flatMap((channel) => channel.open);
    for (const [opens, closes] of open) pen.fillRect(x(opens), 0, x(closes) - x(opens), floor);
    this.curves.forEach((curve, n) => {
      pen.beginPath();
      if (n === 0) pen.moveTo(x(0), floor);
      curve.forEach((count, step) => { pen.lineTo(x(step * CURVE_STEP), y(count)); pen.lineTo(x((step + 1) * CURVE_STEP), y(count)); });
      if (n === 0) {
        pen.lineTo(x(DAY), floor);
        pen.fillStyle = this.curves.length === 1 ? COLOURS.waiting : "#B9BCC0";
        pen.fill();
      } else { pen.strokeStyle = SIDE_COLOURS[n]; pen.lineWidth = 1.8; pen.stroke(); }
    });
    pen.fillStyle = COLOURS.quiet;
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "left";
    const scale = this.words.wait_scale.replace("{most}", Math.max(...this.curves.flat()));
    pen.lineWidth = 4;
    pen.strokeStyle = COLOURS.page;
    pen.strokeText(scale, inset + 6, 14);
    pen.fillText(scale, inset + 6, 14);
    pen.font = "12px system-ui, sans-serif";
    pen.textAlign = "center";
    const every = width > 700 ? 2 : width > 420 ? 4 : 6;
    for (let hour = 0; hour <= 24; hour += every) {
      pen.textAlign = hour === 0 ? "left" : hour === 24 ? "right" : "center";
      pen.fillText(`${two(hour)}:00`, hour === 0 ? 2 : hour === 24 ? width - 2 : x(60 * hour), height - 3);
    }
    this.stripScale = { x, floor };
    this.stripPicture = document.createElement("canvas");
    this.stripPicture.width = this.strip.width;
    this.stripPicture.height = this.strip.height;
    this.stripPicture.getContext("2d").drawImage(this.strip, 0, 0);
    this.stripRatio = ratio;
  }

  playhead() {
    if (!this.stripPicture || !this.stripPicture.width) return;
    const pen = this.strip.getContext("2d");
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.strip.width, this.strip.height);
    pen.drawImage(this.stripPicture, 0, 0);
    pen.setTransform(this.stripRatio, 0, 0, this.stripRatio, 0, 0);
    pen.fillStyle = COLOURS.left_abandoned;
    pen.fillRect(this.stripScale.x(this.minute) - 1, 0, 2, this.stripScale.floor);
  }

  // Follow the customer that was clicked, on both sides.
  pick(n, event) {
    const side = this.sides[n], box = this.canvases[n].getBoundingClientRect();
    const subject = side.stage.at(event.clientX - box.left, event.clientY - box.top);
    this.followed = subject < 0 ? null : { n, who: side.day.who[subject], subject };
    this.show(!this.playing);
  }

  tellStory() {
    const { words, followed } = this;
    this.sides.forEach((side, n) => { side.stage.picked = followed ? this.followedOn(n) : -1; });
    if (!followed) { if (this.story.textContent) this.story.textContent = ""; return; }
    const { day } = this.sides[followed.n], { subject } = followed;
    const lane = day.lane[subject], place = day.channels[lane] ?? day.tasks[lane - day.channels.length];
    const parts = [words.customer.replace("{case}", day.case[subject]).replace("{type}", day.types[day.kind[subject]]).replace("{channel}", place.label)];
    if (day.attempt[subject] > 1) parts.push(words.attempt.replace("{number}", day.attempt[subject]));
    this.sides.forEach((side, m) => {
      const told = this.whereIs(m);
      parts.push(this.sides.length > 1 ? `${this.scene.sides[m].name}: ${told}` : told);
    });
    const text = parts.join(" · ");
    if (this.story.textContent !== text) this.story.textContent = text;
  }

  // The subject that stands for the followed customer on a side now: the one in the picture, else the last that left.
  followedOn(n) {
    const { day, state } = this.sides[n];
    let best = -1, rank = -1;
    for (let s = 0; s < day.who.length; s++) {
      if (day.who[s] !== this.followed.who) continue;
      const stage = state.stage[s], here = stage === 6 ? 1 : stage === 0 ? 0 : 2;
      const score = here * 1e7 + (here ? state.since[s] : 0);
      if (score > rank) { rank = score; best = s; }
    }
    return best;
  }

  whereIs(n) {
    const { words } = this, { day, state } = this.sides[n], s = this.followedOn(n);
    const stage = s < 0 ? 0 : state.stage[s];
    if (stage === 0) return words.is_away;
    const time = clock(day.tick[state.since[s]] / TICKS_A_MINUTE);
    if (stage === 6) {
      const left = state.left[s], rating = left >> 4, outcome = ["served", "abandoned", "blocked", "turned_away", "contained", "left_bot", "called_back", "self_served"][left & 7];
      const key = outcome === "served" ? (left & 8 ? "left_solved" : "left_unsolved") : `left_${outcome}`;
      const how = rating ? `${words[key]}, ${words.rated.replace("{rating}", rating)}` : words[key];
      return `${time} ${words.is_gone.replace("{how}", how)}`;
    }
    const what = words[["", "is_portal", "is_booked", "is_with_bot", "is_waiting", "is_in_service"][stage]];
    return words.since.replace("{what}", what).replace("{time}", time);
  }

  key(event) {
    const acts = {
      " ": () => this.toggle(), ArrowRight: () => this.seek(this.minute + 5), ArrowLeft: () => this.seek(this.minute - 5),
      ArrowUp: () => this.seek(this.minute + 60), ArrowDown: () => this.seek(this.minute - 60),
      "+": () => this.faster(1), "=": () => this.faster(1), "-": () => this.faster(-1), "−": () => this.faster(-1),
      Home: () => this.seek(0), End: () => this.seek(DAY),
    };
    const act = acts[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    // A button's own space presses the button, a summary's opens it.
    if (event.key === " " && /^(BUTTON|SUMMARY)$/.test(event.target.tagName)) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  wholeScreen() {
    if (document.fullscreenElement) document.exitFullscreen(); else this.root.requestFullscreen?.();
  }

  stop() {
    this.playing = false;
    this.observer.disconnect();
  }
}

// The widget. Nothing but the message is needed: no net, no other file.
function render({ model, el }) {
  const data = [model.get("data"), model.get("other_data")];
  const player = new Player(el, model.get("scene"), data, {
    onMinute: (minute) => { model.set("minute", minute); model.save_changes(); },
  });
  const jump = () => { if (Math.abs(model.get("minute") - player.minute) > 1e-9) player.seek(model.get("minute")); };
  model.on("change:minute", jump);
  if (model.get("scene").plays && !player.calm) player.toggle(true);
  el.player = player;
  return () => { model.off("change:minute", jump); player.stop(); };
}
export default { render };
