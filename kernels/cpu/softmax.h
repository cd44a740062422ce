/* The online softmax of Milakov & Gimelshein (2018) of queries that meet 64 positions at a time. */
#ifndef DLORA_SOFTMAX_H
#define DLORA_SOFTMAX_H

#include "bf16.h"

#define BLOCK 16 /* positions */
#define BLOCKS 4 /* of a span */
#define SPAN (BLOCK * BLOCKS)
#define CHUNK 32 /* elements of a head, or positions, that lie side by side */

/* The reference of a query before its first score. It is finite, so that hidden scores get the weight 0. */
#define NO_REFERENCE (-0x1.fffffep127f)

/* Queries of a group, which go through the softmax together. */
#define ROWS 16

/* Up to 16 queries of a kv head, in ascending order of their positions. */
struct group {
  uint16_t *q;    /* [head_dim / 32][stride][32], zeros beyond head_dim */
  float *out;     /* [head_dim / 16][stride][16] */
  int32_t stride; /* rows that there is room for */
  int32_t rows;
  int32_t fresh;      /* nothing is in `out` yet */
  int32_t from[ROWS]; /* the positions that a query sees */
  int32_t to[ROWS];
  /* Weights are 2^(score - reference). References are whole, so that to scale sums to another one is exact. */
  float reference[ROWS] __attribute__((aligned(64)));
  float sums[ROWS][LANES] __attribute__((aligned(64)));
};

/* Scores of a group and a span, and the weights that they become. */
struct weights {
  float scores[ROWS][SPAN] __attribute__((aligned(64)));
  uint16_t p[SPAN / CHUNK * ROWS * CHUNK] __attribute__((aligned(64))); /* [2][stride][32] */
};

INLINE int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }

INLINE int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

/* Whether all queries see all of some positions. */
INLINE int see_all(const struct group *g, int32_t position, int32_t positions) {
  return g->from[g->rows - 1] <= position && g->to[0] >= position + positions;
}

/* The blocks of the span that any query sees, and those before them. */
INLINE int32_t seen_blocks(const struct group *g, int32_t position) {
  return (smaller(g->to[g->rows - 1] - position, SPAN) + BLOCK - 1) / BLOCK;
}

/* 2^x within 2^-13, which is little beside the rounding to bfloat16. */
INLINE __m512 power(__m512 x) {
  const __m512 f = _mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC); /* x - floor(x) */
  __m512 p = _mm512_fmadd_ps(_mm512_set1_ps(0x1.3f96acp-4f), f, _mm512_set1_ps(0x1.cefc5p-3f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0x1.64444ap-1f));
  p = _mm512_fmadd_ps(p, f, _mm512_set1_ps(0x1.fff634p-1f));
  return _mm512_scalef_ps(p, x);
}

#define QUARTERS(a, b, x, y) _mm512_shuffle_f32x4(a, b, (x) | (y) << 2 | (x) << 4 | (y) << 6)

/* Lane i is an operation on all lanes of vector i, of N = 16; of N = 4 the result is there four times. */
#define ACROSS(name, operation)                                                                        \
  INLINE __m512 name(const __m512 *rows, const int N) {                                                \
    __m512 y[4];                                                                                       \
    _Pragma("GCC unroll 4") for (int i = 0; i < 4; i++) {                                              \
      const __m512 a = rows[i], b = rows[(i + 4) % N], c = rows[(i + 8) % N], d = rows[(i + 12) % N];  \
      const __m512 ab = operation(QUARTERS(a, b, 0, 1), QUARTERS(a, b, 2, 3));                         \
      const __m512 cd = operation(QUARTERS(c, d, 0, 1), QUARTERS(c, d, 2, 3));                         \
      y[i] = operation(QUARTERS(ab, cd, 0, 2), QUARTERS(ab, cd, 1, 3));                                \
    }                                                                                                  \
    const __m512 low = operation(_mm512_unpacklo_ps(y[0], y[1]), _mm512_unpackhi_ps(y[0], y[1]));      \
    const __m512 high = operation(_mm512_unpacklo_ps(y[2], y[3]), _mm512_unpackhi_ps(y[2], y[3]));     \
    return operation(_mm512_shuffle_ps(low, high, 0x44), _mm512_shuffle_ps(low, high, 0xee));          \
  }

ACROSS(largest_across, _mm512_max_ps)
ACROSS(sum_across, _mm512_add_ps)

/* The scores of the slots of a block that a query does not see become the least there are. */
INLINE void hide(float *scores, const struct group *g, int32_t position) {
  const __m512i lanes = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i positions = _mm512_add_epi32(lanes, _mm512_set1_epi32(position));
  const __m512 none = _mm512_set1_ps(-__builtin_inff());
  for (int32_t i = 0; i < g->rows; i++, scores += SPAN) {
    const __mmask16 begun = _mm512_cmple_epi32_mask(_mm512_set1_epi32(g->from[i]), positions);
    const __mmask16 seen = _mm512_mask_cmplt_epi32_mask(begun, positions, _mm512_set1_epi32(g->to[i]));
    _mm512_store_ps(scores, _mm512_mask_load_ps(none, seen, scores));
  }
}

/* The largest score of each query in V blocks; lanes beyond the last query are anything. */
INLINE __m512 largest_scores(struct weights *w, const struct group *g, int32_t position, const int V, const int N) {
  __m512 rows[ROWS];
  for (int b = 0; b < V; b++) {
    if (!see_all(g, position + BLOCK * b, BLOCK)) {
      hide(w->scores[0] + BLOCK * b, g, position + BLOCK * b);
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < N; i++) {
    const float *x = w->scores[i];
    rows[i] = _mm512_max_ps(_mm512_load_ps(x), _mm512_load_ps(x + BLOCK));
    if (V == 4) {
      rows[i] = _mm512_max_ps(rows[i], _mm512_max_ps(_mm512_load_ps(x + 2 * BLOCK), _mm512_load_ps(x + 3 * BLOCK)));
    }
  }
  return largest_across(rows, N);
}

static __attribute__((noinline)) void rescale(struct group *g, int32_t index, float factor, int32_t head_dim) {
  const __m512 by = _mm512_set1_ps(factor);
  _mm512_store_ps(g->sums[index], _mm512_mul_ps(_mm512_load_ps(g->sums[index]), by));
  for (int32_t d = 0; d < head_dim; d += LANES) {
    float *out = g->out + (int64_t)d * g->stride + LANES * index;
    _mm512_store_ps(out, _mm512_mul_ps(_mm512_load_ps(out), by));
  }
}

/* Moves references that scores exceed by 8, not before, so that this is seldom. */
INLINE void refer(struct group *g, __m512 largest, int32_t head_dim) {
  const __m512 before = _mm512_load_ps(g->reference);
  const __m512 most = _mm512_add_ps(before, _mm512_set1_ps(8));
  const __mmask16 outgrown = _mm512_mask_cmp_ps_mask(first_lanes(g->rows), largest, most, _CMP_GT_OQ);
  if (!outgrown) {
    return;
  }
  const __m512 whole = _mm512_roundscale_ps(largest, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
  _mm512_mask_store_ps(g->reference, outgrown, whole);
  float factors[LANES] __attribute__((aligned(64)));
  _mm512_store_ps(factors, _mm512_scalef_ps(_mm512_set1_ps(1), _mm512_sub_ps(before, whole)));
  /* Nothing was added up before the first reference. */
  const __mmask16 used = _mm512_mask_cmp_ps_mask(outgrown, before, _mm512_set1_ps(NO_REFERENCE), _CMP_NEQ_OQ);
  for (uint32_t left = used; left; left &= left - 1) {
    const int32_t index = __builtin_ctz(left);
    rescale(g, index, factors[index], head_dim);
  }
}

/*
 * Turns the scores of V blocks into bfloat16 weights. Their sum is of the rounded weights, so that
 * rounding makes the average neither longer nor shorter.
 */
INLINE void weights_of(struct weights *w, struct group *g, int32_t position, float scale, int32_t head_dim,
                       const int V) {
  const __m512 factor = _mm512_set1_ps(scale * 0x1.715476p0f); /* log2 e */
  const __m512bh ones = (__m512bh)_mm512_set1_epi16(0x3f80);
  const __m512 largest = g->rows > 4 ? largest_scores(w, g, position, V, ROWS) : largest_scores(w, g, position, V, 4);
  refer(g, _mm512_mul_ps(largest, factor), head_dim);
  for (int32_t i = 0; i < g->rows; i++) {
    const __m512 reference = _mm512_set1_ps(g->reference[i]);
    __m512 sums = _mm512_load_ps(g->sums[i]);
    __m512 x[BLOCKS];
#pragma GCC unroll 4
    for (int b = 0; b < V; b++) {
      x[b] = power(_mm512_fmsub_ps(_mm512_load_ps(w->scores[i] + BLOCK * b), factor, reference));
    }
#pragma GCC unroll 2
    for (int b = 0; b < V; b += 2) {
      const __m512bh p = _mm512_cvtne2ps_pbh(x[b + 1], x[b]);
      sums = _mm512_dpbf16_ps(sums, p, ones);
      _mm512_store_si512(w->p + (b / 2 * g->stride + i) * CHUNK, (__m512i)p);
    }
    _mm512_store_ps(g->sums[i], sums);
  }
}

/* Turns the scores of the blocks that a group sees into weights, zeros up to a whole chunk of positions. */
static void softmax(struct weights *w, struct group *g, int32_t position, float scale, int32_t head_dim) {
  if (seen_blocks(g, position) > 2) {
    weights_of(w, g, position, scale, head_dim, 4);
  } else {
    weights_of(w, g, position, scale, head_dim, 2);
  }
}

#endif
