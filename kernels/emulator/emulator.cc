#include "emulator.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <numeric>
#include <random>
#include <vector>

#include "fiber.h"

namespace emulator {

Order order = Order::FORWARD;
dim3 grid, block, block_index, thread_index;
unsigned char *dynamic_shared;

namespace {

constexpr unsigned WARP = 32;
constexpr size_t MOST_BYTES = 32; /* of a value that lanes exchange */

/* A barrier: those who come wait until its round is over. */
struct Barrier {
  unsigned expected = 0, arrived = 0, round = 0;
};

struct Warp {
  Barrier barrier;
  alignas(16) unsigned char values[2][WARP * MOST_BYTES];
};

struct Copy {
  void *to;
  unsigned char bytes[16];
  unsigned group;
};

struct Thread {
  dim3 index;
  bool done = false;
  const Barrier *waits_for = nullptr;
  unsigned round = 0; /* of the barrier that it waits for */
  std::vector<Copy> copies;
  unsigned group = 0;
};

/* Never destroyed: a process may end while a kernel runs. */
auto &fibers = *new std::vector<std::unique_ptr<Fiber>>;
auto &threads = *new std::vector<Thread>;
auto &warps = *new std::vector<Warp>;
Barrier all;
unsigned current;
const char *kernel_name;
const std::function<void()> *kernel_call;

/* What a thread failed with, or null. */
const char *failure;

/* Whether a thread runs, and not what schedules them. */
bool in_thread;

[[noreturn]] void end_launch(const char *what) {
  char text[500];
  snprintf(text, sizeof text, "%s: block (%u, %u, %u), thread %u: %s", kernel_name, block_index.x, block_index.y,
           block_index.z, current, what);
  throw Failure(text);
}

void wait(Barrier &barrier) {
  if (++barrier.arrived == barrier.expected) {
    barrier.arrived = 0;
    barrier.round++;
    return;
  }
  Thread &thread = threads[current];
  thread.waits_for = &barrier;
  thread.round = barrier.round;
  fibers[current]->leave();
}

void run_thread() {
  (*kernel_call)();
  threads[current].done = true;
}

bool can_run(const Thread &thread) {
  return !thread.done && !(thread.waits_for && thread.waits_for->round == thread.round);
}

/* Indices 0 .. count in the order that is set. */
std::vector<unsigned> ordered(unsigned count) {
  std::vector<unsigned> indices(count);
  std::iota(indices.begin(), indices.end(), 0);
  if (order == Order::BACKWARD) {
    std::reverse(indices.begin(), indices.end());
  } else if (order == Order::SHUFFLED) {
    std::shuffle(indices.begin(), indices.end(), std::mt19937(count));
  }
  return indices;
}

/* Runs a thread until it waits. */
void run(unsigned turn) {
  current = turn;
  thread_index = threads[turn].index;
  threads[turn].waits_for = nullptr;
  in_thread = true;
  fibers[turn]->enter();
  in_thread = false;
  if (failure) {
    end_launch(failure);
  }
}

/* Runs a warp as far as it gets without the others; whether it got any further. */
bool run_warp(unsigned warp, const std::vector<unsigned> &lanes) {
  bool progress = false;
  for (bool again = true; again;) {
    again = false;
    for (unsigned lane : lanes) {
      if (can_run(threads[warp * WARP + lane])) {
        run(warp * WARP + lane);
        again = progress = true;
      }
    }
  }
  return progress;
}

void run_block(size_t shared) {
  std::unique_ptr<unsigned char[]> memory(new unsigned char[shared]);
  memset(memory.get(), 0xff, shared);
  dynamic_shared = memory.get();
  threads.assign(block.x, Thread());
  warps.assign(block.x / WARP, Warp());
  all = Barrier();
  all.expected = block.x;
  for (unsigned i = 0; i < block.x; i++) {
    threads[i].index = dim3(i, 0, 0);
    warps[i / WARP].barrier.expected = WARP;
  }
  const auto turns = ordered(warps.size()), lanes = ordered(WARP);
  for (bool progress = true; progress;) {
    progress = false;
    for (unsigned warp : turns) {
      progress |= run_warp(warp, lanes);
    }
  }
  const auto waiting = std::find_if(threads.begin(), threads.end(), [](const Thread &thread) { return !thread.done; });
  if (waiting != threads.end()) {
    current = waiting - threads.begin();
    fail("waits at a barrier that others do not reach");
  }
}

}  // namespace

void fail(const char *what) {
  if (!in_thread) {
    end_launch(what);
  }
  failure = what;
  fibers[current]->leave();
  abort(); /* it is never entered again */
}

void launch(const char *name, dim3 grid_size, dim3 block_size, size_t shared, const std::function<void()> &kernel) {
  kernel_name = name;
  kernel_call = &kernel;
  grid = grid_size;
  block = block_size;
  if (block.x == 0 || block.x % WARP != 0 || block.x > 1024 || block.y != 1 || block.z != 1) {
    fail("blocks are of 32, 64, .. 1024 threads");
  }
  if (failure) {
    fibers.clear(); /* they stand where they failed */
    failure = nullptr;
  }
  while (fibers.size() < block.x) {
    fibers.push_back(std::make_unique<Fiber>(run_thread));
  }
  for (unsigned index : ordered(grid.x * grid.y * grid.z)) {
    block_index = dim3(index % grid.x, index / grid.x % grid.y, index / grid.x / grid.y);
    run_block(shared);
  }
}

void block_barrier() { wait(all); }

const void *exchange(const void *value, size_t bytes) {
  Warp &warp = warps[current / WARP];
  unsigned char *values = warp.values[warp.barrier.round % 2];
  if (bytes > MOST_BYTES) {
    fail("lanes exchange too large a value");
  }
  memcpy(values + current % WARP * bytes, value, bytes);
  wait(warp.barrier);
  return values;
}

void copy_later(void *to, const void *from) {
  Thread &thread = threads[current];
  Copy copy = {to, {}, thread.group};
  if ((uintptr_t)to % 16 != 0 || (uintptr_t)from % 16 != 0) {
    fail("a copy of 16 bytes is not on a boundary of 16 bytes");
  }
  if (from) {
    memcpy(copy.bytes, from, 16);
  }
  memset(to, 0xff, 16);
  thread.copies.push_back(copy);
}

void copy_commit() { threads[current].group++; }

void copy_wait(int pending) {
  Thread &thread = threads[current];
  const auto end = std::find_if(thread.copies.begin(), thread.copies.end(), [&](const Copy &copy) {
    return copy.group + pending >= thread.group;
  });
  for (auto copy = thread.copies.begin(); copy != end; ++copy) {
    memcpy(copy->to, copy->bytes, 16);
  }
  thread.copies.erase(thread.copies.begin(), end);
}

}  // namespace emulator
