/* What merges and their losses share: the weights of 16 rows and 256 columns with a term in them. */
#ifndef DLORA_MERGE_CUH
#define DLORA_MERGE_CUH

#include "dlora.cuh"

#define MERGE_ROWS 16
#define MERGE_COLUMNS 256
#define MERGE_RANKS 32 /* at a time */

static __device__ __forceinline__ float element(const void *matrix, int is_bf16, int64_t at) {
  return is_bf16 ? to_float(((const bf16 *)matrix)[at]) : ((const float *)matrix)[at];
}

/* Elements of B A of MERGE_ROWS rows at one column, or of (B A)^T of a table. All threads of a block call it. */
template <class S>
static __device__ __forceinline__ void low_rank(const dlora_term &term, int table, int first, int end, int column,
                                                bool valid, S (&sums)[MERGE_ROWS]) {
  __shared__ float left[MERGE_ROWS][MERGE_RANKS];
  for (int from = 0; from < term.rank; from += MERGE_RANKS) {
    for (int i = threadIdx.x; i < MERGE_ROWS * MERGE_RANKS; i += MERGE_COLUMNS) {
      const int row = first + i / MERGE_RANKS, rank = from + i % MERGE_RANKS;
      float value = 0;
      if (row < end && rank < term.rank) {
        value = table ? element(term.a, term.a_bf16, (int64_t)rank * term.a_stride + row)
                      : element(term.b, term.b_bf16, (int64_t)(row - term.first_output) * term.b_stride + rank);
      }
      left[i / MERGE_RANKS][i % MERGE_RANKS] = value;
    }
    __syncthreads();
    for (int i = 0; valid && i < min(MERGE_RANKS, term.rank - from); i++) {
      const S right = table ? element(term.b, term.b_bf16, (int64_t)(column - term.first_output) * term.b_stride + from + i)
                            : element(term.a, term.a_bf16, (int64_t)(from + i) * term.a_stride + column);
#pragma unroll
      for (int row = 0; row < MERGE_ROWS; row++) {
        sums[row] += left[row][i] * right;
      }
    }
    __syncthreads();
  }
}

/* Calls use(row, pristine weight, merged weight before rounding) for the thread's column of each row. */
template <class S, class T, class USE>
static __device__ __forceinline__ void for_merged(const T *w, int stride, int columns, int from, int to,
                                                  const dlora_term &term, int table, USE use) {
  const int first = from + blockIdx.y * MERGE_ROWS, end = min(first + MERGE_ROWS, to);
  const int column = blockIdx.x * MERGE_COLUMNS + threadIdx.x;
  const bool has_term = column < columns &&
                        (!table || (column >= term.first_output && column < term.first_output + term.n));
  S sums[MERGE_ROWS] = {};
  low_rank(term, table, first, end, column, has_term, sums);
  if (column < columns) {
#pragma unroll
    for (int i = 0; i < MERGE_ROWS; i++) {
      if (first + i < end) {
        const S pristine = to_float(w[(int64_t)(first + i) * stride + column]);
        S merged = pristine;
        if (has_term) {
          merged = term.rank > 0 ? pristine + (S)term.scale * sums[i] : pristine;
          merged *= term.gain ? term.gain[(table ? column : first + i) - term.first_output] : 1;
        }
        use(first + i, pristine, merged);
      }
    }
  }
}

#endif
