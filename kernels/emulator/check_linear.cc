#include <cmath>

#include "check.h"

namespace {

struct Shape {
  int rows, n, k;
};

/* Tails in every direction, more steps than stages, and fewer. */
constexpr Shape SHAPES[] = {{1, 1, 8}, {1, 130, 100}, {3, 70, 40}, {8, 33, 257}, {17, 64, 32}, {40, 65, 300}, {130, 140, 72}};

/* call(x as stored, W, bias or nullptr, y, shape, add) */
template <class T, class CALL>
void products(const char *name, int most_rows, CALL call) {
  for (const Shape &shape : SHAPES) {
    if (shape.rows > most_rows) {
      continue;
    }
    for (int option = 0; option < 4; option++) {
      const bool has_bias = option & 1, add = option & 2;
      const Matrix<T> x(shape.rows, shape.k), w(shape.n, shape.k);
      const auto bias = random_floats(shape.n), before = random_floats(shape.rows * shape.n);
      auto y = add ? before : not_a_numbers(shape.rows * shape.n);
      call(x, w, has_bias ? bias.data() : nullptr, y.data(), shape, add);
      std::vector<Expected> expected;
      for (int i = 0; i < shape.rows * shape.n; i++) {
        double sum = (has_bias ? bias[i % shape.n] : 0) + (add ? before[i] : 0), size = 2;
        for (int k = 0; k < shape.k; k++) {
          const double product = (double)x.at(i / shape.n, k) * w.at(i % shape.n, k);
          sum += product;
          size += fabs(product);
        }
        expected.push_back({sum, 2e-6 * size});
      }
      expect(name, y, expected);
    }
  }
}

void linear_128() {
  products<bf16>("linear_bf16_128", 1000, [](auto &x, auto &w, auto *bias, float *y, const Shape &s, int add) {
    LAUNCH(dlora_linear_bf16_128, dim3(parts(s.n, 128), parts(s.rows, 128)), 256, DLORA_LINEAR_128_SHARED, x.data.data(),
           w.data.data(), w.stride, bias, y, s.rows, s.n, s.k, add);
  });
}

void linear_16() {
  products<bf16>("linear_bf16_16", 1000, [](auto &x, auto &w, auto *bias, float *y, const Shape &s, int add) {
    LAUNCH(dlora_linear_bf16_16, dim3(parts(s.n, 64), parts(s.rows, 16)), 128, DLORA_LINEAR_16_SHARED, x.data.data(),
           w.data.data(), w.stride, bias, y, s.rows, s.n, s.k, add);
  });
}

void linear_8() {
  products<bf16>("linear_bf16_8", 8, [](auto &x, auto &w, auto *bias, float *y, const Shape &s, int add) {
    LAUNCH(dlora_linear_bf16_8, parts(s.n, 4), 128, 0, x.data.data(), w.data.data(), w.stride, bias, y, s.rows, s.n, s.k, add);
  });
}

void linear_f32() {
  products<float>("linear_f32", 1000, [](auto &x, auto &w, auto *bias, float *y, const Shape &s, int add) {
    LAUNCH(dlora_linear_f32, dim3(parts(s.n, 64), parts(s.rows, 64)), 256, 0, x.values.data(), w.data.data(), w.stride, bias,
           y, s.rows, s.n, s.k, add);
  });
}

const Check all[] = {{"linear, tiles of 128", linear_128},
                     {"linear, tiles of 16", linear_16},
                     {"linear, 8 rows", linear_8},
                     {"linear, float32", linear_f32}};

}  // namespace
