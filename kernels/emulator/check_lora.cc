/* LoRA terms of several groups in one launch: ranks of their own, gains, shifts, and terms without a low rank. */
#include <cmath>
#include <memory>

#include "check.h"

namespace {

struct Group {
  int first_row, rows, rank, n, first_output;
  bool gain, shift;
};

/* Rows 0, 1 and 25 are the base's; two terms share the rows of one group. */
constexpr Group GROUPS[] = {{2, 1, 8, 70, 0, false, false},   {3, 20, 16, 130, 5, true, true}, {3, 20, 1, 40, 140, false, false},
                            {23, 2, 0, 33, 100, true, false}, {26, 3, 70, 64, 30, false, true}, {29, 33, 17, 9, 1, true, false}};

constexpr int ROWS = 63, K = 84, WIDTH = 190;

template <class T>
struct Step {
  std::vector<Matrix<T>> as, bs;
  std::vector<std::vector<float>> gains, shifts;
  std::vector<dlora_term> terms;
  std::vector<dlora_term_rows> units;
  int shrunk = 0, largest_rank = 0, largest_n = 0;

  explicit Step(int inputs) {
    for (const Group &group : GROUPS) {
      as.emplace_back(std::max(1, group.rank), inputs);
      bs.emplace_back(group.n, std::max(1, group.rank));
      gains.push_back(random_floats(group.n));
      shifts.push_back(random_floats(group.n));
    }
    for (size_t i = 0; i < std::size(GROUPS); i++) {
      const Group &group = GROUPS[i];
      const bool is_bf16 = sizeof(T) == 2;
      terms.push_back({as[i].data.data(), bs[i].data.data(), group.gain ? gains[i].data() : nullptr,
                       group.shift ? shifts[i].data() : nullptr, as[i].stride, bs[i].stride, is_bf16, is_bf16, group.rank,
                       group.n, group.first_output, 0.5f + i, group.first_row, shrunk});
      shrunk += group.rows * group.rank;
      largest_rank = std::max(largest_rank, group.rank);
      largest_n = std::max(largest_n, group.n);
      for (int row = 0; row < group.rows; row += 16) {
        units.push_back({(int)i, row, std::min(16, group.rows - row)});
      }
      units.push_back({0, 0, 0}); /* none: a grid may be larger than a step */
    }
  }
};

/* x(row, column of A): the input; call: writes A x. */
template <class T, class X, class CALL>
void check_shrink(const char *name, const Step<T> &step, X x, CALL call) {
  auto shrunk = not_a_numbers(step.shrunk);
  call(step, shrunk.data());
  std::vector<Expected> expected;
  for (size_t i = 0; i < std::size(GROUPS); i++) {
    for (int j = 0; j < GROUPS[i].rows * GROUPS[i].rank; j++) {
      double sum = 0;
      for (int k = 0; k < step.as[i].columns; k++) {
        sum += (double)x(GROUPS[i].first_row + j / GROUPS[i].rank, k) * step.as[i].at(j % GROUPS[i].rank, k);
      }
      expected.push_back({sum, 1e-5});
    }
  }
  expect(name, shrunk, expected);
}

template <class T>
void check_expand(const Step<T> &step) {
  const auto shrunk = random_floats(step.shrunk);
  const auto before = random_floats(ROWS * WIDTH);
  auto y = before;
  LAUNCH(dlora_lora_expand, dim3(step.units.size(), parts(step.largest_n, 128)), 128, 0, step.terms.data(), step.units.data(),
         shrunk.data(), y.data(), WIDTH);
  std::vector<Expected> expected;
  for (float value : before) {
    expected.push_back({value, 0});
  }
  for (size_t i = 0; i < std::size(GROUPS); i++) {
    const Group &group = GROUPS[i];
    for (int j = 0; j < group.rows * group.n; j++) {
      const int row = j / group.n, output = j % group.n;
      Expected &to = expected[(group.first_row + row) * WIDTH + group.first_output + output];
      double sum = 0;
      for (int rank = 0; rank < group.rank; rank++) {
        sum += (double)shrunk[step.terms[i].shrunk + row * group.rank + rank] * step.bs[i].at(output, rank);
      }
      to.value = (group.gain ? step.gains[i][output] : 1) * (to.value + step.terms[i].scale * sum) +
                 (group.shift ? step.shifts[i][output] : 0);
      to.error = 1e-4;
    }
  }
  expect("lora_expand", y, expected);
}

void lora_bf16() {
  const Step<bf16> step(K);
  const Matrix<bf16> x(ROWS, K);
  check_shrink("lora_shrink_bf16", step, [&](int row, int k) { return x.at(row, k); }, [&](auto &s, float *shrunk) {
    LAUNCH(dlora_lora_shrink_bf16, dim3(s.units.size(), parts(s.largest_rank, 16)), 128, 0, s.terms.data(), s.units.data(),
           x.data.data(), x.stride, shrunk);
  });
  check_expand(step);
}

template <class T>
void in_float32() {
  const Step<T> step(K);
  const auto x = random_floats(ROWS * K);
  check_shrink("lora_shrink_f32", step, [&](int row, int k) { return x[row * K + k]; }, [&](auto &s, float *shrunk) {
    LAUNCH(dlora_lora_shrink_f32, dim3(s.units.size(), parts(s.largest_rank, 4)), 128, 0, s.terms.data(), s.units.data(),
           x.data(), K, shrunk);
  });
  check_expand(step);
}

template <class T>
void of_tokens() {
  const int vocabulary = 50;
  const Step<T> step(vocabulary);
  std::vector<int> tokens;
  for (int row = 0; row < ROWS; row++) {
    tokens.push_back(random_int(0, vocabulary - 1));
  }
  check_shrink("lora_shrink_tokens", step, [&](int row, int k) { return tokens[row] == k ? 1.0f : 0.0f; },
               [&](auto &s, float *shrunk) {
                 LAUNCH(dlora_lora_shrink_tokens, s.units.size(), 128, 0, s.terms.data(), s.units.data(), tokens.data(), shrunk);
               });
}

void lora_f32() {
  in_float32<float>();
  in_float32<bf16>();
}

void lora_tokens() {
  of_tokens<float>();
  of_tokens<bf16>();
}

const Check all[] = {{"LoRA, bf16", lora_bf16}, {"LoRA, float32", lora_f32}, {"LoRA, tokens", lora_tokens}};

}  // namespace
