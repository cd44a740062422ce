/*
 * The second half of LoRA terms: y = gain * (y + scale * B (A x)) + shift. A thread has one output of up to 16
 * rows, so that each element of B is read once for them.
 */
#include "dlora.cuh"

#define THREADS 128
#define ROWS 16
#define RANKS 64 /* at a time */

template <class T>
static __device__ __forceinline__ void add_product(const T *b, const float (*shrunk)[RANKS], int ranks, float (&sums)[ROWS]) {
  for (int rank = 0; rank < ranks; rank += CHUNK) {
    float weights[CHUNK];
    load_chunk(b + rank, weights);
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
#pragma unroll
      for (int j = 0; j < CHUNK; j++) {
        sums[row] += weights[j] * shrunk[row][rank + j];
      }
    }
  }
}

KERNEL dlora_lora_expand(const dlora_term *terms, const dlora_term_rows *units, const float *shrunk, float *y, int width) {
  __shared__ float s[ROWS][RANKS];
  const dlora_term_rows unit = units[blockIdx.x];
  const int output = blockIdx.y * THREADS + threadIdx.x;
  if (unit.rows == 0 || (int)blockIdx.y * THREADS >= terms[unit.term].n) {
    return;
  }
  const dlora_term term = terms[unit.term];
  shrunk += term.shrunk + (int64_t)unit.row * term.rank;
  float sums[ROWS] = {};
  for (int first = 0; first < term.rank; first += RANKS) {
    for (int i = threadIdx.x; i < ROWS * RANKS; i += THREADS) {
      const int row = i / RANKS, rank = first + i % RANKS;
      s[row][i % RANKS] = row < unit.rows && rank < term.rank ? shrunk[(int64_t)row * term.rank + rank] : 0;
    }
    __syncthreads();
    if (output < term.n) {
      const int64_t at = (int64_t)output * term.b_stride + first;
      const int ranks = min(RANKS, term.rank - first);
      if (term.b_bf16) {
        add_product((const bf16 *)term.b + at, s, ranks, sums);
      } else {
        add_product((const float *)term.b + at, s, ranks, sums);
      }
    }
    __syncthreads();
  }
  if (output >= term.n) {
    return;
  }
  const float gain = term.gain ? term.gain[output] : 1, shift = term.shift ? term.shift[output] : 0;
  y += (int64_t)(term.first_row + unit.row) * width + term.first_output + output;
#pragma unroll
  for (int row = 0; row < ROWS; row++) {
    if (row < unit.rows) {
      float *to = y + (int64_t)row * width;
      *to = gain * (*to + term.scale * sums[row]) + shift;
    }
  }
}
