// Who is where at a minute of the day: from the events alone, without looking at the screen.
// The numbers of events and outcomes are those of sim/playback/events.py and sim/log.py.

export const TICKS_A_MINUTE = 2 ** 20;
export const TRIES_PORTAL = 0, ARRIVES = 1, BOOKS = 2, MEETS_BOT = 3, QUEUES = 4, ANSWERED = 5, LEAVES = 6, CLOSES = 7,
  COMES_ON_DUTY = 8, GOES_OFF_DUTY = 9, WAY_BEGINS = 10, WAY_ENDS = 11;
export const OUTCOMES = ["served", "abandoned", "blocked", "turned_away", "contained", "left_bot", "called_back"];
export const SELF_SERVED = 7;
export const TAKES_CALLBACK = 1, IS_TASK = 2, IS_ENQUIRY = 4, GOES_FIRST = 8;
export const AWAY = 0, IN_PORTAL = 1, BOOKED = 2, WITH_BOT = 3, WAITING = 4, IN_SERVICE = 5, GONE = 6;

const ARRAYS = { uint8: Uint8Array, uint16: Uint16Array, uint32: Uint32Array };

// One side of the message: the columns that sim/playback/message.py packed, as typed arrays.
export function unpack(side, data) {
  const bytes = new Uint8Array(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength);
  const day = { ...side };
  for (const [name, type, length, offset] of side.columns) {
    const size = ARRAYS[type].BYTES_PER_ELEMENT * length;
    day[name] = new ARRAYS[type](bytes.slice(offset, offset + size).buffer);
  }
  day.teamOf = new Uint8Array(day.teams.reduce((sum, team) => sum + team.count, 0));
  day.teams.forEach((team, code) => day.teamOf.fill(code, team.first, team.first + team.count));
  day.lanes = day.channels.length + day.tasks.length;
  return day;
}

// The state before anything has happened.
export function fresh(day) {
  const subjects = day.who.length, agents = day.teamOf.length;
  return {
    next: 0,
    stage: new Uint8Array(subjects),
    since: new Uint32Array(subjects), // the event that brought it there: the order of a queue
    agent: new Uint16Array(subjects),
    slot: new Uint8Array(subjects),
    left: new Uint8Array(subjects), // how it left: outcome + 8 if solved + 16 x rating
    duty: new Int16Array(agents),
    inHand: new Uint16Array(agents),
    taken: new Uint32Array(agents), // the places in an agent's hands, a bit each
    at: Array.from({ length: 7 }, () => new Int32Array(day.lanes)), // by stage and lane
    arrived: new Int32Array(day.lanes),
    ended: Array.from({ length: 7 }, () => new Int32Array(day.lanes)), // by outcome and lane
    solved: 0,
    servedSolved: 0,
    selfServed: 0,
    onTheWay: 0,
    closed: 0,
    givenUp: 0,
    ratings: new Int32Array(6),
  };
}

function move(state, day, subject, stage, event) {
  const lane = day.lane[subject], from = state.stage[subject];
  state.at[from][lane] -= 1;
  state.at[stage][lane] += 1;
  if (from === IN_SERVICE) {
    const agent = state.agent[subject];
    state.inHand[agent] -= 1;
    state.taken[agent] &= ~(1 << state.slot[subject]);
  }
  state.stage[subject] = stage;
  state.since[subject] = event;
}

function apply(state, day, event) {
  const what = day.what[event], subject = day.subject[event], value = day.value[event];
  if (what === TRIES_PORTAL) move(state, day, subject, IN_PORTAL, event);
  else if (what === ARRIVES) {
    move(state, day, subject, AWAY, event);
    state.arrived[day.lane[subject]] += 1;
  } else if (what === BOOKS) move(state, day, subject, BOOKED, event);
  else if (what === MEETS_BOT) move(state, day, subject, WITH_BOT, event);
  else if (what === QUEUES) move(state, day, subject, WAITING, event);
  else if (what === ANSWERED) {
    move(state, day, subject, IN_SERVICE, event);
    let slot = 0;
    while (slot < 31 && state.taken[value] & (1 << slot)) slot += 1;
    state.taken[value] |= 1 << slot;
    state.slot[subject] = slot;
    state.agent[subject] = value;
    state.inHand[value] += 1;
  } else if (what === LEAVES) {
    move(state, day, subject, GONE, event);
    state.left[subject] = value;
    const outcome = value & 7;
    if (outcome === SELF_SERVED) state.selfServed += 1;
    else {
      state.ended[outcome][day.lane[subject]] += 1;
      if (value & 8 && day.lane[subject] < day.channels.length) {
        state.solved += 1;
        if (outcome === 0) state.servedSolved += 1;
      }
    }
  } else if (what === CLOSES) {
    state.closed += 1;
    if (!(value & 8)) state.givenUp += 1;
    state.ratings[value & 7] += 1;
  } else if (what === COMES_ON_DUTY) state.duty[value] += 1;
  else if (what === GOES_OFF_DUTY) state.duty[value] -= 1;
  else if (what === WAY_BEGINS) state.onTheWay += value;
  else if (what === WAY_ENDS) state.onTheWay -= value;
}

// Play on to a minute; returns the subjects that left on the way there. Never back: for that begin afresh.
export function advance(state, day, minute) {
  const until = minute * TICKS_A_MINUTE, leaving = [];
  while (state.next < day.tick.length && day.tick[state.next] <= until) {
    apply(state, day, state.next);
    if (day.what[state.next] === LEAVES) leaving.push(day.subject[state.next]);
    state.next += 1;
  }
  return leaving;
}

export function stateAt(day, minute) {
  const state = fresh(day);
  advance(state, day, minute);
  return state;
}

// The state at 00:00, before anything of the day has happened.
export function stateBefore(day) {
  const state = fresh(day);
  while (state.next < day.carried) apply(state, day, state.next++);
  return state;
}

// The counts of sim.playback.counts, by the same names.
export function counts(state, day) {
  const of = (numbers) => {
    let sum = 0;
    for (let lane = 0; lane < day.channels.length; lane++) sum += numbers[lane];
    return sum;
  };
  const where = (stage, kind) => day.channels.reduce(
    (sum, channel, lane) => sum + ((channel.kind === "deferred") === kind ? state.at[stage][lane] : 0), 0);
  let portal = 0;
  for (const count of state.at[IN_PORTAL]) portal += count;
  const total = {
    arrived: of(state.arrived),
    waiting: where(WAITING, false),
    talking: where(IN_SERVICE, false),
    backlog: where(WAITING, true),
    writing: where(IN_SERVICE, true),
    with_bot: of(state.at[WITH_BOT]),
    in_portal: portal,
    booked: of(state.at[BOOKED]),
    on_the_way: state.onTheWay,
    solved: state.solved,
    self_served: state.selfServed,
    closed: state.closed,
    given_up: state.givenUp,
    rating_points: state.ratings.reduce((sum, count, rating) => sum + rating * count, 0),
    satisfied: state.ratings[4] + state.ratings[5],
    channels: {},
    tasks: {},
    teams: {},
  };
  OUTCOMES.forEach((outcome, code) => { total[outcome] = of(state.ended[code]); });
  day.channels.forEach((channel, lane) => {
    const here = {
      arrived: state.arrived[lane],
      booked: state.at[BOOKED][lane],
      with_bot: state.at[WITH_BOT][lane],
      waiting: state.at[WAITING][lane],
      in_service: state.at[IN_SERVICE][lane],
    };
    OUTCOMES.forEach((outcome, code) => { here[outcome] = state.ended[code][lane]; });
    total.channels[channel.name] = here;
  });
  day.tasks.forEach((task, number) => {
    const lane = day.channels.length + number;
    total.tasks[task.name] = {
      booked: state.at[BOOKED][lane],
      waiting: state.at[WAITING][lane],
      in_service: state.at[IN_SERVICE][lane],
      served: state.ended[0][lane],
    };
  });
  for (const team of day.teams) {
    const found = { on_duty: 0, busy: 0, in_hand: 0 };
    for (let agent = team.first; agent < team.first + team.count; agent++) {
      found.on_duty += state.duty[agent];
      found.busy += state.inHand[agent] > 0 ? 1 : 0;
      found.in_hand += state.inHand[agent];
    }
    total.teams[team.name] = found;
  }
  return total;
}
