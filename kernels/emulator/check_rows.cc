/* Operations that compute each row by itself, and copies. */
#include <algorithm>
#include <cmath>
#include <numeric>

#include "check.h"

namespace {

/* of rows of n: rms_norm with an error of some roundings */
std::vector<Expected> rms_norm(const std::vector<float> &x, const std::vector<float> &weight, float eps, int n) {
  std::vector<Expected> expected;
  for (size_t row = 0; row < x.size() / n; row++) {
    double squares = 0;
    for (int i = 0; i < n; i++) {
      squares += (double)x[row * n + i] * x[row * n + i];
    }
    for (int i = 0; i < n; i++) {
      const double value = x[row * n + i] / sqrt(squares / n + eps) * weight[i];
      expected.push_back({value, 1e-5 * fabs(value) + 1e-30});
    }
  }
  return expected;
}

void norms() {
  for (int n : {1, 31, 64, 576}) {
    for (int threads : {32, 128}) {
      const int rows = random_int(1, 4);
      const auto x = random_floats(rows * n), weight = random_floats(n);
      auto out = not_a_numbers(rows * n);
      LAUNCH(dlora_rms_norm, rows, threads, 0, x.data(), weight.data(), 1e-5f, out.data(), n);
      expect("rms_norm", out, rms_norm(x, weight, 1e-5f, n));

      auto residual = random_floats(rows * n), sum = residual;
      for (int i = 0; i < rows * n; i++) {
        sum[i] += x[i];
      }
      LAUNCH(dlora_add_rms_norm, rows, threads, 0, x.data(), residual.data(), weight.data(), 1e-6f, out.data(), n);
      expect_equal("add_rms_norm, residual", residual, sum);
      expect("add_rms_norm", out, rms_norm(sum, weight, 1e-6f, n));
    }
  }
}

void head_norm() {
  for (int dim : {8, 40, 128}) {
    const int rows = 3, first = 2 * dim, heads = 2, width = 5 * dim;
    const auto before = random_floats(rows * width), weight = random_floats(dim);
    auto after = before;
    LAUNCH(dlora_head_norm, dim3(heads, rows), 32, 0, after.data(), width, first, dim, weight.data(), 1e-6f);
    std::vector<Expected> expected;
    for (float value : before) {
      expected.push_back({value, 0});
    }
    for (int row = 0; row < rows; row++) {
      for (int head = 0; head < heads; head++) {
        const auto from = before.begin() + row * width + first + head * dim;
        const auto normed = rms_norm({from, from + dim}, weight, 1e-6f, dim);
        std::copy(normed.begin(), normed.end(), expected.begin() + (from - before.begin()));
      }
    }
    expect("head_norm", after, expected);
  }
}

void rope() {
  for (int half : {4, 16, 64}) {
    const int rows = 4, heads = 3, width = 5 * 2 * half, positions = 10;
    const auto before = random_floats(rows * width), cosines = random_floats(positions * half), sines = random_floats(positions * half);
    std::vector<int> at;
    for (int row = 0; row < rows; row++) {
      at.push_back(random_int(0, positions - 1));
    }
    auto after = before;
    LAUNCH(dlora_rope, rows, 64, 0, after.data(), width, heads, half, at.data(), cosines.data(), sines.data());
    std::vector<Expected> expected;
    for (int i = 0; i < rows * width; i++) {
      const int row = i / width, head = i % width / (2 * half), element = i % width % (2 * half);
      if (head >= heads) {
        expected.push_back({before[i], 0});
        continue;
      }
      const double c = cosines[at[row] * half + element % half], s = sines[at[row] * half + element % half];
      const double value = element < half ? before[i] * c - before[i + half] * s : before[i] * c + before[i - half] * s;
      expected.push_back({value, 1e-6});
    }
    expect("rope", after, expected);
  }
}

void silu_mul() {
  const int rows = 3, n = 77;
  auto x = random_floats(rows * 2 * n);
  for (float &value : x) {
    value *= 20;
  }
  x[0] = -200; /* exp overflows */
  auto out = not_a_numbers(rows * n);
  LAUNCH(dlora_silu_mul, rows, 64, 0, x.data(), out.data(), n);
  std::vector<Expected> expected;
  for (int i = 0; i < rows * n; i++) {
    const double gate = x[i / n * 2 * n + i % n], value = gate / (1 + exp(-gate)) * x[i / n * 2 * n + n + i % n];
    expected.push_back({value, 1e-5 * fabs(value) + 1e-30});
  }
  expect("silu_mul", out, expected);
}

template <class T, class KERNEL_CALL>
void embed(KERNEL_CALL call) {
  const Matrix<T> table(7, 19);
  const std::vector<int> tokens = {6, 0, 3, 3};
  auto out = not_a_numbers(tokens.size() * table.columns);
  call(table, tokens, out);
  std::vector<float> expected;
  for (int token : tokens) {
    expected.insert(expected.end(), &table.values[token * table.columns], &table.values[token * table.columns] + table.columns);
  }
  expect_equal("embed", out, expected);
}

void copies_of_rows() {
  embed<float>([](auto &table, auto &tokens, auto &out) {
    LAUNCH(dlora_embed_f32, 4, 32, 0, table.data.data(), table.stride, tokens.data(), out.data(), table.columns);
  });
  embed<bf16>([](auto &table, auto &tokens, auto &out) {
    LAUNCH(dlora_embed_bf16, 4, 32, 0, table.data.data(), table.stride, tokens.data(), out.data(), table.columns);
  });

  const int n = 21, stride = up(n, CHUNK);
  const auto x = random_floats(5 * n);
  const std::vector<int> indices = {4, 0, 4};
  auto gathered = not_a_numbers(3 * n);
  LAUNCH(dlora_gather, 3, 32, 0, x.data(), indices.data(), gathered.data(), n);
  std::vector<float> expected;
  for (int i = 0; i < 3 * n; i++) {
    expected.push_back(x[indices[i / n] * n + i % n]);
  }
  expect_equal("gather", gathered, expected);

  std::vector<bf16> to(5 * stride);
  LAUNCH(dlora_round_rows, 5, 32, 0, x.data(), n, to.data(), stride);
  std::vector<float> actual;
  expected.clear();
  for (int i = 0; i < 5 * stride; i++) {
    actual.push_back(to_float(to[i]));
    expected.push_back(i % stride < n ? rounded(x[i / stride * n + i % stride]) : 0);
  }
  expect_equal("round_rows", actual, expected);
}

void arg_max() {
  const int rows = 6, n = 700;
  auto x = random_floats(rows * n);
  x[1 * n + 300] = x[1 * n + 650] = x[1 * n + 301] = 2;
  x[2 * n + 511] = NAN, x[2 * n + 40] = INFINITY;
  x[3 * n + 699] = -INFINITY;
  for (int i = 0; i < n; i++) {
    x[4 * n + i] = -3e38f;
  }
  x[5 * n] = x[5 * n + n - 1] = 5;
  const std::vector<int> indices = {5, 1, 2, 3, 4};
  std::vector<int> out(indices.size(), -7777);
  LAUNCH(dlora_arg_max, 5, 256, 0, x.data(), indices.data(), out.data(), n);
  expect_equal("arg_max", {out.begin(), out.end()}, {0, 300, -1 - 40, -1 - 699, 0});

  std::vector<int> one(1);
  LAUNCH(dlora_arg_max, 1, 256, 0, x.data(), std::vector<int>{0}.data(), one.data(), 3);
  expect_equal("arg_max of 3", {(float)one[0]}, {(float)(std::max_element(x.begin(), x.begin() + 3) - x.begin())});
}

/* Of rows of n; rows with what is not finite: the first index alone. */
void expect_largest(const std::vector<float> &x, int n, int k) {
  const int rows = (int)x.size() / n;
  std::vector<int> which;
  for (int row = rows - 1; row >= 0; row--) {
    which.push_back(row);
  }
  std::vector<int> indices((size_t)rows * k, -7777);
  auto values = not_a_numbers((size_t)rows * k);
  LAUNCH(dlora_largest, (unsigned)rows, 256, 0, x.data(), which.data(), n, k, indices.data(), values.data());
  std::vector<float> actual, expected;
  for (int i = 0; i < rows; i++) {
    const float *row = &x[(size_t)which[i] * n];
    const int bad = (int)(std::find_if(row, row + n, [](float value) { return !std::isfinite(value); }) - row);
    if (bad < n) {
      actual.push_back((float)indices[(size_t)i * k]);
      expected.push_back((float)(-1 - bad));
      continue;
    }
    std::vector<int> order(n);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return row[a] > row[b]; });
    for (int j = 0; j < k; j++) {
      actual.push_back((float)indices[(size_t)i * k + j]);
      actual.push_back(values[(size_t)i * k + j]);
      expected.push_back((float)order[j]);
      expected.push_back(row[order[j]]);
    }
  }
  expect_equal("largest " + std::to_string(k) + " of " + std::to_string(n), actual, expected);
}

void largest() {
  for (int n : {1, 2, 33, 256, 700, 3001}) {
    for (int k : {1, 2, 50, 256, 257, 512}) {
      if (k > n) {
        continue;
      }
      auto x = random_floats((size_t)8 * n);
      for (int i = 0; i < n; i++) {
        x[1 * n + i] = 3;                                      /* all equal */
        x[2 * n + i] = (float)random_int(-2, 2);               /* many equal */
        x[3 * n + i] = random_int(0, 1) ? 0.0f : -0.0f;        /* equal, of other bits */
        x[4 * n + i] *= random_int(0, 1) ? 1e-40f : 3e38f;     /* subnormal and large */
        x[5 * n + i] = (float)(i % 2 ? n - i : i) / (float)n;  /* ascending and descending */
      }
      x[6 * n + n / 2] = NAN, x[6 * n + n / 3] = INFINITY;
      x[7 * n + n - 1] = -INFINITY;
      expect_largest(x, n, k);
    }
    if (n <= DLORA_LARGEST) {
      expect_largest(random_floats((size_t)2 * n), n, n);
    }
  }
}

const Check all[] = {{"norms", norms},       {"head norm", head_norm},           {"rope", rope},
                     {"silu_mul", silu_mul}, {"copies of rows", copies_of_rows}, {"arg_max", arg_max},
                     {"largest", largest}};

}  // namespace
