/*
 * Attention row by row, the context cut into spans so that few rows fill a GPU (flash-decoding, Dao et al.
 * 2023). Each key and value is read once for all query heads that share it.
 *
 * A warp takes every fourth block of 16 positions. For keys two lanes share a position, for values lanes
 * share the elements of a head. Positions that a row does not see are not read.
 */
#include "dlora.cuh"
#include "reduce.cuh"

#define WARPS 4
#define HEADS 8       /* query heads of a block of threads */
#define HEAD_DIM 256  /* at most */
#define PARTS (HEAD_DIM / WARP)
#define LOG2_E 1.4426950408889634f

template <class T>
static __device__ __forceinline__ void spans(const float *rows, const dlora_attention_shape &shape, const T *kv,
                                             const int *which, const int *positions, const int *tables,
                                             const int *blocks, int span, float *sums, float2 *weights) {
  __shared__ float q[HEADS][HEAD_DIM]; /* at the end the sums of all warps */
  __shared__ float seen[WARPS][HEADS][BLOCK_TOKENS];
  __shared__ float references[WARPS][HEADS], totals[WARPS][HEADS];
  const int row = blockIdx.x, dim = shape.head_dim, stride = stride_of(dim);
  const int lane = threadIdx.x % WARP, warp = threadIdx.x / WARP;
  const int sharing = shape.heads / shape.kv_heads, parts = (sharing + HEADS - 1) / HEADS;
  const int kv_head = blockIdx.y / parts, first = blockIdx.y % parts * HEADS;
  const int heads = min(HEADS, sharing - first), first_head = kv_head * sharing + first;
  const int64_t out = ((int64_t)row * shape.heads + first_head) * gridDim.z + blockIdx.z;

  const int end = min(positions[row] + 1, span * ((int)blockIdx.z + 1));
  const int begin = max(shape.window > 0 ? positions[row] + 1 - shape.window : 0, span * (int)blockIdx.z);
  if (begin >= end) {
    if ((int)threadIdx.x < heads) {
      weights[out + (int64_t)threadIdx.x * gridDim.z] = {-INFINITY, 0};
    }
    return;
  }

  rows += (int64_t)which[row] * (shape.heads + 2 * shape.kv_heads) * dim + first_head * dim;
  for (int i = threadIdx.x; i < heads * stride; i += WARPS * WARP) {
    const int head = i / stride, element = i % stride;
    q[head][element] = element < dim ? rows[head * dim + element] * (shape.scale * LOG2_E) : 0;
  }
  __syncthreads();

  float reference[HEADS], total[HEADS] = {}, sum[HEADS][PARTS] = {};
#pragma unroll
  for (int h = 0; h < HEADS; h++) {
    reference[h] = -INFINITY;
  }
  const int64_t head_elements = (int64_t)BLOCK_TOKENS * stride;
  for (int block = begin / BLOCK_TOKENS + warp; block * BLOCK_TOKENS < end; block += WARPS) {
    const T *keys = kv + ((int64_t)blocks[tables[row] + block] * 2 * shape.kv_heads + kv_head) * head_elements;
    const T *values = keys + shape.kv_heads * head_elements;
    const int position = block * BLOCK_TOKENS + lane / 2;
    const bool visible = position >= begin && position < end;
    float dots[HEADS] = {};
    for (int i = lane % 2 * CHUNK; visible && i < stride; i += 2 * CHUNK) {
      float key[CHUNK];
      load_chunk(keys + lane / 2 * stride + i, key);
#pragma unroll
      for (int h = 0; h < HEADS; h++) {
        if (h < heads) {
#pragma unroll
          for (int j = 0; j < CHUNK; j++) {
            dots[h] += key[j] * q[h][i + j];
          }
        }
      }
    }
#pragma unroll
    for (int h = 0; h < HEADS; h++) {
      if (h < heads) {
        const float dot = dots[h] + __shfl_xor_sync(ALL_LANES, dots[h], 1);
        const float score = visible ? dot : -INFINITY;
        const float next = fmaxf(reference[h], warp_max(score));
        const float weight = exp2f(score - next), rescale = exp2f(reference[h] - next);
        reference[h] = next;
        total[h] = total[h] * rescale + warp_sum(lane % 2 == 0 ? weight : 0);
#pragma unroll
        for (int part = 0; part < PARTS; part++) {
          sum[h][part] *= rescale;
        }
        if (lane % 2 == 0) {
          seen[warp][h][lane / 2] = weight;
        }
      }
    }
    __syncwarp();
    const int last = min(BLOCK_TOKENS, end - block * BLOCK_TOKENS);
    for (int token = max(0, begin - block * BLOCK_TOKENS); token < last; token++) {
#pragma unroll
      for (int part = 0; part < PARTS; part++) {
        const int i = part * WARP + lane;
        if (i < dim) {
          const float value = to_float(values[token * stride + i]);
#pragma unroll
          for (int h = 0; h < HEADS; h++) {
            sum[h][part] += h < heads ? seen[warp][h][token] * value : 0;
          }
        }
      }
    }
    __syncwarp();
  }

#pragma unroll
  for (int h = 0; h < HEADS; h++) {
    if (lane == 0) {
      references[warp][h] = reference[h];
      totals[warp][h] = total[h];
    }
  }
  for (int turn = 0; turn < WARPS; turn++) { /* one after another, so that the order of sums is fixed */
    __syncthreads();
#pragma unroll
    for (int h = 0; h < HEADS; h++) {
      float largest = references[0][h];
      for (int other = 1; other < WARPS; other++) {
        largest = fmaxf(largest, references[other][h]);
      }
      const float rescale = exp2f(reference[h] - largest);
#pragma unroll
      for (int part = 0; part < PARTS; part++) {
        const int i = part * WARP + lane;
        if (warp == turn && h < heads && i < dim) {
          q[h][i] = (turn == 0 ? 0 : q[h][i]) + sum[h][part] * rescale;
        }
      }
    }
  }
  __syncthreads();
  for (int i = threadIdx.x; i < heads * dim; i += WARPS * WARP) {
    sums[(out + (int64_t)(i / dim) * gridDim.z) * dim + i % dim] = q[i / dim][i % dim];
  }
  if ((int)threadIdx.x < heads) {
    float largest = -INFINITY, all = 0;
    for (int other = 0; other < WARPS; other++) {
      largest = fmaxf(largest, references[other][threadIdx.x]);
    }
    for (int other = 0; other < WARPS; other++) {
      all += totals[other][threadIdx.x] * exp2f(references[other][threadIdx.x] - largest);
    }
    weights[out + (int64_t)threadIdx.x * gridDim.z] = {largest, all};
  }
}

KERNEL __launch_bounds__(128, 3)
    dlora_attention_spans_f32(const float *rows, dlora_attention_shape shape, const float *kv, const int *which,
                              const int *positions, const int *tables, const int *blocks, int span, float *sums, float2 *weights) {
  spans(rows, shape, kv, which, positions, tables, blocks, span, sums, weights);
}

KERNEL __launch_bounds__(128, 3)
    dlora_attention_spans_bf16(const float *rows, dlora_attention_shape shape, const bf16 *kv, const int *which,
                               const int *positions, const int *tables, const int *blocks, int span, float *sums, float2 *weights) {
  spans(rows, shape, kv, which, positions, tables, blocks, span, sums, weights);
}
