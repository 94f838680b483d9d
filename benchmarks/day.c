/* The reference day, written for it alone: the life that sim/model.py tells, as far as this day has it.

       day IN OUT RUNS

   IN holds the same workload that the engines of the package run, and the timetable; `day.py` writes it. OUT gets what
   happened, the same columns as the package's log. Prints the CPU seconds of each run. Every team has one channel, the
   one with its own number, so there is no choice among queues; all else (order of events, priorities, patience, the
   agent who is least loaded and then longest unchanged, conversations that slow each other down, returns) is as in the
   package, to the tick. */

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "heap.h"

#define TICKS 1048576.0
#define MOST_AT_ONCE 8

enum { SERVICE_ENDS = 1, TIMETABLE, CASE_APPEARS, CUSTOMER_RETURNS, PATIENCE_ENDS = 8 };
enum { CLOSES, OPENS, COMES, GOES };
enum { SERVED, ABANDONED, BLOCKED, TURNED_AWAY, WAITING = 7, IN_SERVICE };
enum { SOLVED, GIVEN_UP, OPEN };

/* What is read. */
static int64_t cases, rows, channels, agents, changes;
static double horizon;
static double *appears, *handle, *patience, *solve_draw, *delay_served, *delay_abandoned, *change_time, *odds, *speed;
static int64_t *priority, *case_of, *channel_of, *next_attempt, *change, *subject, *at_once, *team_of;

/* What is kept in mind and what is left. */
static Heap events, *ready;
static double now, *since, *duty_from, *arrived, *queued, *answered, *ended, *closed, *work_left, *end_at, *talk_since,
    *talk_speed;
static int64_t *agents_in, *in_hand, *talks, *happened, happenings, spells;
static int32_t *agent_of;
static int8_t *outcome, *solved, *state;
static char *waits, *is_open, *on_duty;
static double (*duty)[3];

typedef struct {
    int64_t priority;
    double since;
    int64_t case_, row;
} Place;

static struct {
    Place *places;
    size_t count, room;
} *line;

static double on_grid(double minutes) { return rint(minutes * TICKS) / TICKS; }

static int goes_before(Place a, Place b) {
    if (a.priority != b.priority) return a.priority < b.priority;
    if (a.since != b.since) return a.since < b.since;
    return a.case_ != b.case_ ? a.case_ < b.case_ : a.row < b.row;
}

static void joins(int64_t channel, Place place) {
    if (line[channel].count == line[channel].room) {
        line[channel].room = line[channel].room ? 2 * line[channel].room : 64;
        line[channel].places = realloc(line[channel].places, line[channel].room * sizeof(Place));
    }
    size_t at = line[channel].count++;
    Place *places = line[channel].places;
    for (; at && goes_before(place, places[(at - 1) / 2]); at = (at - 1) / 2) places[at] = places[(at - 1) / 2];
    places[at] = place;
}

static void drop_first(int64_t channel) {
    Place *places = line[channel].places, last = places[--line[channel].count];
    size_t at = 0, child, count = line[channel].count;
    while ((child = 2 * at + 1) < count) {
        if (child + 1 < count && goes_before(places[child + 1], places[child])) child++;
        if (!goes_before(places[child], last)) break;
        places[at] = places[child];
        at = child;
    }
    places[at] = last;
}

static int64_t next_in(int64_t channel) {
    while (line[channel].count && !waits[line[channel].places[0].row]) drop_first(channel);
    return line[channel].count ? line[channel].places[0].row : -1;
}

static int64_t *agents_with(int64_t team, int64_t hands) { return &agents_in[team * (MOST_AT_ONCE + 1) + hands]; }
static Heap *ready_with(int64_t team, int64_t hands) { return &ready[team * (MOST_AT_ONCE + 1) + hands]; }

static void turns(int64_t agent, int64_t by) {
    int64_t before = in_hand[agent];
    in_hand[agent] += by;
    if (on_duty[agent]) {
        --*agents_with(team_of[agent], before);
        ++*agents_with(team_of[agent], before + by);
        since[agent] = now;
    }
}

static void rests(int64_t agent) {
    int64_t team = team_of[agent];
    if (in_hand[agent] < at_once[team]) push(ready_with(team, in_hand[agent]), since[agent], agent);
}

static int64_t agent_for(int64_t channel) {
    for (int64_t hands = 0; hands < at_once[channel]; hands++) {
        if (!*agents_with(channel, hands)) continue;
        Heap *line_up = ready_with(channel, hands);
        for (;;) {
            Key first = line_up->keys[0];
            if (since[first.order] == first.time && in_hand[first.order] == hands && on_duty[first.order]) break;
            pop(line_up);
        }
        int64_t agent = line_up->keys[0].order;
        turns(agent, 1);
        if (at_once[channel] > 1) rests(agent);
        return agent;
    }
    return -1;
}

static void schedule(double time, int64_t kind, int64_t row) { push(&events, time, kind << 40 | row); }

/* The number of an agent's conversations has changed: bring the work up to date and move every end. */
static void share_attention(int64_t agent, int64_t others, int64_t all) {
    int64_t *mine = talks + agent * MOST_AT_ONCE;
    for (int64_t n = 0; n < others; n++) {
        double left = work_left[mine[n]] - on_grid((now - talk_since[mine[n]]) * talk_speed[mine[n]]);
        work_left[mine[n]] = left > 0 ? left : 0;
    }
    if (!all) return;
    double pace = speed[team_of[agent] * MOST_AT_ONCE + all - 1];
    for (int64_t n = 0; n < all; n++) {
        int64_t row = mine[n];
        talk_since[row] = now;
        talk_speed[row] = pace;
        end_at[row] = now + on_grid(work_left[row] / pace);
        schedule(end_at[row], SERVICE_ENDS, row);
    }
}

static void conversation(int64_t row, int64_t agent) {
    answered[row] = now;
    agent_of[row] = (int32_t)agent;
    if (at_once[team_of[agent]] == 1) {
        end_at[row] = now + handle[row];
        schedule(end_at[row], SERVICE_ENDS, row);
        return;
    }
    work_left[row] = handle[row];
    int64_t all = in_hand[agent];
    talks[agent * MOST_AT_ONCE + all - 1] = row;
    share_attention(agent, all - 1, all);
}

static void close_case(int64_t case_, int8_t as) {
    closed[case_] = now;
    state[case_] = as;
}

static void in_vain(int64_t row, int8_t how, double delay) {
    ended[row] = now;
    outcome[row] = how;
    if (next_attempt[row] >= 0 && delay < INFINITY) schedule(now + delay, CUSTOMER_RETURNS, next_attempt[row]);
    else close_case(case_of[row], GIVEN_UP);
}

static void contact(int64_t row) {
    int64_t channel = channel_of[row];
    happened[happenings++] = row;
    arrived[row] = now;
    if (!is_open[channel]) {
        in_vain(row, TURNED_AWAY, INFINITY);
        return;
    }
    queued[row] = now;
    int64_t agent = agent_for(channel);
    if (agent >= 0) {
        conversation(row, agent);
        return;
    }
    if (patience[row] < INFINITY) schedule(now + patience[row], PATIENCE_ENDS, row);
    Place place = {priority[case_of[row]], now, case_of[row], row};
    joins(channel, place);
    waits[row] = 1;
}

static void looks_for_work(int64_t agent) {
    int64_t team = team_of[agent], row;
    while (on_duty[agent] && in_hand[agent] < at_once[team] && (row = next_in(team)) >= 0) {
        turns(agent, 1);
        waits[row] = 0;
        conversation(row, agent);
    }
    if (on_duty[agent]) rests(agent);
}

static void goes_home(int64_t agent) {
    duty[spells][0] = (double)agent;
    duty[spells][1] = duty_from[agent];
    duty[spells++][2] = now;
    duty_from[agent] = NAN;
}

static void service_ends(int64_t row) {
    int64_t agent = agent_of[row], team = team_of[agent];
    end_at[row] = NAN;
    ended[row] = now;
    outcome[row] = SERVED;
    solved[row] = solve_draw[row] < odds[channel_of[row]];
    turns(agent, -1);
    if (at_once[team] > 1) {
        int64_t *mine = talks + agent * MOST_AT_ONCE, kept = 0;
        for (int64_t n = 0; n <= in_hand[agent]; n++) if (mine[n] != row) mine[kept++] = mine[n];
        share_attention(agent, kept, kept);
    }
    looks_for_work(agent);
    if (!on_duty[agent] && !in_hand[agent]) goes_home(agent);
    if (solved[row]) close_case(case_of[row], SOLVED);
    else in_vain(row, SERVED, delay_served[row]);
}

static int by_number(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void closes(int64_t channel) {
    is_open[channel] = 0;
    int64_t *left = malloc((line[channel].count + 1) * sizeof *left), count = 0;
    for (size_t n = 0; n < line[channel].count; n++)
        if (waits[line[channel].places[n].row]) left[count++] = line[channel].places[n].row;
    qsort(left, count, sizeof *left, by_number);
    for (int64_t n = 0; n < count; n++) {
        waits[left[n]] = 0;
        in_vain(left[n], TURNED_AWAY, INFINITY);
    }
    free(left);
}

static void timetable(int64_t row) {
    int64_t agent = subject[row];
    switch (change[row]) {
    case CLOSES: closes(agent); break;
    case OPENS: is_open[agent] = 1; break;
    case COMES:
        on_duty[agent] = 1;
        ++*agents_with(team_of[agent], in_hand[agent]);
        since[agent] = now;
        if (isnan(duty_from[agent])) duty_from[agent] = now;
        looks_for_work(agent);
        break;
    case GOES:
        on_duty[agent] = 0;
        --*agents_with(team_of[agent], in_hand[agent]);
        since[agent] = NAN;
        if (!in_hand[agent]) goes_home(agent);
    }
}

/* The row at the head, new cases and the timetable, both sorted already, kept out of the heap. */
static void simulate(void) {
    int64_t next_case = 0, next_change = 0;
    for (;;) {
        Key appearing = {next_case < cases ? appears[next_case] : INFINITY, (int64_t)CASE_APPEARS << 40 | next_case};
        Key changing = {next_change < changes ? change_time[next_change] : INFINITY,
                        (int64_t)TIMETABLE << 40 | next_change};
        Key first = before(changing, appearing) ? changing : appearing;
        int planned = !events.count || before(first, events.keys[0]);
        if (!planned) first = pop(&events);
        if (!(first.time < horizon)) return;
        now = first.time;
        int64_t row = first.order & (((int64_t)1 << 40) - 1);
        switch (first.order >> 40) {
        case SERVICE_ENDS:
            if (end_at[row] == now) service_ends(row);
            break;
        case TIMETABLE: timetable(next_change++); break;
        case CASE_APPEARS: next_case++; contact(row); break;
        case CUSTOMER_RETURNS: contact(row); break;
        case PATIENCE_ENDS:
            if (waits[row]) {
                waits[row] = 0;
                in_vain(row, ABANDONED, delay_abandoned[row]);
            }
        }
    }
}

static void *zeros(size_t count, size_t size) {
    void *found = calloc(count ? count : 1, size);
    if (!found) abort();
    return found;
}

static double *nans(size_t count) {
    double *found = malloc((count + 1) * sizeof *found);
    for (size_t n = 0; n < count; n++) found[n] = NAN;
    return found;
}

static void prepare(void) {
    memset(&events, 0, sizeof events);
    ready = zeros(channels * (MOST_AT_ONCE + 1), sizeof *ready);
    agents_in = zeros(channels * (MOST_AT_ONCE + 1), sizeof *agents_in);
    line = zeros(channels, sizeof *line);
    is_open = zeros(channels, 1);
    on_duty = zeros(agents, 1);
    in_hand = zeros(agents, sizeof *in_hand);
    talks = zeros(agents * MOST_AT_ONCE, sizeof *talks);
    since = nans(agents), duty_from = nans(agents);
    arrived = nans(rows), queued = nans(rows), answered = nans(rows), ended = nans(rows), end_at = nans(rows);
    work_left = nans(rows), talk_since = nans(rows), talk_speed = nans(rows), closed = nans(cases);
    outcome = malloc(rows + 1), memset(outcome, -1, rows);
    state = malloc(cases + 1), memset(state, OPEN, cases);
    agent_of = malloc((rows + 1) * sizeof *agent_of), memset(agent_of, -1, rows * sizeof *agent_of);
    solved = zeros(rows, 1), waits = zeros(rows, 1);
    happened = zeros(rows, sizeof *happened);
    duty = zeros(agents + changes, sizeof *duty);
    happenings = spells = 0;
}

static void release(void) {
    for (int64_t n = 0; n < channels * (MOST_AT_ONCE + 1); n++) free(ready[n].keys);
    for (int64_t n = 0; n < channels; n++) free(line[n].places);
    void *all[] = {events.keys, ready, agents_in, line, is_open, on_duty, in_hand, talks, since, duty_from, arrived,
                   queued, answered, ended, end_at, work_left, talk_since, talk_speed, closed, outcome, state,
                   agent_of, solved, waits, happened, duty};
    for (size_t n = 0; n < sizeof all / sizeof *all; n++) free(all[n]);
}

/* The log: only rows that happened, in the order in which they began. */
static struct {
    double *arrived, *queued, *answered, *ended;
    int32_t *agent;
    int8_t *outcome, *solved;
} log_;

static void make_log(void) {
    int64_t count = happenings + 1;
    log_.arrived = malloc(count * 8), log_.queued = malloc(count * 8), log_.answered = malloc(count * 8);
    log_.ended = malloc(count * 8), log_.agent = malloc(count * 4), log_.outcome = malloc(count);
    log_.solved = malloc(count);
    for (int64_t n = 0; n < happenings; n++) {
        int64_t row = happened[n];
        if (outcome[row] < 0) outcome[row] = isnan(answered[row]) ? WAITING : IN_SERVICE;
        log_.arrived[n] = arrived[row], log_.queued[n] = queued[row], log_.answered[n] = answered[row];
        log_.ended[n] = ended[row], log_.agent[n] = agent_of[row], log_.outcome[n] = outcome[row];
        log_.solved[n] = solved[row];
    }
    for (int64_t agent = 0; agent < agents; agent++)
        if (!isnan(duty_from[agent])) {
            now = horizon;
            goes_home(agent);
        }
}

static void drop_log(void) {
    free(log_.arrived), free(log_.queued), free(log_.answered), free(log_.ended);
    free(log_.agent), free(log_.outcome), free(log_.solved);
}

static FILE *file;

static void *take(size_t count, size_t size) {
    void *found = zeros(count, size);
    if (fread(found, size, count, file) != count) exit(3);
    return found;
}

int main(int count, char **argument) {
    if (count != 4 || !(file = fopen(argument[1], "rb"))) return 2;
    int64_t *sizes = take(5, 8);
    cases = sizes[0], rows = sizes[1], channels = sizes[2], agents = sizes[3], changes = sizes[4];
    double *end = take(1, 8);
    horizon = *end;
    appears = take(cases, 8), priority = take(cases, 8);
    case_of = take(rows, 8), channel_of = take(rows, 8), next_attempt = take(rows, 8);
    handle = take(rows, 8), patience = take(rows, 8), solve_draw = take(rows, 8);
    delay_served = take(rows, 8), delay_abandoned = take(rows, 8);
    at_once = take(channels, 8), odds = take(channels, 8), speed = take(channels * MOST_AT_ONCE, 8);
    team_of = take(agents, 8);
    change_time = take(changes, 8), change = take(changes, 8), subject = take(changes, 8);
    fclose(file);

    int runs = atoi(argument[3]);
    for (int run = 0; run < runs; run++) {
        clock_t start = clock();
        prepare();
        simulate();
        make_log();
        printf("%.9f\n", (double)(clock() - start) / CLOCKS_PER_SEC);
        if (run < runs - 1) release(), drop_log();
    }
    if (!(file = fopen(argument[2], "wb"))) return 2;
    int64_t found[2] = {happenings, spells};
    fwrite(found, 8, 2, file);
    fwrite(happened, 8, happenings, file);
    fwrite(log_.arrived, 8, happenings, file), fwrite(log_.queued, 8, happenings, file);
    fwrite(log_.answered, 8, happenings, file), fwrite(log_.ended, 8, happenings, file);
    fwrite(log_.agent, 4, happenings, file), fwrite(log_.outcome, 1, happenings, file);
    fwrite(log_.solved, 1, happenings, file);
    fwrite(state, 1, cases, file), fwrite(closed, 8, cases, file), fwrite(duty, 24, spells, file);
    return fclose(file) != 0;
}
