/*
 * Products with bfloat16 matrices on tensor cores. A block computes a tile of rows x outputs, over 32 columns
 * at a time, which copies from global memory bring to shared memory two steps ahead.
 */
#include "dlora.cuh"

#define COLUMNS 32
#define STAGES DLORA_LINEAR_STAGES

/* Elements from row to row in shared memory: 80 bytes, so that the 8 rows of a matrix are in different banks. */
#define PITCH (COLUMNS + 8)

/* Begins to copy COLUMNS of rows .. of from; zeros beyond the last row and the last column. */
template <int ROWS, int THREADS>
static __device__ __forceinline__ void load_tile(bf16 *to, const bf16 *from, int stride, int rows, int column, int k) {
  for (int i = threadIdx.x; i < ROWS * COLUMNS / CHUNK; i += THREADS) {
    const int row = i / (COLUMNS / CHUNK), at = i % (COLUMNS / CHUNK) * CHUNK;
    const bool valid = row < rows && column + at < k;
    copy_async(to + row * PITCH + at, valid ? from + (int64_t)row * stride + column + at : from, valid);
  }
}

/* WARPS_M * WARPS_N warps, each with a part of ROWS / WARPS_M rows x OUTPUTS / WARPS_N outputs. */
template <int ROWS, int OUTPUTS, int WARPS_M, int WARPS_N>
static __device__ __forceinline__ void linear(const bf16 *x, const bf16 *w, int stride, const float *bias, float *y,
                                              int rows, int n, int k, int add) {
  constexpr int THREADS = WARPS_M * WARPS_N * WARP;
  constexpr int M = ROWS / WARPS_M, N = OUTPUTS / WARPS_N;
  DYNAMIC_SHARED(memory);
  bf16 *const stages = (bf16 *)memory;
  const int first_row = blockIdx.y * ROWS, first_output = blockIdx.x * OUTPUTS;
  const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
  const int warp_row = warp / WARPS_N * M, warp_output = warp % WARPS_N * N;
  x += (int64_t)first_row * stride;
  w += (int64_t)first_output * stride;

  const int steps = (k + COLUMNS - 1) / COLUMNS;
  auto load = [&](int step) {
    if (step < steps) {
      bf16 *stage = stages + step % STAGES * (ROWS + OUTPUTS) * PITCH;
      load_tile<ROWS, THREADS>(stage, x, stride, rows - first_row, step * COLUMNS, k);
      load_tile<OUTPUTS, THREADS>(stage + ROWS * PITCH, w, stride, n - first_output, step * COLUMNS, k);
    }
    copy_commit();
  };
  for (int step = 0; step < STAGES - 1; step++) {
    load(step);
  }

  float sums[M / 16][N / 8][4] = {};
  for (int step = 0; step < steps; step++) {
    copy_wait<STAGES - 2>();
    __syncthreads();
    load(step + STAGES - 1);
    const bf16 *xs = stages + step % STAGES * (ROWS + OUTPUTS) * PITCH + (warp_row + lane % 16) * PITCH + lane / 16 * 8;
    const bf16 *ws = stages + step % STAGES * (ROWS + OUTPUTS) * PITCH +
                     (ROWS + warp_output + lane / 16 * 8 + lane % 8) * PITCH + lane / 8 % 2 * 8;
#pragma unroll
    for (int column = 0; column < COLUMNS; column += 16) {
      uint32_t a[M / 16][4], b[N / 16][4];
#pragma unroll
      for (int i = 0; i < M / 16; i++) {
        load_matrices(a[i], xs + i * 16 * PITCH + column);
      }
#pragma unroll
      for (int j = 0; j < N / 16; j++) {
        load_matrices(b[j], ws + j * 16 * PITCH + column);
      }
#pragma unroll
      for (int i = 0; i < M / 16; i++) {
#pragma unroll
        for (int j = 0; j < N / 8; j++) {
          mma(sums[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
        }
      }
    }
  }
  copy_wait<0>();

#pragma unroll
  for (int i = 0; i < M / 16; i++) {
#pragma unroll
    for (int j = 0; j < N / 8; j++) {
#pragma unroll
      for (int e = 0; e < 4; e++) {
        const int row = first_row + warp_row + i * 16 + lane / 4 + e / 2 * 8;
        const int output = first_output + warp_output + j * 8 + lane % 4 * 2 + e % 2;
        if (row < rows && output < n) {
          float *to = y + (int64_t)row * n + output;
          *to = sums[i][j][e] + (bias ? bias[output] : 0) + (add ? *to : 0);
        }
      }
    }
  }
}

KERNEL __launch_bounds__(256, 2)
    dlora_linear_bf16_128(const bf16 *x, const bf16 *w, int stride, const float *bias, float *y, int rows, int n, int k, int add) {
  linear<128, 128, 2, 4>(x, w, stride, bias, y, rows, n, k, add);
}

KERNEL __launch_bounds__(128)
    dlora_linear_bf16_16(const bf16 *x, const bf16 *w, int stride, const float *bias, float *y, int rows, int n, int k, int add) {
  linear<16, 64, 1, 4>(x, w, stride, bias, y, rows, n, k, add);
}
