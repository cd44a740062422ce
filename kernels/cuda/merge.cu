/* Merged weights in one pass, from the pristine ones; so the same whatever live held. */
#include "merge.cuh"

template <class T>
static __device__ __forceinline__ void merge(const T *w, T *live, int stride, int columns, int from, int to,
                                             const dlora_term &term, int table) {
  const int column = blockIdx.x * MERGE_COLUMNS + threadIdx.x;
  for_merged<float>(w, stride, columns, from, to, term, table,
                    [&](int row, float, float merged) { store(live + (int64_t)row * stride + column, merged); });
  if (column >= columns && column < stride) {
    const int first = from + blockIdx.y * MERGE_ROWS;
    for (int row = first; row < min(first + MERGE_ROWS, to); row++) {
      store(live + (int64_t)row * stride + column, 0);
    }
  }
}

KERNEL dlora_merge_f32(const float *w, float *live, int stride, int columns, int from, int to, dlora_term term, int table) {
  merge(w, live, stride, columns, from, to, term, table);
}

KERNEL dlora_merge_bf16(const bf16 *w, bf16 *live, int stride, int columns, int from, int to, dlora_term term, int table) {
  merge(w, live, stride, columns, from, to, term, table);
}
