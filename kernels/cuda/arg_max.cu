#include "dlora.cuh"

#define THREADS 256

/* A candidate: its value and index, and the first index that is not finite, or the number of elements. */
struct best {
  float value;
  int index, not_finite;
};

static __device__ __forceinline__ best better(best a, best b) {
  const bool first = a.value > b.value || (a.value == b.value && a.index < b.index);
  return {first ? a.value : b.value, first ? a.index : b.index, min(a.not_finite, b.not_finite)};
}

KERNEL dlora_arg_max(const float *x, const int *indices, int *out, int n) {
  __shared__ best found[THREADS];
  x += (int64_t)indices[blockIdx.x] * n;
  best mine = {-INFINITY, n, n};
  for (int i = threadIdx.x; i < n; i += THREADS) {
    if (isfinite(x[i])) {
      mine = better(mine, {x[i], i, n});
    } else {
      mine.not_finite = min(mine.not_finite, i);
    }
  }
  found[threadIdx.x] = mine;
  __syncthreads();
  for (int half = THREADS / 2; half > 0; half /= 2) {
    if ((int)threadIdx.x < half) {
      found[threadIdx.x] = better(found[threadIdx.x], found[threadIdx.x + half]);
    }
    __syncthreads();
  }
  if (threadIdx.x == 0) {
    out[blockIdx.x] = found[0].not_finite < n ? -1 - found[0].not_finite : found[0].index;
  }
}
