/* Products in float32: tiles of 64 x 64, of which a thread has 4 x 4. */
#include "dlora.cuh"

#define TILE 64
#define COLUMNS 16
#define THREADS 256
#define SIDE 16 /* threads along a side of a tile */
#define PART (TILE / SIDE)

/* Loads COLUMNS of up to TILE rows, transposed; zeros beyond the last row and column. */
static __device__ __forceinline__ void load_tile(float (*to)[TILE + 1], const float *from, int stride, int rows, int column, int k) {
  for (int i = threadIdx.x; i < TILE * COLUMNS; i += THREADS) {
    const int row = i / COLUMNS, at = i % COLUMNS;
    to[at][row] = row < rows && column + at < k ? from[(int64_t)row * stride + column + at] : 0;
  }
}

KERNEL dlora_linear_f32(const float *x, const float *w, int stride, const float *bias, float *y, int rows, int n, int k, int add) {
  __shared__ float xs[COLUMNS][TILE + 1], ws[COLUMNS][TILE + 1];
  const int first_row = blockIdx.y * TILE, first_output = blockIdx.x * TILE;
  const int r = threadIdx.x / SIDE, o = threadIdx.x % SIDE;
  float sums[PART][PART] = {};
  for (int column = 0; column < k; column += COLUMNS) {
    load_tile(xs, x + (int64_t)first_row * k, k, rows - first_row, column, k);
    load_tile(ws, w + (int64_t)first_output * stride, stride, n - first_output, column, k);
    __syncthreads();
    for (int c = 0; c < COLUMNS; c++) {
#pragma unroll
      for (int i = 0; i < PART; i++) {
        if (first_row + r + i * SIDE < rows) {
#pragma unroll
          for (int j = 0; j < PART; j++) {
            sums[i][j] += xs[c][r + i * SIDE] * ws[c][o + j * SIDE];
          }
        }
      }
    }
    __syncthreads();
  }
#pragma unroll
  for (int i = 0; i < PART; i++) {
#pragma unroll
    for (int j = 0; j < PART; j++) {
      const int row = first_row + r + i * SIDE, output = first_output + o + j * SIDE;
      if (row < rows && output < n) {
        float *to = y + (int64_t)row * n + output;
        *to = sums[i][j] + (bias ? bias[output] : 0) + (add ? *to : 0);
      }
    }
  }
}
