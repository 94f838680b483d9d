// The picture of one side: where everything stands, and how it is drawn.
import {
  AWAY, BOOKED, GOES_FIRST, GONE, IN_PORTAL, IN_SERVICE, IS_TASK, TAKES_CALLBACK, TICKS_A_MINUTE, WAITING, WITH_BOT,
} from "./state.js";

// Those of sim.plots: they can be told apart with any kind of colour vision, and by their lightness alone.
export const COLOURS = {
  ink: "#222222", quiet: "#555555", faint: "#888888", line: "#C9C9C6", band: "#F3F3F1", shut: "#E4E4E1",
  page: "#FFFFFF", waiting: "#F2BE45", late: "#C77C00", served: "#A9CBE4", busy: "#1675B5", bot: "#BFE6A8",
  left_solved: "#A9CBE4", left_unsolved: "#FFFFFF", left_called_back: "#311B90", left_contained: "#BFE6A8",
  left_left_bot: "#6A3B6A", left_self_served: "#BFE6A8", left_abandoned: "#B8301F", left_blocked: "#1E1E1E",
  left_turned_away: "#868686",
};
const DARK = new Set(["#311B90", "#6A3B6A", "#B8301F", "#1E1E1E"]);
const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", sans-serif';
const EXITS = ["solved", "unsolved", "called_back", "contained", "left_bot", "self_served", "abandoned", "blocked",
  "turned_away"];
const MARKS = { solved: "✓", unsolved: "?", called_back: "↩", contained: "✓", left_bot: "✕", self_served: "✓",
  abandoned: "✕", blocked: "■", turned_away: "–" };
const SECONDS_TO_LEAVE = 1.1;
const SMALLEST_TEXT = 11.5;

// Which exit a subject takes, by outcome + 8 if solved.
function exitOf(left) {
  const outcome = left & 7;
  if (outcome === 0) return left & 8 ? "solved" : "unsolved";
  return ["", "abandoned", "blocked", "turned_away", "contained", "left_bot", "called_back", "self_served"][outcome];
}

// The exits that somebody takes on either side, so that both pictures have the same ones.
export function exitsOf(days) {
  const used = new Set(["solved", "abandoned"]);
  for (const day of days) {
    for (let k = 0; k < day.what.length; k++) {
      if (day.what[k] === 6 && !(day.flags[day.subject[k]] & IS_TASK)) used.add(exitOf(day.value[k]));
    }
  }
  return EXITS.filter((exit) => used.has(exit));
}

export function exitCounts(state, day) {
  const of = (outcome) => state.ended[outcome].reduce(
    (sum, count, lane) => sum + (lane < day.channels.length ? count : 0), 0);
  return { solved: state.servedSolved, unsolved: of(0) - state.servedSolved, called_back: of(6), contained: of(4),
    left_bot: of(5), self_served: state.selfServed, abandoned: of(1), blocked: of(2), turned_away: of(3) };
}

// What the pictures have room for: everything that is on any side, so that the same thing stands in the same place.
export function floorOf(days) {
  const merged = (lists, join) => {
    const found = new Map();
    for (const item of lists.flat()) found.set(item.name, found.has(item.name) ? join(found.get(item.name), item) : { ...item });
    return [...found.values()];
  };
  const channels = merged(days.map((day) => day.channels), (one, other) => ({ ...one, bot: one.bot || other.bot }));
  const tasks = merged(days.map((day) => day.tasks), (one) => one);
  const teams = merged(days.map((day) => day.teams), (one, other) => ({
    ...one, count: Math.max(one.count, other.count), slots: Math.max(one.slots, other.slots),
  }));
  let first = 0;
  for (const team of teams) { team.first = first; first += team.count; }
  return { channels, tasks, teams, agents: first, portal: days.some((day) => day.portal) };
}

// Where everything stands in a picture so wide. On the whole screen it is as large as the height allows.
export function layoutOf(width, floor, exits, whole, highest) {
  const wide = width >= 660;
  let k = wide ? Math.min(2.4, Math.max(0.8, width / (whole ? 780 : 940))) : Math.min(1.1, Math.max(0.78, width / 470));
  let layout = laidOut(width, floor, exits, wide, k);
  while (layout.height > highest && k > 0.7) layout = laidOut(width, floor, exits, wide, k *= 0.95);
  return layout;
}

function laidOut(width, floor, exits, wide, k) {
  const gap = 6 * k, rows = [], heads = 19 * k;
  const exitsWidth = wide ? 178 * k : 0;
  const inner = width - (wide ? exitsWidth + gap : 0);
  const lanesWidth = Math.round(inner * (wide ? 0.56 : 0.55));
  let y = 0;
  const heightOf = (channel) => (channel.kind === "deferred" ? 62 : 54) * k;
  // A shop with one queue gets a tall one: a picture needs some height.
  const usual = floor.channels.reduce((sum, channel) => sum + heightOf(channel) + gap, floor.tasks.length && wide ? 84 * k : 0);
  const stretch = Math.max(1, 300 * k / Math.max(1, usual));
  const row = (height, more) => { rows.push({ x: 0, y, w: lanesWidth, h: height, ...more }); y += height + gap; };
  if (floor.portal) row(34 * k, { portal: true });
  floor.channels.forEach((channel, lane) => row(heightOf(channel) * stretch, { lane, channel }));
  const office = floor.tasks.length ? 84 * k : 0;
  if (office && wide) row(office, { office: true });
  let height = y - gap;

  // Teams: boxes as large as fit beside the lanes.
  const left = lanesWidth + gap, teamsWidth = inner - left - (wide ? gap : 0);
  const labels = 20 * k, agents = new Array(floor.agents), teams = [];
  const boxWidth = (team, size) => size * (team.slots > 2 ? 1.5 : team.slots > 1 ? 1.3 : 1);
  const columnsOf = (team, size) => Math.max(1, Math.floor((teamsWidth - 11 * k) / (boxWidth(team, size) + 5 * k)));
  const linesOf = (team, size) => Math.ceil(team.count / columnsOf(team, size));
  const needed = (size) => floor.teams.reduce(
    (sum, team) => sum + labels + 10 * k + gap + linesOf(team, size) * (size + 5 * k), -gap);
  let size = (stretch > 1.5 ? 60 : 44) * k;
  while (size > 9 * k && needed(size) > height) size -= k;
  height = Math.max(height, needed(size));
  const spare = Math.max(0, height - needed(size)) / Math.max(1, floor.teams.length);
  y = 0;
  for (const team of floor.teams) {
    const w = boxWidth(team, size), columns = columnsOf(team, size);
    const box = { x: left, y, w: teamsWidth, h: labels + 10 * k + linesOf(team, size) * (size + 5 * k) + spare, team };
    for (let n = 0; n < team.count; n++) {
      agents[team.first + n] = {
        x: left + 8 * k + (n % columns) * (w + 5 * k),
        y: y + labels + 5 * k + Math.floor(n / columns) * (size + 5 * k),
        w, h: size, slots: team.slots,
      };
    }
    teams.push(box);
    y += box.h + gap;
  }
  if (office && !wide) {
    rows.push({ x: 0, y: height + gap, w: width, h: office, office: true });
    height += gap + office;
  }

  const piles = new Map();
  for (const place of rows) {
    if (place.office) {
      const each = (place.w - 10 * k) / floor.tasks.length;
      floor.tasks.forEach((_, number) => piles.set(floor.channels.length + number, {
        x: place.x + 5 * k + number * each, y: place.y + heads, w: each - 4 * k, h: place.h - heads - 18 * k,
      }));
    } else if (!place.portal) {
      const bot = place.channel.bot ? 0.3 * lanesWidth : 0;
      const box = { x: place.x + 8 * k + bot, y: place.y + heads, w: lanesWidth - 16 * k - bot, h: place.h - heads - 4 * k };
      piles.set(place.lane, box);
      if (bot) place.bot = { x: place.x + 8 * k, y: box.y, w: bot - 12 * k, h: box.h };
    }
  }

  // Exits: a column at the right or, on narrow pictures, lines below.
  const doors = {}, across = width / k >= 520 ? 3 : 2;
  if (wide) {
    const each = Math.min(44 * k, (height - 22 * k) / exits.length);
    exits.forEach((exit, n) => { doors[exit] = { x: width - exitsWidth + 14 * k, y: 22 * k + (n + 0.5) * each }; });
  } else {
    const each = width / across;
    exits.forEach((exit, n) => {
      doors[exit] = { x: (n % across) * each + 12 * k, y: height + 12 * k + (Math.floor(n / across) + 0.5) * 24 * k };
    });
    height += 12 * k + Math.ceil(exits.length / across) * 24 * k;
  }
  return { width, height: Math.ceil(height + 2), k, wide, rows, piles, agents, teams, doors, exits, across };
}

// What moves: where each subject is on the screen now, and where it is going.
export class Stage {
  constructor(canvas, day, floor, words) {
    this.canvas = canvas;
    this.day = day;
    this.floor = floor;
    this.words = words;
    // Where the lanes and the agents of this side stand among those of all sides.
    const place = (list, name) => list.findIndex((item) => item.name === name);
    this.laneAt = [...day.channels.map(({ name }) => place(floor.channels, name)),
      ...day.tasks.map(({ name }) => floor.channels.length + place(floor.tasks, name))];
    this.agentAt = [];
    for (const team of day.teams) {
      const { first } = floor.teams[place(floor.teams, team.name)];
      for (let n = 0; n < team.count; n++) this.agentAt[team.first + n] = first + n;
    }
    this.channelNamed = new Map(day.channels.map((channel) => [channel.name, channel]));
    this.pen = canvas.getContext("2d");
    const subjects = day.who.length;
    this.x = new Float32Array(subjects);
    this.y = new Float32Array(subjects);
    this.r = new Float32Array(subjects);
    this.tx = new Float32Array(subjects);
    this.ty = new Float32Array(subjects);
    this.tr = new Float32Array(subjects);
    this.seen = new Uint8Array(subjects);
    this.leaving = new Map();
    this.picked = -1;
  }

  resize(layout, ratio) {
    this.layout = layout;
    this.canvas.width = Math.round(this.layout.width * ratio);
    this.canvas.height = Math.round(this.layout.height * ratio);
    this.canvas.style.height = `${this.layout.height}px`;
    this.ratio = ratio;
    this.marks = new Map();
    this.seen.fill(0);
    this.leaving.clear();
  }

  // Send everybody to where the state says they are. After a jump they stand there at once.
  aim(state, jump) {
    const { day, layout } = this, { k } = layout;
    const queues = new Map(), portal = [], bots = new Map();
    this.here = [];
    if (jump) { this.seen.fill(0); this.leaving.clear(); }
    for (let s = 0; s < day.who.length; s++) {
      const stage = state.stage[s];
      if (stage === AWAY || stage === GONE || stage === BOOKED) { if (!this.leaving.has(s)) this.seen[s] = 0; continue; }
      this.leaving.delete(s);
      this.here.push(s);
      if (stage === IN_PORTAL) portal.push(s);
      else {
        const lane = this.laneAt[day.lane[s]];
        if (stage === IN_SERVICE) this.toAgent(s, state);
        else {
          const of = stage === WITH_BOT ? bots : queues;
          if (!of.has(lane)) of.set(lane, []);
          of.get(lane).push(s);
        }
      }
    }
    const inOrder = (list) => list.sort((a, b) => state.since[a] - state.since[b]);
    for (const [lane, list] of queues) this.intoPile(inOrder(list), layout.piles.get(lane), true);
    for (const row of layout.rows) {
      if (row.portal) this.intoPile(inOrder(portal), this.portalBox(row), false);
      else if (row.bot && bots.has(row.lane)) this.intoPile(inOrder(bots.get(row.lane)), row.bot, false);
    }
    for (const s of this.here) {
      if (!this.seen[s]) {
        this.seen[s] = 1;
        this.r[s] = this.tr[s];
        this.x[s] = jump ? this.tx[s] : -10 * k;
        this.y[s] = this.ty[s];
      } else if (jump) { this.x[s] = this.tx[s]; this.y[s] = this.ty[s]; this.r[s] = this.tr[s]; }
    }
  }

  portalBox(row) {
    const { k } = this.layout;
    return { x: row.x + 0.48 * row.w, y: row.y + 4 * k, w: 0.5 * row.w, h: row.h - 8 * k };
  }

  toAgent(s, state) {
    const box = this.layout.agents[this.agentAt[state.agent[s]]], slots = box.slots;
    const columns = slots > 1 ? Math.ceil(Math.sqrt(slots)) : 1, lines = Math.ceil(slots / columns);
    const slot = state.slot[s] % slots;
    this.tx[s] = box.x + ((slot % columns) + 0.5) * box.w / columns;
    this.ty[s] = box.y + (Math.floor(slot / columns) + 0.5) * box.h / lines;
    this.tr[s] = Math.min(11 * this.layout.k, 0.4 * Math.min(box.w / columns, box.h / lines));
    // A call, a message or a task takes the whole agent, also one who could hold several chats.
    const channel = this.day.channels[this.day.lane[s]];
    if (slots > 1 && state.inHand[state.agent[s]] === 1 && !(channel && channel.atOnce > 1)) {
      this.tx[s] = box.x + box.w / 2;
      this.ty[s] = box.y + box.h / 2;
      this.tr[s] = Math.min(11 * this.layout.k, 0.4 * Math.min(box.w, box.h));
    }
  }

  // Lay a list out in a box, column by column; the first stands at the right end if it is a queue.
  intoPile(list, box, fromRight) {
    const { k } = this.layout;
    let r = 9 * k, columns, lines;
    for (; ; r -= 0.25 * k) {
      const pitch = 2 * r + 0.45 * r;
      lines = Math.max(1, Math.floor(box.h / pitch));
      columns = Math.max(1, Math.floor(box.w / pitch));
      if (lines * columns >= list.length || r <= 2 * k) break;
    }
    r = Math.min(r, box.h / 2);
    const pitch = 2.45 * r, room = lines * columns;
    list.forEach((s, n) => {
      const at = Math.min(n, room - 1), column = Math.floor(at / lines), line = at % lines;
      this.tx[s] = fromRight ? box.x + box.w - r - column * pitch : box.x + r + column * pitch;
      this.ty[s] = box.y + box.h / 2 + (line - (lines - 1) / 2) * pitch;
      this.tr[s] = r;
    });
  }

  // Let those go who left since the last look: from where they stand to their exit. To be told before `aim`.
  leave(subjects, state) {
    const { layout, day } = this;
    for (const s of subjects) {
      const isTask = day.flags[s] & IS_TASK, exit = exitOf(state.left[s]);
      if (!this.seen[s]) {
        // Too quick for the eye: it comes in at the door of its lane.
        if (isTask) continue;
        const lane = this.laneAt[day.lane[s]];
        const row = layout.rows.find((place) => (exit === "self_served" ? place.portal : place.lane === lane));
        this.seen[s] = 1;
        this.x[s] = row.x;
        this.y[s] = row.y + row.h / 2;
        this.r[s] = 7 * layout.k;
      }
      // Work of the back office is done and fades where it is.
      const door = isTask ? null : layout.doors[exit];
      this.leaving.set(s, 0);
      this.tx[s] = door ? door.x : this.x[s];
      this.ty[s] = door ? door.y : this.y[s];
      this.tr[s] = Math.min(8 * layout.k, Math.max(4 * layout.k, 1.2 * this.r[s]));
    }
  }

  // Move everything on by some seconds of real time.
  glide(seconds) {
    const near = 1 - Math.exp(-seconds / 0.09), far = 1 - Math.exp(-seconds / 0.22);
    for (const s of this.here) this.step(s, near);
    for (const [s, age] of this.leaving) {
      this.step(s, far);
      if (age + seconds > SECONDS_TO_LEAVE) { this.leaving.delete(s); this.seen[s] = 0; } else this.leaving.set(s, age + seconds);
    }
  }

  step(s, share) {
    this.x[s] += (this.tx[s] - this.x[s]) * share;
    this.y[s] += (this.ty[s] - this.y[s]) * share;
    this.r[s] += (this.tr[s] - this.r[s]) * share;
  }

  at(x, y) {
    let best = -1, nearest = 14 * this.layout.k;
    for (const s of this.here) {
      const distance = Math.hypot(this.x[s] - x, this.y[s] - y);
      if (distance < nearest) { nearest = distance; best = s; }
    }
    return best;
  }

  sizeOf(size) {
    return Math.max(SMALLEST_TEXT, size * this.layout.k);
  }

  widthOf(told, size, weight = "") {
    this.pen.font = `${weight} ${this.sizeOf(size)}px ${FONT}`;
    return this.pen.measureText(told).width;
  }

  text(told, x, y, { size = 13, colour = COLOURS.ink, align = "left", weight = "", width } = {}) {
    const { pen, layout } = this;
    pen.font = `${weight} ${this.sizeOf(size)}px ${FONT}`;
    pen.fillStyle = colour;
    pen.textAlign = align;
    pen.textBaseline = "middle";
    if (width && pen.measureText(told).width > width) {
      while (told.length > 1 && pen.measureText(`${told}…`).width > width) told = told.slice(0, -1);
      told += "…";
    }
    pen.fillText(told, x, y);
  }

  box(x, y, w, h, { fill, edge, dash = [], line = 1, radius = 5 } = {}) {
    const { pen } = this;
    pen.beginPath();
    pen.roundRect(x, y, w, h, radius * this.layout.k);
    if (fill) { pen.fillStyle = fill; pen.fill(); }
    if (edge) { pen.strokeStyle = edge; pen.lineWidth = line; pen.setLineDash(dash); pen.stroke(); pen.setLineDash([]); }
  }

  draw(state, minute, counts) {
    const { pen, layout, floor, words } = this, { k } = layout;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.fillStyle = COLOURS.page;
    pen.fillRect(0, 0, layout.width, layout.height);
    for (const row of layout.rows) {
      const mine = row.channel && this.channelNamed.get(row.channel.name);
      const shut = row.channel && (!mine || (mine.open && !mine.open.some(([opens, closes]) => opens <= minute && minute < closes)));
      this.box(row.x, row.y, row.w, row.h, { fill: shut ? COLOURS.shut : COLOURS.band });
      const top = row.y + 11 * k, right = row.x + row.w - 8 * k;
      if (row.portal) {
        this.text(words.portal, row.x + 8 * k, row.y + row.h / 2, { weight: "600" });
      } else if (row.office) {
        this.text(words.back_office, row.x + 8 * k, top, { weight: "600" });
        this.text(words.on_the_way.replace("{count}", counts.on_the_way), right, top,
          { align: "right", colour: COLOURS.quiet, size: 12, width: row.w - this.widthOf(words.back_office, 13, "600") - 24 * k });
        floor.tasks.forEach((task, number) => {
          const pile = layout.piles.get(floor.channels.length + number), now = counts.tasks[task.name];
          this.box(pile.x, pile.y, pile.w, pile.h, { fill: COLOURS.page });
          this.text(`${now ? now.waiting : "–"} ${task.label}`, pile.x + k, pile.y + pile.h + 9 * k, { size: 11, width: pile.w });
        });
      } else {
        const now = counts.channels[row.channel.name] ?? { waiting: 0, booked: 0, with_bot: 0 };
        this.text(row.channel.label, row.x + 8 * k, top, { weight: "600" });
        const used = this.widthOf(row.channel.label, 13, "600");
        const what = row.channel.kind === "deferred" ? words.count_to_answer : words.count_waiting;
        let told = what.replace("{count}", now.waiting);
        if (row.channel.kind === "visit" && now.booked) {
          const more = `${told} · ${words.booked.replace("{count}", now.booked)}`;
          if (this.widthOf(more, 13, "600") < row.w - used - 24 * k) told = more;
        }
        if (!mine) told = words.not_here;
        else if (shut) told = now.waiting ? `${words.closed} · ${told}` : words.closed;
        this.text(told, right, top, { align: "right", size: 13, colour: now.waiting && !shut ? COLOURS.ink : COLOURS.quiet,
          weight: now.waiting ? "600" : "", width: row.w - used - 24 * k });
        if (row.bot && mine?.bot) {
          this.box(row.bot.x, row.bot.y, row.bot.w, row.bot.h, { fill: COLOURS.page, edge: COLOURS.line, dash: [3, 3] });
          if (!now.with_bot) {
            this.text(words.bot, row.bot.x + row.bot.w / 2, row.bot.y + row.bot.h / 2,
              { align: "center", size: 12, colour: COLOURS.faint });
          }
        }
      }
    }
    for (const place of layout.teams) {
      this.box(place.x, place.y, place.w, place.h, { edge: COLOURS.line });
      const now = counts.teams[place.team.name];
      const told = !now ? words.not_here : now.on_duty
        ? words.agents_busy.replace("{busy}", now.busy).replace("{on_duty}", now.on_duty) : words.nobody;
      const used = this.widthOf(told, 12);
      this.text(place.team.label, place.x + 8 * k, place.y + 12 * k, { weight: "600", width: place.w - used - 24 * k });
      this.text(told, place.x + place.w - 8 * k, place.y + 12 * k, { align: "right", size: 12, colour: COLOURS.quiet });
    }
    this.agentAt.forEach((at, agent) => this.drawAgent(layout.agents[at], state.duty[agent] > 0, state.inHand[agent]));
    this.drawExits(state);
    pen.globalAlpha = 1;
    for (const s of this.here) this.drawSubject(s, state, minute);
    for (const [s, age] of this.leaving) {
      pen.globalAlpha = Math.max(0, Math.min(1, 1.6 * (1 - age / SECONDS_TO_LEAVE)));
      this.drawSubject(s, state, minute);
    }
    pen.globalAlpha = 1;
    if (this.picked >= 0 && this.seen[this.picked]) {
      pen.beginPath();
      pen.arc(this.x[this.picked], this.y[this.picked], this.r[this.picked] + 5 * k, 0, 7);
      pen.strokeStyle = COLOURS.ink;
      pen.lineWidth = 2.5 * k;
      pen.stroke();
    }
  }

  drawAgent(box, onDuty, inHand) {
    const { pen, layout: { k } } = this;
    if (!onDuty) {
      this.box(box.x, box.y, box.w, box.h, { edge: COLOURS.line, dash: [3, 3] });
      return;
    }
    this.box(box.x, box.y, box.w, box.h,
      { fill: inHand ? "#E6F0F8" : COLOURS.page, edge: inHand ? COLOURS.busy : COLOURS.faint, line: (inHand ? 2 : 1.2) * k });
    if (box.slots > 1 && box.h > 22 * k) {
      const columns = Math.ceil(Math.sqrt(box.slots)), lines = Math.ceil(box.slots / columns);
      const r = Math.min(11 * k, 0.4 * Math.min(box.w / columns, box.h / lines));
      pen.strokeStyle = COLOURS.line;
      pen.lineWidth = 1;
      for (let slot = 0; slot < box.slots; slot++) {
        pen.beginPath();
        pen.arc(box.x + ((slot % columns) + 0.5) * box.w / columns, box.y + (Math.floor(slot / columns) + 0.5) * box.h / lines, 0.8 * r, 0, 7);
        pen.stroke();
      }
    }
  }

  drawExits(state) {
    const { layout, words, pen } = this, { k } = layout, counts = exitCounts(state, this.day);
    if (layout.wide) this.text(words.left, layout.width - 176 * k, 11 * k, { weight: "600" });
    for (const exit of layout.exits) {
      const door = layout.doors[exit], colour = COLOURS[`left_${exit}`];
      const count = counts[exit].toLocaleString("en");
      pen.beginPath();
      pen.arc(door.x, door.y, 9 * k, 0, 7);
      pen.fillStyle = colour;
      pen.fill();
      pen.strokeStyle = exit === "unsolved" ? COLOURS.busy : colour;
      pen.lineWidth = 1.5 * k;
      pen.stroke();
      this.text(MARKS[exit], door.x, door.y + 0.5 * k, { align: "center", size: 12, weight: "700", colour: DARK.has(colour) ? "#FFFFFF" : COLOURS.ink });
      if (layout.wide) {
        this.text(count, door.x + 16 * k, door.y - 7 * k, { size: 16, weight: "600" });
        this.text(words[`left_${exit}`], door.x + 16 * k, door.y + 9 * k, { size: 12, colour: COLOURS.quiet, width: 150 * k });
      } else {
        const used = this.widthOf(count, 13, "600");
        this.text(count, door.x + 13 * k, door.y, { weight: "600" });
        this.text(words[`left_${exit}`], door.x + 18 * k + used, door.y,
          { size: 12, colour: COLOURS.quiet, width: layout.width / layout.across - used - 34 * k });
      }
    }
  }

  drawSubject(s, state, minute) {
    const { pen, day } = this, stage = state.stage[s], x = this.x[s], y = this.y[s], r = this.r[s];
    const channel = day.channels[day.lane[s]], flags = day.flags[s];
    let fill = COLOURS.served, edge = COLOURS.busy, hollow = false;
    if (stage === WAITING) {
      const waited = minute - day.tick[state.since[s]] / TICKS_A_MINUTE;
      const late = channel?.within != null && waited > channel.within;
      fill = late ? COLOURS.late : COLOURS.waiting;
      edge = COLOURS.late;
      hollow = Boolean(flags & TAKES_CALLBACK);
    } else if (stage === WITH_BOT || stage === IN_PORTAL) { fill = COLOURS.bot; edge = "#4E8A35"; }
    else if (stage === GONE && !(flags & IS_TASK)) { fill = COLOURS[`left_${exitOf(state.left[s])}`]; edge = fill === "#FFFFFF" ? COLOURS.busy : fill; }
    const isTask = flags & IS_TASK;
    const shape = isTask ? "diamond" : channel.kind === "deferred" && stage !== IN_PORTAL ? "square" : "circle";
    const sign = isTask ? day.tasks[day.lane[s] - day.channels.length].sign : channel.sign;
    const rating = stage === GONE && !isTask ? state.left[s] >> 4 : 0;
    const mark = this.markOf(Math.round(2 * r) / 2, shape, fill, flags & GOES_FIRST ? COLOURS.ink : edge, hollow, sign, rating);
    const size = mark.width / this.ratio;
    pen.drawImage(mark, x - size / 2, y - size / 2, size, size);
  }

  // A mark is drawn once and then copied, which is several times as quick.
  markOf(r, shape, fill, edge, hollow, sign, rating) {
    const key = `${r} ${shape} ${fill} ${edge} ${hollow} ${sign} ${rating}`;
    let mark = this.marks.get(key);
    if (!mark) {
      mark = document.createElement("canvas");
      mark.width = mark.height = Math.ceil(2 * (r + 1) * this.ratio);
      this.drawMark(mark.getContext("2d"), r, shape, fill, edge, hollow, sign, rating);
      this.marks.set(key, mark);
    }
    return mark;
  }

  drawMark(pen, r, shape, fill, edge, hollow, sign, rating) {
    pen.setTransform(this.ratio, 0, 0, this.ratio, pen.canvas.width / 2, pen.canvas.height / 2);
    const line = Math.max(1, (edge === COLOURS.ink ? 0.28 : hollow ? 0.2 : 0.12) * r), inner = r - line / 2;
    pen.beginPath();
    if (shape === "diamond") {
      pen.moveTo(0, -inner); pen.lineTo(inner, 0); pen.lineTo(0, inner); pen.lineTo(-inner, 0); pen.closePath();
    } else if (shape === "square") pen.rect(-0.86 * inner, -0.86 * inner, 1.72 * inner, 1.72 * inner);
    else pen.arc(0, 0, inner, 0, 7);
    pen.fillStyle = hollow ? COLOURS.page : fill;
    pen.fill();
    pen.strokeStyle = edge;
    pen.lineWidth = line;
    pen.stroke();
    if (r < 5) return;
    const colour = !hollow && DARK.has(fill) ? "#FFFFFF" : COLOURS.ink;
    if (rating) { drawFace(pen, r, rating, colour); return; }
    // Chinese signs need more room to be read.
    if (r < 7 && sign.charCodeAt(0) > 0x2E00) return;
    pen.fillStyle = colour;
    pen.font = `600 ${1.15 * r}px ${FONT}`;
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.fillText(sign, 0, 0.06 * r);
  }
}

// A face for the rating that closes a case: content, so-so, or not.
function drawFace(pen, r, rating, colour) {
  pen.fillStyle = pen.strokeStyle = colour;
  pen.lineWidth = Math.max(1, 0.14 * r);
  pen.beginPath();
  pen.arc(-0.32 * r, -0.22 * r, 0.11 * r, 0, 7);
  pen.arc(0.32 * r, -0.22 * r, 0.11 * r, 0, 7);
  pen.fill();
  pen.beginPath();
  if (rating >= 4) pen.arc(0, 0.08 * r, 0.42 * r, 0.15 * Math.PI, 0.85 * Math.PI);
  else if (rating === 3) { pen.moveTo(-0.35 * r, 0.38 * r); pen.lineTo(0.35 * r, 0.38 * r); }
  else pen.arc(0, 0.7 * r, 0.42 * r, 1.15 * Math.PI, 1.85 * Math.PI);
  pen.stroke();
}
