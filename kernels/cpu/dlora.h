/*
 * Kernels for x86-64 with AVX-512 over the panels of PanelMatrix. Called from Java, where every
 * argument was checked; nothing is allocated, kept or printed here.
 *
 * The end of a name is the family of the kernel, one for each way to multiply bfloat16 weights:
 *
 *   avx512         float32 multiply-adds of widened weights; the bits of the Java kernels
 *   avx512_bf16    bf16 dot products (VDPBF16PS)
 *   amx            bf16 tiles (TDPBF16PS)
 *   amx_emulated   the bits of amx without its instructions, for tests
 *   avx512_vnni    dot products of 8-bit integers (VPDPBUSD), which bound outputs and are none themselves
 *
 * A server uses one family for every number of rows, so that a row's bits do not depend on the batch.
 *
 * A bfloat16 panel is [ceil(k/2)][16][2]: 16 outputs, two columns at a time, zeros beyond n and k. A
 * float32 panel is [k][16].
 */
#ifndef DLORA_H
#define DLORA_H

#include <stdint.h>

/* Changes with every change of a signature: a library of another version is not used. */
#define DLORA_ABI 12

#define DLORA_EXPORT __attribute__((visibility("default")))

/* What a product does with the outputs it finds. */
enum dlora_store {
  DLORA_SET = 0, /* y = product (+ bias) */
  DLORA_ADD = 1  /* y += scale * product */
};

DLORA_EXPORT int32_t dlora_abi(void);

/*
 * What this processor and its operating system offer, any of these. DLORA_AMX: the process may use
 * tiles from now on. DLORA_AMX_REFUSED: the processor has them and the system refuses them.
 */
DLORA_EXPORT int32_t dlora_features(void);

#define DLORA_AVX512 1
#define DLORA_AVX512_BF16 2
#define DLORA_AMX 4
#define DLORA_AMX_REFUSED 8
#define DLORA_AVX512_VNNI 16

/* Writes the processor's name and signature, with a zero behind it. */
DLORA_EXPORT void dlora_processor(char *name);

#define DLORA_PROCESSOR_BYTES 64

/*
 * Pieces of memory that are wanted soon. Products of many rows load them into the caches meanwhile, for they
 * are bound by arithmetic and leave the memory idle; no more than they can load without delay.
 */
struct dlora_ahead {
  const char *memory;
  const int64_t *pieces; /* [count], in bytes from `memory` on */
  int32_t lines;         /* of a piece, 64 bytes each */
  int32_t count;
  int32_t piece; /* the next line to load: of this piece, */
  int32_t line;  /* this one; products move both on */
};

/*
 * Outputs of the panels from .. to for all rows, each by one chain over k ascending, whatever the
 * number of rows:
 *
 *   avx512        fused multiply-adds of x as it is
 *   avx512_bf16   dot products of pairs, of x rounded to bfloat16
 *   amx           sums of 32 columns, each of the chain of its even and that of its odd columns, of x
 *                 rounded to bfloat16; denormals are zeros
 *
 *   w       the first panel of W, panel_bytes apart
 *   n       outputs of W; those of the last panel beyond n are not stored
 *   k       columns of W, at most DLORA_LINEAR_COLUMNS
 *   x, y    float32 rows, strides in bytes; y at output 0
 *   rounded what dlora_round of the family made of all rows of x; NULL: the product rounds x itself
 *   bias    [n] or NULL, only with DLORA_SET
 *   ahead   for this thread alone; NULL: nothing. Families may leave it.
 */
#define DLORA_LINEAR(family)                                                                                        \
  DLORA_EXPORT void dlora_linear_##family(const char *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n,  \
                                          int32_t k, const char *x, int64_t x_stride, const void *rounded, char *y, \
                                          int64_t y_stride, int32_t rows, const float *bias, int32_t store,         \
                                          float scale, struct dlora_ahead *ahead)

DLORA_LINEAR(avx512);
DLORA_LINEAR(avx512_bf16);
DLORA_LINEAR(amx);
DLORA_LINEAR(amx_emulated);

/*
 * The rows from .. to of x in bfloat16, as the products of the family read them, at their place in
 * `rounded`: [rows, k rounded up to 32] elements, for tiles the rows rounded up to 16. Begins on a cache line.
 */
#define DLORA_ROUND(family)                                                                                       \
  DLORA_EXPORT void dlora_round_##family(const char *x, int64_t x_stride, int32_t from, int32_t to, int32_t k, \
                                         void *rounded)

DLORA_ROUND(avx512_bf16);
DLORA_ROUND(amx);
DLORA_ROUND(amx_emulated);

/*
 * y = silu(gate) * up, where gate are the first n outputs of W and up the n others: the bits of
 * dlora_linear and dlora_silu_mul. n is a multiple of 16; the panels from .. to are those of the gate.
 */
#define DLORA_GATED(family)                                                                                        \
  DLORA_EXPORT void dlora_gated_##family(const char *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n,  \
                                         int32_t k, const char *x, int64_t x_stride, const void *rounded, char *y, \
                                         int64_t y_stride, int32_t rows, const float *bias,                        \
                                         struct dlora_ahead *ahead)

DLORA_GATED(avx512);
DLORA_GATED(avx512_bf16);
DLORA_GATED(amx);
DLORA_GATED(amx_emulated);

#define DLORA_LINEAR_COLUMNS 65536

/*
 * An index of a matrix of bfloat16 panels bounds the outputs of each panel, and so tells which panels can
 * hold the largest output of a row. It has a group for DLORA_INDEX_GROUP panels. A group takes dlora_index_group_bytes, of
 * which 16 * DLORA_INDEX_GROUP * (k rounded up to 64) are 8-bit integers. k is at most DLORA_LINEAR_COLUMNS.
 */
#define DLORA_INDEX_GROUP 4

DLORA_EXPORT int64_t dlora_index_group_bytes(int32_t k);

/*
 * Writes the groups from .. to of the index of W; panels beyond n are never the largest. Returns 0 if a row
 * of W has a norm of DLORA_INDEX_NORM or more, or none: then the index is of no use.
 */
DLORA_EXPORT int32_t dlora_index_avx512_vnni(const char *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n,
                                             int32_t k, char *index);

#define DLORA_INDEX_NORM 1e18f

/* What the bounds of a row's outputs depend on, beside its integers. */
struct dlora_index_row {
  float step;
  float norm; /* NaN if the row is not bounded: its norm is DLORA_INDEX_NORM or more, the inverse or less, or none */
  float error;
};

/*
 * Rounds a row of k elements to k rounded up to 64 of 8 bits. Its products are those of the families that round
 * x to bfloat16.
 */
DLORA_EXPORT void dlora_index_row_avx512_vnni(const float *x, int32_t k, uint8_t *rounded, struct dlora_index_row *row);

/* `rounded`: rows one after another. upper[row][panel]: no output of the panel is larger, as dlora_linear computes it; for all panels of the groups from .. to */
DLORA_EXPORT void dlora_upper_bounds_avx512_vnni(const char *index, int32_t from, int32_t to, int32_t k,
                                                 const uint8_t *rounded, const struct dlora_index_row *row,
                                                 int32_t rows, float *upper, int64_t upper_stride);

/* y[rows, first_output ..] += scale * B*(A*x) of some rows. */
struct dlora_term {
  const char *a; /* [rank, k] */
  const char *b; /* [n, rank] */
  int32_t rank;  /* at most DLORA_LORA_RANK */
  int32_t n;
  int32_t first_row;
  int32_t rows; /* at most DLORA_LORA_ROWS, and so many that rows * (k rounded up to 32) is at most 131072 */
  int32_t first_output;
  float scale;
};

#define DLORA_LORA_ROWS 32
#define DLORA_LORA_RANK 256

/*
 * The terms from .. to, one after another; x and A*x are rounded to bfloat16, products are summed as in
 * dlora_linear of the family. The matrices of the terms behind them, up to count, are those that are loaded ahead.
 */
#define DLORA_LORA(family)                                                                                     \
  DLORA_EXPORT void dlora_lora_##family(const struct dlora_term *terms, int32_t from, int32_t to, int32_t count, \
                                        int32_t k, const char *x, int64_t x_stride, char *y, int64_t y_stride)

DLORA_LORA(avx512_bf16);
DLORA_LORA(amx);
DLORA_LORA(amx_emulated);

/* Consecutive rows of a sequence and some kv heads, with all query heads of these. */
struct dlora_attention_unit {
  const int32_t *blocks; /* the block of each 16 positions of the sequence up to that of the last row */
  int32_t position;      /* of the first row */
  int32_t row;           /* the first row in q and out */
  int32_t rows;
  int32_t kv_head; /* the first */
  int32_t kv_heads;
};

/*
 * Causal attention of the units from .. to, one after another. The keys and values of the units behind
 * them, up to count, are those that are loaded ahead. Queries and weights are rounded to bfloat16,
 * products and sums are float32, summed as in dlora_linear of the family.
 *
 *   kv        the tile of kv head 0 in block 0, those of the others behind it, blocks
 *             block_bytes apart. A tile is K
 *             [head_dim/2][16][2], for an odd head_dim [16] for the last element, then V
 *             [8][head_dim][2], all bfloat16: 16 positions, paired by element and by position
 *   heads     query heads of a kv head; all of them are next to one another in a row
 *   head_dim  at most DLORA_HEAD_DIM
 *   window    positions that a row sees, its own included; 0: all
 *   scale     of the scores, above 0
 *   q, out    float32 rows, strides in bytes
 */
#define DLORA_ATTENTION(family)                                                                                  \
  DLORA_EXPORT void dlora_attention_##family(const struct dlora_attention_unit *units, int32_t from, int32_t to, \
                                             int32_t count, const char *kv, int64_t block_bytes, int32_t heads,  \
                                             int32_t head_dim, int32_t window, float scale, const char *q,       \
                                             int64_t q_stride, char *out, int64_t out_stride)

DLORA_ATTENTION(avx512_bf16);
DLORA_ATTENTION(amx);
DLORA_ATTENTION(amx_emulated);

#define DLORA_HEAD_DIM 512

/* Which of the matrices of a merge are bfloat16; the others are float32. */
enum dlora_merge_dtypes { DLORA_W_BF16 = 1, DLORA_A_BF16 = 2, DLORA_B_BF16 = 4 };

/*
 * live = round(gain * (W + scale * B A)) for some panels of W and the columns from .. to. With A and B
 * both bfloat16 an element of B A is one chain of bf16 dot products over the pairs of ranks, else one
 * of fused multiply-adds over the ranks, ascending; the rest is float32, rounded once to the dtype of W.
 *
 *   w, live  the first of the panels at column 0, all panel_bytes apart
 *   from     even
 *   to       even, or the columns of W
 *   b        the panel of B [n, rank] that has the rows of the first panel of W
 *   a        A [rank, columns of W]
 *   rank     at most DLORA_MERGE_RANK
 *   gain     of the panels' rows, or NULL
 */
DLORA_EXPORT void dlora_merge_avx512_bf16(const char *w, char *live, int64_t panel_bytes, int32_t panels, int32_t from, int32_t to,
                              const char *b, int64_t b_panel_bytes, const char *a, int64_t a_panel_bytes, int32_t rank,
                              int32_t dtypes, float scale, const float *gain);

#define DLORA_MERGE_RANK 1024

/*
 * The row-wise operations, all but dlora_write_kv for every family. Rows are float32, strides in bytes. They do
 * the same float operations in the same order as the Java kernels, so the bits are the same.
 */

/* y = x / sqrt(mean(x^2) + eps) * weight */
DLORA_EXPORT void dlora_rms_norm(const char *x, int64_t x_stride, const float *weight, float eps, char *y,
                                 int64_t y_stride, int32_t rows, int32_t n);

/* residual += x, then y = rms_norm(residual) */
DLORA_EXPORT void dlora_add_rms_norm(const char *x, int64_t x_stride, char *residual, int64_t residual_stride,
                                     const float *weight, float eps, char *y, int64_t y_stride, int32_t rows,
                                     int32_t n);

/* rms_norm of each head in place; x at the first one */
DLORA_EXPORT void dlora_head_norm(char *x, int64_t x_stride, const float *weight, float eps, int32_t rows,
                                  int32_t heads, int32_t head_dim);

/* Rotates the elements i and i + half of each head by the angles of the row's position; cos, sin [..][half]. */
DLORA_EXPORT void dlora_rope(char *x, int64_t x_stride, const float *cos, const float *sin, const int32_t *positions,
                             int32_t rows, int32_t heads, int32_t half);

/* y = gate / (1 + exp(-gate)) * up; a row of x is n gates, then n ups */
DLORA_EXPORT void dlora_silu_mul(const char *x, int64_t x_stride, char *y, int64_t y_stride, int32_t rows, int32_t n);

/*
 * Rounds keys and values to bfloat16 into the tiles of dlora_attention; needs AVX-512 BF16.
 *
 *   kv     the tile of kv head 0 in block 0
 *   slots  of each row: 16 * block + position in it
 *   x      the keys of the first row, kv_heads of head_dim; the values follow them
 */
DLORA_EXPORT void dlora_write_kv(char *kv, int64_t block_bytes, const int32_t *slots, const char *x, int64_t x_stride,
                                 int32_t rows, int32_t kv_heads, int32_t head_dim);

/*
 * Reads memory as products of one row do, to measure what the machine can do: runs of
 * DLORA_READ_BYTES, each as four panels side by side that are loaded ahead. Returns what keeps the
 * loads from being left out.
 */
DLORA_EXPORT int32_t dlora_read_loop(const char *memory, int64_t runs);

#define DLORA_READ_BYTES 65536

/* Floating-point operations of dlora_dot_loop(1). */
DLORA_EXPORT int64_t dlora_dot_flops(void);

/* bf16 dot products from registers alone, to measure what the processor can do; needs AVX-512 BF16. */
DLORA_EXPORT float dlora_dot_loop(int64_t times);

/* As the two above, of products of bf16 tiles. The sum returned is 128 for each time, as far as float32 counts. */
#define DLORA_TILE_LIMIT(family)                          \
  DLORA_EXPORT int64_t dlora_tile_flops_##family(void);   \
  DLORA_EXPORT float dlora_tile_loop_##family(int64_t times)

DLORA_TILE_LIMIT(amx);
DLORA_TILE_LIMIT(amx_emulated);

#endif
