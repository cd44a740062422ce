/*
 * The kernels for NVIDIA GPUs, with the layouts that they take. Whoever launches them has checked all
 * arguments; nothing is allocated here.
 *
 *   matrix     [rows][stride] of float32 or bfloat16; the stride is a multiple of 8 elements, those behind
 *              the last column are zeros, and the matrix lies on a boundary of 16 bytes
 *   rows of x  float32 [rows][width], as org.dlora.device.Activations; for products with bfloat16
 *              matrices rounded by dlora_round_rows to [rows][stride] bfloat16
 *   KV cache   for each layer [block][K, V][kv head][16][head_dim rounded up to 8], zeros behind the last element
 *
 * Sums are float32. "Grid" is given as (x, y, z), blocks are one-dimensional.
 */
#ifndef DLORA_CUH
#define DLORA_CUH

#include "values.cuh"

#define BLOCK_TOKENS 16

/* Elements from row to row of a matrix, and from position to position of a KV cache. */
static __device__ __forceinline__ int stride_of(int elements) { return (elements + CHUNK - 1) / CHUNK * CHUNK; }

/* Rows, one block of 32 to 1024 threads each. Grid: (rows). */

/* out = x / sqrt(mean(x^2) + eps) * weight */
KERNEL dlora_rms_norm(const float *x, const float *weight, float eps, float *out, int n);

/* residual += x, then out = rms_norm(residual) */
KERNEL dlora_add_rms_norm(const float *x, float *residual, const float *weight, float eps, float *out, int n);

/* rms_norm of heads in place, from column first on. Grid: (heads, rows), 32 threads. */
KERNEL dlora_head_norm(float *rows, int width, int first, int head_dim, const float *weight, float eps);

/* Rotates elements i and i + half of the first heads of each row by the angles of its position; cos, sin [..][half]. */
KERNEL dlora_rope(float *rows, int width, int heads, int half, const int *positions, const float *cos, const float *sin);

/* out = gate / (1 + exp(-gate)) * up; a row of x is n gates, then n ups */
KERNEL dlora_silu_mul(const float *x, float *out, int n);

/* out = table[token] */
KERNEL dlora_embed_f32(const float *table, int stride, const int *tokens, float *out, int n);
KERNEL dlora_embed_bf16(const bf16 *table, int stride, const int *tokens, float *out, int n);

/* out = x[index] */
KERNEL dlora_gather(const float *x, const int *indices, float *out, int n);

/* Rounds rows to bfloat16, with zeros from n to stride. */
KERNEL dlora_round_rows(const float *x, int n, bf16 *out, int stride);

/*
 * The index of the largest element of row indices[i], the lowest one among equals; -1 - the index of the
 * first that is NaN or infinite, if one is. 256 threads.
 */
KERNEL dlora_arg_max(const float *x, const int *indices, int *out, int n);

/*
 * The k largest elements of row indices[i], descending, the lower index first among equals: [rows][k] indices and
 * values. If an element is NaN or infinite, the row's first index is -1 - that of the first one, and the rest means
 * nothing. k is at most n and DLORA_LARGEST, n at most 2^24. 256 threads.
 */
KERNEL dlora_largest(const float *x, const int *indices, int n, int k, int *out_indices, float *out_values);

#define DLORA_LARGEST 512

/* KV cache. slots: of each row 16 * block + position in it; rows with a negative one are not written. Grid: (rows). */

/* Stores keys from column first on, and the values behind them. */
KERNEL dlora_write_kv_f32(const float *rows, int width, int first, int kv_heads, int head_dim, const int *slots, float *kv);
KERNEL dlora_write_kv_bf16(const float *rows, int width, int first, int kv_heads, int head_dim, const int *slots, bf16 *kv);

/* Copies a block of all layers to or from [layers][block_bytes]. Grid: (blocks of any number, layers). */
KERNEL dlora_read_block(const uint4 *kv, int64_t layer_bytes, int64_t block_bytes, int block, uint4 *out);
KERNEL dlora_write_block(uint4 *kv, int64_t layer_bytes, int64_t block_bytes, int block, const uint4 *in);

/* Products y = x W^T (+ bias), or with add y += x W^T (+ bias); W [n, k], y [rows][n]. bias may be NULL. */

/* On tensor cores, tiles of 128 x 128. Grid: (n / 128, rows / 128), 256 threads, DLORA_LINEAR_128_SHARED. */
KERNEL dlora_linear_bf16_128(const bf16 *x, const bf16 *w, int stride, const float *bias, float *y, int rows, int n, int k, int add);

/* The same for few rows, tiles of 16 x 64. Grid: (n / 64, rows / 16), 128 threads, DLORA_LINEAR_16_SHARED. */
KERNEL dlora_linear_bf16_16(const bf16 *x, const bf16 *w, int stride, const float *bias, float *y, int rows, int n, int k, int add);

#define DLORA_LINEAR_STAGES 3
#define DLORA_LINEAR_SHARED(rows, outputs) (((rows) + (outputs)) * 80 * DLORA_LINEAR_STAGES)
#define DLORA_LINEAR_128_SHARED DLORA_LINEAR_SHARED(128, 128)
#define DLORA_LINEAR_16_SHARED DLORA_LINEAR_SHARED(16, 64)

/* The same for at most 8 rows, bound by memory: a warp for each output. Grid: (n / 4), 128 threads. */
KERNEL dlora_linear_bf16_8(const bf16 *x, const bf16 *w, int stride, const float *bias, float *y, int rows, int n, int k, int add);

/* float32 throughout, tiles of 64 x 64; x [rows][k]. Grid: (n / 64, rows / 64), 256 threads. */
KERNEL dlora_linear_f32(const float *x, const float *w, int stride, const float *bias, float *y, int rows, int n, int k, int add);

/* Attention of rows of fused projections [q | k | v] over a layer of the cache. */

struct dlora_attention_shape {
  int heads, kv_heads, head_dim;
  int window; /* positions that a row sees, its own included; 0: all */
  float scale;
};

/*
 * One row, one kv head with up to 8 of its query heads, one span of positions: sums of weighted values
 * [row][head][span][head_dim] and for each of them {reference of the exponents, sum of the weights}.
 * head_dim at most 256.
 *
 *   which    the rows that take part; positions and tables have an element for each of them.
 *            A row at position -1 sees nothing, and gets zeros
 *   tables   where the block table of a row begins in blocks
 *   span     positions of a span, a multiple of 16
 *
 * Grid: (rows, kv_heads * ceil(heads of a kv head / 8), spans), 128 threads.
 */
#define DLORA_ATTENTION_SPANS(dtype, T)                                                                              \
  KERNEL dlora_attention_spans_##dtype(const float *rows, dlora_attention_shape shape, const T *kv, const int *which, \
                                       const int *positions, const int *tables, const int *blocks, int span,          \
                                       float *sums, float2 *weights)
DLORA_ATTENTION_SPANS(f32, float);
DLORA_ATTENTION_SPANS(bf16, bf16);

/* Joins the spans of each row and head. Grid: (rows, heads), 32 to 256 threads. */
KERNEL dlora_attention_join(const float *sums, const float2 *weights, const int *which, int spans, int heads, int head_dim, float *out);

/* Up to 64 consecutive rows of a sequence. */
struct dlora_attention_tile {
  int first_row, rows;
  int position; /* of the first row */
  int table;    /* where the sequence's block table begins in blocks */
};

/*
 * Tiles of rows on tensor cores, over a cache of bfloat16; queries and weights are rounded to bfloat16.
 * The number is the largest head_dim. Grid: (tiles, heads), 128 threads, DLORA_ATTENTION_SHARED.
 */
#define DLORA_ATTENTION_TILES(head_dim)                                                                         \
  KERNEL dlora_attention_tiles_##head_dim(const float *rows, dlora_attention_shape shape, const bf16 *kv,       \
                                          const dlora_attention_tile *tiles, const int *blocks, float *out)
DLORA_ATTENTION_TILES(64);
DLORA_ATTENTION_TILES(128);

#define DLORA_ATTENTION_SHARED(head_dim) (2 * 64 * ((head_dim) + 8) * 2)

/* LoRA terms of a step. */

/* y = gain * (y + scale * B A x) + shift of some rows. rank 0: no low rank; gain, shift may be NULL. */
struct dlora_term {
  const void *a; /* [rank, k] */
  const void *b; /* [n, rank] */
  const float *gain, *shift;
  int a_stride, b_stride;
  int a_bf16, b_bf16; /* else float32 */
  int rank, n;
  int first_output;
  float scale;
  int first_row;
  int shrunk; /* where A x of first_row begins in the buffer of all terms, in floats; [rows][rank] */
};

/* Up to 16 rows of a term, from row on; rows 0: none. */
struct dlora_term_rows {
  int term, row, rows;
};

/* A x of terms with bfloat16 A, of rounded x, on tensor cores. Grid: (units, largest rank / 16), 128 threads. */
KERNEL dlora_lora_shrink_bf16(const dlora_term *terms, const dlora_term_rows *units, const bf16 *x, int x_stride, float *shrunk);

/* A x of terms with A of either dtype, of x [rows][k]. Grid: (units, largest rank / 4), 128 threads. */
KERNEL dlora_lora_shrink_f32(const dlora_term *terms, const dlora_term_rows *units, const float *x, int k, float *shrunk);

/* A x where x is one-hot, at each row's token. Grid: (units), 128 threads. */
KERNEL dlora_lora_shrink_tokens(const dlora_term *terms, const dlora_term_rows *units, const int *tokens, float *shrunk);

/* The rest of terms, none of which share outputs of a row. y [rows][width]. Grid: (units, largest n / 128), 128 threads. */
KERNEL dlora_lora_expand(const dlora_term *terms, const dlora_term_rows *units, const float *shrunk, float *y, int width);

/* Merges. */

/*
 * live = round(gain * (W + scale * B A)) for the rows from .. to of W, which are rows of the term; the term's
 * n outputs are rows of W from first_output on. With rank 0 and no gain: a copy. Of a table (embedding),
 * whose outputs are columns: live = round((W + scale * (B A)^T) * gain).
 * Grid: (columns / 256, rows / 16), 256 threads.
 */
#define DLORA_MERGE(dtype, T) \
  KERNEL dlora_merge_##dtype(const T *w, T *live, int stride, int columns, int from, int to, dlora_term term, int table)
DLORA_MERGE(f32, float);
DLORA_MERGE(bf16, bf16);

/* What a merge changes and what rounding loses, {sum of squares, sum of squares} of each block, in float64. */
#define DLORA_MERGE_LOSS(dtype, T) \
  KERNEL dlora_merge_loss_##dtype(const T *w, int stride, int columns, int from, int to, dlora_term term, int table, double2 *out)
DLORA_MERGE_LOSS(f32, float);
DLORA_MERGE_LOSS(bf16, bf16);

#endif
