/* Rows copied from one place to another: of the embedding, of chosen logits, and rounded ones. */
#include "dlora.cuh"

template <class T>
static __device__ __forceinline__ void copy_row(const T *from, float *to, int n) {
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    to[i] = to_float(from[i]);
  }
}

KERNEL dlora_embed_f32(const float *table, int stride, const int *tokens, float *out, int n) {
  copy_row(table + (int64_t)tokens[blockIdx.x] * stride, out + (int64_t)blockIdx.x * n, n);
}

KERNEL dlora_embed_bf16(const bf16 *table, int stride, const int *tokens, float *out, int n) {
  copy_row(table + (int64_t)tokens[blockIdx.x] * stride, out + (int64_t)blockIdx.x * n, n);
}

KERNEL dlora_gather(const float *x, const int *indices, float *out, int n) {
  copy_row(x + (int64_t)indices[blockIdx.x] * n, out + (int64_t)blockIdx.x * n, n);
}

KERNEL dlora_round_rows(const float *x, int n, bf16 *out, int stride) {
  x += (int64_t)blockIdx.x * n;
  out += (int64_t)blockIdx.x * stride;
  for (int i = threadIdx.x; i < stride; i += blockDim.x) {
    store(out + i, i < n ? x[i] : 0);
  }
}
