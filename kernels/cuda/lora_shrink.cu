/* The first half of LoRA terms (Hu et al. 2021): A x of the rows of each group, all groups in one launch. */
#include "dlora.cuh"
#include "reduce.cuh"

#define WARPS 4
#define ROWS 16
#define RANKS 16 /* of a block, on tensor cores */

/* A pair of elements of a row, zeros beyond the last row and column. */
static __device__ __forceinline__ uint32_t pair(const bf16 *rows, int row, int count, int column, int stride) {
  return row < count && column < stride ? *(const uint32_t *)(rows + (int64_t)row * stride + column) : 0;
}

/* The warps of a block share the columns. A product of a tensor core has at least 16 rows, of which decodes use few:
 * they wait for A all the same. */
KERNEL dlora_lora_shrink_bf16(const dlora_term *terms, const dlora_term_rows *units, const bf16 *x, int x_stride, float *shrunk) {
  __shared__ float parts[WARPS][ROWS][RANKS];
  const dlora_term_rows unit = units[blockIdx.x];
  const int first = blockIdx.y * RANKS;
  if (unit.rows == 0 || first >= terms[unit.term].rank) {
    return;
  }
  const dlora_term term = terms[unit.term];
  const bf16 *a = (const bf16 *)term.a + (int64_t)first * term.a_stride;
  x += (int64_t)(term.first_row + unit.row) * x_stride;
  const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP, g = lane / 4, t = lane % 4;
  float sums[RANKS / 8][4] = {};
  for (int column = warp * 16 + t * 2; column - t * 2 < x_stride; column += WARPS * 16) {
    const uint32_t values[4] = {pair(x, g, unit.rows, column, x_stride), pair(x, g + 8, unit.rows, column, x_stride),
                                pair(x, g, unit.rows, column + 8, x_stride), pair(x, g + 8, unit.rows, column + 8, x_stride)};
#pragma unroll
    for (int j = 0; j < RANKS / 8; j++) {
      mma(sums[j], values, pair(a, j * 8 + g, term.rank - first, column, term.a_stride),
          pair(a, j * 8 + g, term.rank - first, column + 8, term.a_stride));
    }
  }
#pragma unroll
  for (int j = 0; j < RANKS / 8; j++) {
#pragma unroll
    for (int e = 0; e < 4; e++) {
      parts[warp][g + e / 2 * 8][j * 8 + t * 2 + e % 2] = sums[j][e];
    }
  }
  __syncthreads();
  for (int i = threadIdx.x; i < ROWS * RANKS; i += WARPS * WARP) {
    const int row = i / RANKS, rank = i % RANKS;
    if (row < unit.rows && first + rank < term.rank) {
      float sum = 0;
      for (int part = 0; part < WARPS; part++) {
        sum += parts[part][row][rank];
      }
      shrunk[term.shrunk + (int64_t)(unit.row + row) * term.rank + first + rank] = sum;
    }
  }
}

template <class T>
static __device__ __forceinline__ float dot(const T *a, const float *x, int k) {
  float sum = 0;
  for (int i = threadIdx.x % WARP; i < k; i += WARP) {
    sum += to_float(a[i]) * x[i];
  }
  return warp_sum(sum);
}

/* A warp for each rank. */
KERNEL dlora_lora_shrink_f32(const dlora_term *terms, const dlora_term_rows *units, const float *x, int k, float *shrunk) {
  const dlora_term_rows unit = units[blockIdx.x];
  const int rank = blockIdx.y * WARPS + threadIdx.x / WARP;
  if (unit.rows == 0 || rank >= terms[unit.term].rank) {
    return; /* a whole warp, and no barrier of the block follows */
  }
  const dlora_term term = terms[unit.term];
  x += (int64_t)(term.first_row + unit.row) * k;
  for (int row = 0; row < unit.rows; row++, x += k) {
    const int64_t a = (int64_t)rank * term.a_stride;
    const float sum = term.a_bf16 ? dot((const bf16 *)term.a + a, x, k) : dot((const float *)term.a + a, x, k);
    if (threadIdx.x % WARP == 0) {
      shrunk[term.shrunk + (int64_t)(unit.row + row) * term.rank + rank] = sum;
    }
  }
}

KERNEL dlora_lora_shrink_tokens(const dlora_term *terms, const dlora_term_rows *units, const int *tokens, float *shrunk) {
  const dlora_term_rows unit = units[blockIdx.x];
  if (unit.rows == 0) {
    return;
  }
  const dlora_term term = terms[unit.term];
  for (int i = threadIdx.x; i < unit.rows * term.rank; i += blockDim.x) {
    const int row = unit.row + i / term.rank, rank = i % term.rank;
    const int64_t at = (int64_t)rank * term.a_stride + tokens[term.first_row + row];
    const float value = term.a_bf16 ? to_float(((const bf16 *)term.a)[at]) : ((const float *)term.a)[at];
    shrunk[term.shrunk + (int64_t)row * term.rank + rank] = value;
  }
}
