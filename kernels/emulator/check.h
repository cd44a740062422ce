/* Checks of kernels against oracles: plain loops in float64 over what the kernel was given. */
#ifndef DLORA_CHECK_H
#define DLORA_CHECK_H

#include <cstdint>
#include <string>
#include <vector>

#include "../cuda/dlora.cuh"

/* Runs a kernel: LAUNCH(dlora_name, grid, threads, shared bytes, arguments ..) */
#define LAUNCH(kernel, grid, threads, shared, ...) \
  emulator::launch(#kernel, grid, threads, shared, [&] { kernel(__VA_ARGS__); })

/* A group of checks; those of all files run. */
class Check {
 public:
  Check(const char *name, void (*run)());
};

/* Numbers that are the same in every run. */
uint32_t random_bits();
int random_int(int from, int to); /* both included */
float random_float();             /* -1 .. 1 */

std::vector<float> random_floats(size_t count);
std::vector<float> not_a_numbers(size_t count);

inline int up(int value, int multiple) { return (value + multiple - 1) / multiple * multiple; }

inline int parts(int value, int size) { return (value + size - 1) / size; }

/* Exactly what a kernel rounds a number to. */
inline float rounded(float value) { return emulator::float_of((uint32_t)emulator::round_to_bf16(value) << 16); }

inline float stored(float value, const float *) { return value; }

inline float stored(float value, const bf16 *) { return rounded(value); }

/* A matrix as kernels take it; values has what is stored. */
template <class T>
struct Matrix {
  int rows, columns, stride;
  std::vector<float> values;
  std::vector<T> data;

  Matrix(int rows, int columns, std::vector<float> from)
      : rows(rows), columns(columns), stride(up(columns, CHUNK)), values(std::move(from)), data((size_t)rows * stride) {
    for (int i = 0; i < rows * columns; i++) {
      values[i] = stored(values[i], (T *)nullptr);
      store(&data[(size_t)(i / columns) * stride + i % columns], values[i]);
    }
  }

  Matrix(int rows, int columns) : Matrix(rows, columns, random_floats((size_t)rows * columns)) {}

  float at(int row, int column) const { return values[(size_t)row * columns + column]; }
};

/* An expected value, and how far from it a kernel may be. */
struct Expected {
  double value, error;
};

/* Fails the check, in words. */
[[noreturn]] void fail(const std::string &what);

/* Fails unless each of actual is as expected. Adds actual to what must not depend on the order of threads. */
void expect(const std::string &what, const std::vector<float> &actual, const std::vector<Expected> &expected);

/* The same for numbers that have no error. */
void expect_equal(const std::string &what, const std::vector<float> &actual, const std::vector<float> &expected);

#endif
