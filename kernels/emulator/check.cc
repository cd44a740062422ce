/* Runs all checks in each order of threads; ends with 1 if one fails. Arguments: names of checks, default all. */
#include "check.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <random>

namespace {

struct Named {
  const char *name;
  void (*run)();
};

std::vector<Named> &checks() {
  static std::vector<Named> all;
  return all;
}

std::mt19937 generator;
uint64_t digest;
int compared;

void add_to_digest(const std::vector<float> &values) {
  for (float value : values) {
    digest = (digest ^ emulator::bits_of(value)) * 0x100000001b3;
  }
  compared += (int)values.size();
}

struct Run {
  const char *order;
  emulator::Order value;
};

constexpr Run RUNS[] = {{"forward", emulator::Order::FORWARD},
                        {"backward", emulator::Order::BACKWARD},
                        {"shuffled", emulator::Order::SHUFFLED}};

}  // namespace

Check::Check(const char *name, void (*run)()) { checks().push_back({name, run}); }

uint32_t random_bits() { return generator(); }

int random_int(int from, int to) { return from + (int)(random_bits() % (uint32_t)(to - from + 1)); }

float random_float() { return (float)(random_bits() >> 8) / (1 << 23) - 1; }

std::vector<float> random_floats(size_t count) {
  std::vector<float> values(count);
  std::generate(values.begin(), values.end(), random_float);
  return values;
}

std::vector<float> not_a_numbers(size_t count) { return std::vector<float>(count, NAN); }

void fail(const std::string &what) {
  fprintf(stderr, "FAILED: %s\n", what.c_str());
  exit(1);
}

void expect(const std::string &what, const std::vector<float> &actual, const std::vector<Expected> &expected) {
  if (actual.size() != expected.size()) {
    fail(what + ": " + std::to_string(actual.size()) + " values, expected " + std::to_string(expected.size()));
  }
  for (size_t i = 0; i < actual.size(); i++) {
    if (!(std::fabs(actual[i] - expected[i].value) <= expected[i].error)) {
      fail(what + ": value " + std::to_string(i) + " is " + std::to_string(actual[i]) + ", expected " +
           std::to_string(expected[i].value) + " to " + std::to_string(expected[i].error));
    }
  }
  add_to_digest(actual);
}

void expect_equal(const std::string &what, const std::vector<float> &actual, const std::vector<float> &expected) {
  std::vector<Expected> exact;
  for (float value : expected) {
    exact.push_back({value, 0});
  }
  expect(what, actual, exact);
}

int main(int count, char **names) {
  auto all = checks();
  std::sort(all.begin(), all.end(), [](const Named &a, const Named &b) { return std::string(a.name) < b.name; });
  for (int i = 1; i < count; i++) {
    if (std::none_of(all.begin(), all.end(), [&](const Named &check) { return names[i] == std::string(check.name); })) {
      fail("there is no check '" + std::string(names[i]) + "'");
    }
  }
  for (const Named &check : all) {
    if (count > 1 && std::none_of(names + 1, names + count, [&](const char *name) { return name == std::string(check.name); })) {
      continue;
    }
    uint64_t first = 0;
    for (const Run &run : RUNS) {
      generator.seed(1);
      digest = 0xcbf29ce484222325;
      compared = 0;
      emulator::order = run.value;
      check.run();
      if (run.value == emulator::Order::FORWARD) {
        first = digest;
      } else if (digest != first) {
        fail(std::string(check.name) + ": the results of threads in order " + run.order + " differ from those forward");
      }
    }
    printf("%-24s %9d values as expected, in 3 orders of threads\n", check.name, compared);
    fflush(stdout);
  }
}
