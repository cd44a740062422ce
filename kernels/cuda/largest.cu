#include "dlora.cuh"
#include "reduce.cuh"

#define THREADS 256
#define WARPS (THREADS / WARP)
#define DIGIT 6
#define BINS (1 << DIGIT)

/* A number for each element of a row, larger for larger values, among equal ones for lower indices. */
static __device__ __forceinline__ uint64_t key_of(float value, int index) {
  const uint32_t bits = __float_as_uint(value == 0 ? 0.0f : value);
  const uint32_t ordered = bits >> 31 ? ~bits : bits | 0x80000000u;
  return (uint64_t)ordered << 32 | ~(uint32_t)index;
}

/*
 * Radix select (Alabi et al. 2012) from the highest digit on: the digit of the k-th largest key follows from the
 * numbers of keys with each digit. Keys are unique, so it ends with exactly k of them. Each thread counts for
 * itself, so no order of threads matters.
 */
KERNEL dlora_largest(const float *x, const int *indices, int n, int k, int *out_indices, float *out_values) {
  __shared__ uint16_t counts[BINS][THREADS];
  __shared__ int totals[BINS], not_finite[WARPS], starts[THREADS];
  __shared__ uint64_t found[DLORA_LARGEST];
  const int thread = threadIdx.x, lane = thread % WARP, warp = thread / WARP;
  x += (int64_t)indices[blockIdx.x] * n;
  out_indices += (int64_t)blockIdx.x * k;
  out_values += (int64_t)blockIdx.x * k;

  uint64_t prefix = 0;
  int low = 64; /* bits below the prefix */
  for (int rest = k; rest > 0;) {
    const int bits = min(DIGIT, low), above = low;
    low -= bits;
    for (int bin = 0; bin < BINS; bin++) {
      counts[bin][thread] = 0;
    }
    int mine = n;
    for (int i = thread; i < n; i += THREADS) {
      if (!isfinite(x[i])) {
        mine = min(mine, i);
      } else {
        const uint64_t key = key_of(x[i], i);
        if (above == 64 || key >> above == prefix) {
          counts[(int)(key >> low) & ((1 << bits) - 1)][thread]++;
        }
      }
    }
    for (int lanes = WARP / 2; lanes > 0; lanes /= 2) {
      mine = min(mine, __shfl_xor_sync(ALL_LANES, mine, lanes));
    }
    if (lane == 0) {
      not_finite[warp] = mine;
    }
    __syncthreads();
    for (int i = 0; i < WARPS; i++) {
      mine = min(mine, not_finite[i]);
    }
    if (mine < n) {
      if (thread == 0) {
        out_indices[0] = -1 - mine;
      }
      return;
    }
    for (int bin = warp; bin < BINS; bin += WARPS) {
      int count = 0;
      for (int i = lane; i < THREADS; i += WARP) {
        count += counts[bin][i];
      }
      count = (int)warp_sum((float)count); /* at most 2^24, so exact */
      if (lane == 0) {
        totals[bin] = count;
      }
    }
    __syncthreads();
    int bin = (1 << bits) - 1;
    for (; bin > 0 && totals[bin] < rest; bin--) {
      rest -= totals[bin];
    }
    prefix = prefix << bits | (uint64_t)bin;
    if (totals[bin] == rest) {
      rest = 0;
    }
  }

  const uint64_t least = prefix << low;
  int mine = 0;
  for (int i = thread; i < n; i += THREADS) {
    mine += key_of(x[i], i) >= least;
  }
  starts[thread] = mine;
  __syncthreads();
  int start = 0;
  for (int i = 0; i < thread; i++) {
    start += starts[i];
  }
  for (int i = thread; i < n && mine > 0; i += THREADS) {
    const uint64_t key = key_of(x[i], i);
    if (key >= least) {
      found[start++] = key;
      mine--;
    }
  }
  __syncthreads();
  for (int i = thread; i < k; i += THREADS) {
    int larger = 0;
    for (int j = 0; j < k; j++) {
      larger += found[j] > found[i];
    }
    const int index = (int)~(uint32_t)found[i];
    out_indices[larger] = index;
    out_values[larger] = x[index];
  }
}
