/* Products of at most 8 rows with bfloat16 matrices: each weight is read once, and used for all rows. */
#include "dlora.cuh"
#include "reduce.cuh"

#define ROWS 8
#define WARPS 4

KERNEL dlora_linear_bf16_8(const bf16 *x, const bf16 *w, int stride, const float *bias, float *y, int rows, int n, int k, int add) {
  const int lane = threadIdx.x % WARP, output = blockIdx.x * WARPS + threadIdx.x / WARP;
  if (output >= n) {
    return; /* a whole warp, and no barrier of the block follows */
  }
  w += (int64_t)output * stride;
  float sums[ROWS] = {};
  for (int i = lane * CHUNK; i < k; i += WARP * CHUNK) {
    float weights[CHUNK];
    load_chunk(w + i, weights);
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      if (row < rows) {
        float values[CHUNK];
        load_chunk(x + (int64_t)row * stride + i, values);
#pragma unroll
        for (int j = 0; j < CHUNK; j++) {
          sums[row] += values[j] * weights[j];
        }
      }
    }
  }
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
    if (row < rows) {
      const float sum = warp_sum(sums[row]);
      if (lane == 0) {
        float *to = y + (int64_t)row * n + output;
        *to = sum + (bias ? bias[output] : 0) + (add ? *to : 0);
      }
    }
  }
}
