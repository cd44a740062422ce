/* Elements of weights and caches, float32 or bfloat16, read and written as float32. */
#ifndef DLORA_VALUES_CUH
#define DLORA_VALUES_CUH

#include "ptx.cuh"

struct bf16 {
  uint16_t bits;
};

/* Elements that are read at a time; rows of matrices begin at a multiple of it, with zeros behind their last. */
#define CHUNK 8

static __device__ __forceinline__ float to_float(float value) { return value; }

static __device__ __forceinline__ float to_float(bf16 value) { return __uint_as_float((uint32_t)value.bits << 16); }

static __device__ __forceinline__ float low_half(uint32_t pair) { return __uint_as_float(pair << 16); }

static __device__ __forceinline__ float high_half(uint32_t pair) { return __uint_as_float(pair & 0xffff0000u); }

static __device__ __forceinline__ void store(float *to, float value) { *to = value; }

static __device__ __forceinline__ void store(bf16 *to, float value) { to->bits = (uint16_t)round_pair(value, 0); }

static __device__ __forceinline__ void load_chunk(const float *from, float (&to)[CHUNK]) {
  const float4 a = ((const float4 *)from)[0], b = ((const float4 *)from)[1];
  to[0] = a.x, to[1] = a.y, to[2] = a.z, to[3] = a.w;
  to[4] = b.x, to[5] = b.y, to[6] = b.z, to[7] = b.w;
}

static __device__ __forceinline__ void load_chunk(const bf16 *from, float (&to)[CHUNK]) {
  const uint4 pairs = *(const uint4 *)from;
  to[0] = low_half(pairs.x), to[1] = high_half(pairs.x);
  to[2] = low_half(pairs.y), to[3] = high_half(pairs.y);
  to[4] = low_half(pairs.z), to[5] = high_half(pairs.z);
  to[6] = low_half(pairs.w), to[7] = high_half(pairs.w);
}

#endif
