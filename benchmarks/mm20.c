/* M/M/n+M, the same loop as `event_loop` in mm20.py: a heap of events, a line of who waits, who hangs up is skipped.

       mm20 CUSTOMERS SEED RUNS GAP HANDLE PATIENCE AGENTS BATCHES     (means in minutes)

   Prints the CPU seconds of each run, and then of the last run how many hung up in each batch of customers. */

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "heap.h"

enum { SERVICE_ENDS, PATIENCE_ENDS };

/* splitmix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
static uint64_t state;

static double exponential(double mean) {
    uint64_t z = (state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return -mean * log1p(-(double)((z ^ (z >> 31)) >> 11) * 0x1p-53);
}

static void simulate(int64_t customers, double gap, double handle, double patience, int agents, char *served) {
    Heap events = {0};
    int64_t *line = malloc(customers * sizeof *line), first = 0, last = 0, came = 0;
    char *waits = calloc(customers, 1);
    double next = exponential(gap);
    while (came < customers || events.count) {
        if (came < customers && (!events.count || next <= events.keys[0].time)) {
            double now = next;
            if (agents) {
                agents--;
                served[came] = 1;
                push(&events, now + exponential(handle), SERVICE_ENDS);
            } else {
                waits[came] = 1;
                line[last++] = came;
                push(&events, now + exponential(patience), came << 1 | PATIENCE_ENDS);
            }
            came++;
            next = now + exponential(gap);
            continue;
        }
        Key event = pop(&events);
        if (event.order & PATIENCE_ENDS) {
            waits[event.order >> 1] = 0;
            continue;
        }
        while (first < last && !waits[line[first]]) first++;
        if (first < last) {
            int64_t customer = line[first++];
            waits[customer] = 0;
            served[customer] = 1;
            push(&events, event.time + exponential(handle), SERVICE_ENDS);
        } else {
            agents++;
        }
    }
    free(events.keys);
    free(line);
    free(waits);
}

int main(int count, char **argument) {
    if (count != 9) return 2;
    int64_t customers = atoll(argument[1]), batches = atoll(argument[8]);
    char *served = malloc(customers);
    for (int run = 0; run < atoi(argument[3]); run++) {
        clock_t start = clock();
        state = strtoull(argument[2], NULL, 10);
        for (int64_t c = 0; c < customers; c++) served[c] = 0;
        simulate(customers, atof(argument[4]), atof(argument[5]), atof(argument[6]), atoi(argument[7]), served);
        printf("%.9f\n", (double)(clock() - start) / CLOCKS_PER_SEC);
    }
    for (int64_t batch = 0; batch < batches; batch++) {
        int64_t left = 0;
        for (int64_t c = customers * batch / batches; c < customers * (batch + 1) / batches; c++) left += !served[c];
        printf("%lld\n", (long long)left);
    }
    return 0;
}
