/*
 * CUDA C++ for g++: what kernels/cuda needs to run on a CPU, so that kernels are tested where there is no GPU.
 *
 * Each thread of a block is a fiber that runs until it has to wait for others; a warp goes as far as it gets before
 * the next one begins. Blocks run one after another, so static memory serves as shared memory. What CUDA leaves
 * undefined fails with a message where it can be seen: barriers that some threads do not reach, and shared memory
 * that is read before it is there.
 */
#ifndef DLORA_EMULATOR_H
#define DLORA_EMULATOR_H

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <stdexcept>

#define __global__
#define __device__
#define __forceinline__ inline
#define __shared__ static
#define __launch_bounds__(...)

#define DYNAMIC_SHARED(name) unsigned char *const name = emulator::dynamic_shared

struct dim3 {
  unsigned x, y, z;
  constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

struct alignas(8) float2 {
  float x, y;
};

struct alignas(16) float4 {
  float x, y, z, w;
};

struct alignas(16) uint4 {
  uint32_t x, y, z, w;
};

struct alignas(16) double2 {
  double x, y;
};

namespace emulator {

/* In which order lanes, warps and blocks run: results must not depend on it. */
enum class Order { FORWARD, BACKWARD, SHUFFLED };

extern Order order;
extern dim3 grid, block, block_index, thread_index;
extern unsigned char *dynamic_shared;

/* A kernel did what CUDA leaves undefined. */
struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/*
 * Runs a kernel. shared: bytes of DYNAMIC_SHARED, of which each block finds only not-a-numbers. The kernel is the
 * call with its arguments; name is for messages. Throws Failure.
 */
void launch(const char *name, dim3 grid, dim3 block, size_t shared, const std::function<void()> &kernel);

/* Ends the launch with a Failure; called by a thread of the kernel. what: a literal. */
[[noreturn]] void fail(const char *what);

/* Waits for all threads of the block. */
void block_barrier();

/* Gives a value to the other lanes of the warp, and waits for theirs. Valid until the next exchange but one. */
const void *exchange(const void *value, size_t bytes);

template <class T>
const T *exchange(const T &value) {
  return (const T *)exchange(&value, sizeof(T));
}

inline int lane() { return (int)thread_index.x % 32; }

/* The values of all lanes combined in the order of exchanges over 16, 8, .. 1 lanes, with one exchange. */
template <class T, class COMBINE>
T combine_lanes(const T &value, COMBINE combine) {
  const T *values = exchange(value);
  T parts[16];
  for (int i = 0; i < 16; i++) {
    parts[i] = combine(values[i], values[i + 16]);
  }
  for (int count = 8; count > 0; count /= 2) {
    for (int i = 0; i < count; i++) {
      parts[i] = combine(parts[i], parts[i + count]);
    }
  }
  return parts[0];
}

/*
 * Copies 16 bytes (zeros from nullptr) that are there when the thread waits for their group. Until then their
 * place has not-a-numbers.
 */
void copy_later(void *to, const void *from);
void copy_commit();
void copy_wait(int pending);

inline uint32_t bits_of(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  return bits;
}

inline float float_of(uint32_t bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

inline float half_of(uint32_t pair, int high) { return float_of(high ? pair & 0xffff0000u : pair << 16); }

/* To nearest even; one NaN for all. */
inline uint16_t round_to_bf16(float value) {
  const uint32_t bits = bits_of(value);
  return std::isnan(value) ? 0x7fff : (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

}  // namespace emulator

#define threadIdx emulator::thread_index
#define blockIdx emulator::block_index
#define blockDim emulator::block
#define gridDim emulator::grid

using std::isfinite;

template <class T>
static inline T min(T a, T b) {
  return b < a ? b : a;
}

template <class T>
static inline T max(T a, T b) {
  return a < b ? b : a;
}

static inline void __syncthreads() { emulator::block_barrier(); }

static inline void __syncwarp() { emulator::exchange(0); }

template <class T>
static inline T __shfl_xor_sync(unsigned, T value, int lanes) {
  return emulator::exchange(value)[emulator::lane() ^ lanes];
}

static inline float __uint_as_float(uint32_t bits) { return emulator::float_of(bits); }

static inline uint32_t __float_as_uint(float value) { return emulator::bits_of(value); }

#endif
