/* Writes into the paged KV cache, and copies of its blocks. */
#include "dlora.cuh"

template <class T>
static __device__ __forceinline__ void write_kv(const float *rows, int width, int first, int kv_heads, int head_dim,
                                                const int *slots, T *kv) {
  const float *keys = rows + (int64_t)blockIdx.x * width + first, *values = keys + kv_heads * head_dim;
  const int slot = slots[blockIdx.x], stride = stride_of(head_dim), elements = kv_heads * stride;
  if (slot < 0) {
    return;
  }
  T *block = kv + (int64_t)(slot / BLOCK_TOKENS) * 2 * elements * BLOCK_TOKENS;
  for (int i = threadIdx.x; i < elements; i += blockDim.x) {
    const int head = i / stride, element = i % stride, from = head * head_dim + element;
    const int to = (head * BLOCK_TOKENS + slot % BLOCK_TOKENS) * stride + element;
    store(block + to, element < head_dim ? keys[from] : 0);
    store(block + elements * BLOCK_TOKENS + to, element < head_dim ? values[from] : 0);
  }
}

KERNEL dlora_write_kv_f32(const float *rows, int width, int first, int kv_heads, int head_dim, const int *slots, float *kv) {
  write_kv(rows, width, first, kv_heads, head_dim, slots, kv);
}

KERNEL dlora_write_kv_bf16(const float *rows, int width, int first, int kv_heads, int head_dim, const int *slots, bf16 *kv) {
  write_kv(rows, width, first, kv_heads, head_dim, slots, kv);
}

KERNEL dlora_read_block(const uint4 *kv, int64_t layer_bytes, int64_t block_bytes, int block, uint4 *out) {
  const int64_t count = block_bytes / sizeof(uint4);
  kv += (blockIdx.y * layer_bytes + block * block_bytes) / sizeof(uint4);
  out += blockIdx.y * count;
  for (int64_t i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) {
    out[i] = kv[i];
  }
}

KERNEL dlora_write_block(uint4 *kv, int64_t layer_bytes, int64_t block_bytes, int block, const uint4 *in) {
  const int64_t count = block_bytes / sizeof(uint4);
  kv += (blockIdx.y * layer_bytes + block * block_bytes) / sizeof(uint4);
  in += blockIdx.y * count;
  for (int64_t i = blockIdx.x * blockDim.x + threadIdx.x; i < count; i += gridDim.x * blockDim.x) {
    kv[i] = in[i];
  }
}
