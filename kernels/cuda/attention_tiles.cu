/*
 * Attention of tiles of rows on tensor cores (FlashAttention-2, Dao 2023). A warp has 16 rows of a query head;
 * it meets 64 positions at a time: scores, weights with a running reference, weighted values.
 */
#include "dlora.cuh"

#define ROWS 64
#define POSITIONS 64
#define THREADS 128
#define LOG2_E 1.4426950408889634f

static __device__ __forceinline__ float quad_max(float value) {
  value = fmaxf(value, __shfl_xor_sync(ALL_LANES, value, 1));
  return fmaxf(value, __shfl_xor_sync(ALL_LANES, value, 2));
}

static __device__ __forceinline__ float quad_sum(float value) {
  value += __shfl_xor_sync(ALL_LANES, value, 1);
  return value + __shfl_xor_sync(ALL_LANES, value, 2);
}

/* A pair of a query's elements, as a register of A. */
static __device__ __forceinline__ uint32_t query(const float *row, bool valid, int i, int dim, float scale) {
  return valid && i < dim ? round_pair(row[i] * scale, i + 1 < dim ? row[i + 1] * scale : 0) : 0;
}

/* DIM: head_dim rounded up; elements behind the last are zeros. */
template <int DIM>
static __device__ __forceinline__ void tiles(const float *rows, const dlora_attention_shape &shape, const bf16 *kv,
                                             const dlora_attention_tile *all, const int *blocks, float *out) {
  constexpr int PITCH = DIM + 8;
  DYNAMIC_SHARED(memory);
  bf16 *const keys = (bf16 *)memory, *const values = keys + POSITIONS * PITCH;
  const dlora_attention_tile tile = all[blockIdx.x];
  if (tile.rows == 0) {
    return;
  }
  const int dim = shape.head_dim, stride = stride_of(dim), head = blockIdx.y, kv_head = head / (shape.heads / shape.kv_heads);
  const int width = (shape.heads + 2 * shape.kv_heads) * dim;
  const int lane = threadIdx.x % WARP, t = lane % 4;
  const int row[2] = {(int)threadIdx.x / WARP * 16 + lane / 4, (int)threadIdx.x / WARP * 16 + lane / 4 + 8};

  uint32_t q[DIM / 16][4];
  rows += (int64_t)tile.first_row * width + head * dim;
#pragma unroll
  for (int i = 0; i < DIM / 16; i++) {
#pragma unroll
    for (int e = 0; e < 4; e++) {
      const int at = row[e % 2];
      q[i][e] = query(rows + (int64_t)at * width, at < tile.rows, i * 16 + e / 2 * 8 + t * 2, dim, shape.scale * LOG2_E);
    }
  }

  /* Begins to copy keys or values; zeros where no row of the tile sees any. */
  const int last = tile.position + tile.rows - 1;
  const int begin = shape.window > 0 ? max(0, tile.position + 1 - shape.window) : 0;
  auto load = [&](bf16 *to, int first, int part) {
    for (int i = threadIdx.x; i < POSITIONS * DIM / CHUNK; i += THREADS) {
      const int token = i / (DIM / CHUNK), element = i % (DIM / CHUNK) * CHUNK, position = first + token;
      const bool valid = position >= begin && position <= last && element < stride;
      const bf16 *from = kv;
      if (valid) {
        const int64_t block = blocks[tile.table + position / BLOCK_TOKENS];
        from += (((block * 2 + part) * shape.kv_heads + kv_head) * BLOCK_TOKENS + position % BLOCK_TOKENS) * stride + element;
      }
      copy_async(to + token * PITCH + element, from, valid);
    }
    copy_commit();
  };

  float sum[DIM / 8][4] = {}, total[2] = {}, reference[2] = {-INFINITY, -INFINITY};
  for (int first = begin / POSITIONS * POSITIONS; first <= last; first += POSITIONS) {
    load(keys, first, 0);
    load(values, first, 1);
    copy_wait<1>();
    __syncthreads();
    float score[POSITIONS / 8][4] = {};
#pragma unroll
    for (int i = 0; i < DIM / 16; i++) {
#pragma unroll
      for (int j = 0; j < POSITIONS / 16; j++) {
        uint32_t b[4];
        load_matrices(b, keys + (j * 16 + lane / 16 * 8 + lane % 8) * PITCH + i * 16 + lane / 8 % 2 * 8);
        mma(score[2 * j], q[i], b[0], b[1]);
        mma(score[2 * j + 1], q[i], b[2], b[3]);
      }
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
      const int own = tile.position + row[r];
      float next = reference[r];
#pragma unroll
      for (int j = 0; j < POSITIONS / 8; j++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
          const int position = first + j * 8 + t * 2 + e;
          const bool visible = position <= own && (shape.window == 0 || own - position < shape.window);
          float &s = score[j][r * 2 + e];
          s = visible ? s : -INFINITY;
          next = fmaxf(next, s);
        }
      }
      next = quad_max(next);
      const float from = next == -INFINITY ? 0 : next; /* a row that sees nothing yet */
      const float rescale = exp2f(reference[r] - from);
      reference[r] = next;
      total[r] *= rescale;
#pragma unroll
      for (int j = 0; j < POSITIONS / 8; j++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
          float &s = score[j][r * 2 + e];
          s = exp2f(s - from);
          total[r] += s;
        }
      }
#pragma unroll
      for (int d = 0; d < DIM / 8; d++) {
        sum[d][r * 2] *= rescale;
        sum[d][r * 2 + 1] *= rescale;
      }
    }
    copy_wait<0>();
    __syncthreads();
#pragma unroll
    for (int j = 0; j < POSITIONS / 16; j++) {
      const float *even = score[2 * j], *odd = score[2 * j + 1];
      const uint32_t weights[4] = {round_pair(even[0], even[1]), round_pair(even[2], even[3]), round_pair(odd[0], odd[1]),
                                   round_pair(odd[2], odd[3])};
#pragma unroll
      for (int d = 0; d < DIM / 16; d++) {
        uint32_t b[4];
        load_matrices_transposed(b, values + (j * 16 + lane % 16) * PITCH + d * 16 + lane / 16 * 8);
        mma(sum[2 * d], weights, b[0], b[1]);
        mma(sum[2 * d + 1], weights, b[2], b[3]);
      }
    }
    __syncthreads();
  }

#pragma unroll
  for (int r = 0; r < 2; r++) {
    const float all_weights = quad_sum(total[r]);
    float *to = out + ((int64_t)(tile.first_row + row[r]) * shape.heads + head) * dim;
#pragma unroll
    for (int d = 0; d < DIM / 8; d++) {
#pragma unroll
      for (int e = 0; e < 2; e++) {
        const int i = d * 8 + t * 2 + e;
        if (row[r] < tile.rows && i < dim) {
          to[i] = sum[d][r * 2 + e] / all_weights;
        }
      }
    }
  }
}

KERNEL __launch_bounds__(THREADS, 3)
    dlora_attention_tiles_64(const float *rows, dlora_attention_shape shape, const bf16 *kv, const dlora_attention_tile *all,
                             const int *blocks, float *out) {
  tiles<64>(rows, shape, kv, all, blocks, out);
}

KERNEL __launch_bounds__(THREADS, 2)
    dlora_attention_tiles_128(const float *rows, dlora_attention_shape shape, const bf16 *kv, const dlora_attention_tile *all,
                              const int *blocks, float *out) {
  tiles<128>(rows, shape, kv, all, blocks, out);
}
