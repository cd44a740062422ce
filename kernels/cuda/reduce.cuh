/* Sums and maxima over the lanes of a warp and the threads of a block; every thread gets the result. */
#ifndef DLORA_REDUCE_CUH
#define DLORA_REDUCE_CUH

#include "platform.cuh"

#ifdef DLORA_REDUCE_AT_ONCE /* of the stand-in driver, for speed: the same numbers */

static inline float warp_sum(float value) {
  return emulator::combine_lanes(value, [](float a, float b) { return a + b; });
}

static inline float warp_max(float value) {
  return emulator::combine_lanes(value, [](float a, float b) { return fmaxf(a, b); });
}

#else

static __device__ __forceinline__ float warp_sum(float value) {
  for (int lanes = WARP / 2; lanes > 0; lanes /= 2) {
    value += __shfl_xor_sync(ALL_LANES, value, lanes);
  }
  return value;
}

static __device__ __forceinline__ float warp_max(float value) {
  for (int lanes = WARP / 2; lanes > 0; lanes /= 2) {
    value = fmaxf(value, __shfl_xor_sync(ALL_LANES, value, lanes));
  }
  return value;
}

#endif

/* Of a block of whole warps, at most 1024 threads; all of them call it. */
static __device__ __forceinline__ float block_sum(float value) {
  __shared__ float sums[WARP];
  const int warps = blockDim.x / WARP;
  value = warp_sum(value);
  if (threadIdx.x % WARP == 0) {
    sums[threadIdx.x / WARP] = value;
  }
  __syncthreads();
  value = warp_sum((int)threadIdx.x % WARP < warps ? sums[threadIdx.x % WARP] : 0);
  __syncthreads();
  return value;
}

#endif
