/*
 * Attention by bf16 dot products. Scores of 16 positions are in the lanes of a vector, then values of 16
 * elements of the head. Both are read where they lie in the cache, but for the values of blocks of which
 * no query sees some positions. What is loaded ahead goes to the second-level cache: more loads to the
 * first one would be under way than a core keeps.
 */
#include "attention.h"

/* Queries that share the loads: 16 sums, 4 keys or values and a pair fit the registers. */
#define TILE 4

struct operands {
  const char *values[BLOCKS]; /* of each block [8][head_dim][2] */
  char parts[BLOCKS][2 * BLOCK * DLORA_HEAD_DIM] __attribute__((aligned(64)));
};

static void copy_part(char *to, const struct span *span, int32_t block, int32_t low, int32_t high) {
  const char *from = values(span->tiles[block], span->head_dim, 0, 0);
  for (int32_t pair = 0; pair < BLOCK / 2; pair++) {
    const __m512i keep = kept(BLOCK * block + 2 * pair, low, high);
    for (int32_t d = 0; d < span->head_dim; d += LANES) {
      const int64_t at = 4 * ((int64_t)pair * span->head_dim + d);
      const __mmask16 mask = first_lanes(span->head_dim - d);
      _mm512_mask_storeu_epi32(to + at, mask, _mm512_and_si512(keep, _mm512_maskz_loadu_epi32(mask, from + at)));
    }
  }
}

static void prepare(struct operands *o, const struct span *span, int32_t low, int32_t high) {
  for (int32_t b = low / BLOCK; BLOCK * b < high; b++) {
    if (low <= BLOCK * b && high >= BLOCK * (b + 1)) {
      o->values[b] = values(span->tiles[b], span->head_dim, 0, 0);
    } else {
      copy_part(o->parts[b], span, b, low, high);
      o->values[b] = o->parts[b];
    }
  }
}

/* Where a pair of query `index`, or of its weights, lies; those of its chunk behind it are 4 bytes apart. */
INLINE const char *find_pair(const uint16_t *rows, int32_t stride, int32_t index, int32_t pair) {
  const int32_t pairs = CHUNK / 2;
  return (const char *)(rows + ((int64_t)(pair / pairs) * stride + index) * CHUNK + pair % pairs * 2);
}

/* A pair of the query, or of its weights, `t` behind the one whose pair is at `from`. */
INLINE __m512bh pair_of(const char *from, int32_t t) {
  return (__m512bh)_mm512_set1_epi32(*(const int32_t *)(from + 2 * CHUNK * t));
}

/* Scores of the queries first .. first + T with B blocks, a pair of elements of the head at a time. */
INLINE void multiply_keys(struct weights *w, const struct group *g, const struct span *span, int32_t first,
                          const int ahead, const int T, const int B) {
  __m512 sums[TILE][BLOCKS];
#pragma GCC unroll 4
  for (int t = 0; t < T; t++) {
#pragma GCC unroll 4
    for (int b = 0; b < B; b++) {
      sums[t][b] = _mm512_setzero_ps();
    }
  }
  const int32_t pairs = span->head_dim / 2;
  for (int32_t i = 0; i < pairs;) {
    const int32_t end = smaller(i + CHUNK / 2, pairs);
    for (const char *q = find_pair(g->q, g->stride, first, i); i < end; i++, q += 4) {
      __m512bh keys[BLOCKS];
#pragma GCC unroll 4
      for (int b = 0; b < B; b++) {
        keys[b] = (__m512bh)_mm512_loadu_si512(span->tiles[b] + 64 * (int64_t)i);
        if (ahead) {
          _mm_prefetch(span->next[b] + 64 * (int64_t)i, _MM_HINT_T1);
        }
      }
#pragma GCC unroll 4
      for (int t = 0; t < T; t++) {
        const __m512bh pair = pair_of(q, t);
#pragma GCC unroll 4
        for (int b = 0; b < B; b++) {
          sums[t][b] = _mm512_dpbf16_ps(sums[t][b], keys[b], pair);
        }
      }
    }
  }
  if (span->head_dim % 2) {
#pragma GCC unroll 4
    for (int b = 0; b < B; b++) {
      const __m256i last = _mm256_loadu_si256((const __m256i *)(span->tiles[b] + 64 * (int64_t)pairs));
      const __m512bh keys = (__m512bh)_mm512_cvtepu16_epi32(last);
#pragma GCC unroll 4
      for (int t = 0; t < T; t++) {
        sums[t][b] = _mm512_dpbf16_ps(sums[t][b], keys, pair_of(find_pair(g->q, g->stride, first, pairs), t));
      }
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < T; t++) {
#pragma GCC unroll 4
    for (int b = 0; b < B; b++) {
      _mm512_store_ps(w->scores[first + t] + BLOCK * b, sums[t][b]);
    }
  }
}

INLINE void scores_of_blocks(struct weights *w, const struct group *g, const struct span *span, int ahead, const int B) {
  int32_t i = 0;
  for (; i + TILE <= g->rows; i += TILE, ahead = 0) {
    if (ahead) {
      multiply_keys(w, g, span, i, 1, TILE, B);
    } else {
      multiply_keys(w, g, span, i, 0, TILE, B);
    }
  }
  switch (g->rows - i) { /* to ask for what is there already costs little */
    case 1: multiply_keys(w, g, span, i, 1, 1, B); break;
    case 2: multiply_keys(w, g, span, i, 1, 2, B); break;
    case 3: multiply_keys(w, g, span, i, 1, 3, B); break;
  }
}

static void scores(struct weights *w, struct operands *o, const struct group *g, const struct span *span, int ahead) {
  (void)o;
  switch (seen_blocks(g, span->position)) {
    case 1: scores_of_blocks(w, g, span, ahead, 1); break;
    case 2: scores_of_blocks(w, g, span, ahead, 2); break;
    case 3: scores_of_blocks(w, g, span, ahead, 3); break;
    default: scores_of_blocks(w, g, span, ahead, 4); break;
  }
}

/* Adds the values of the pairs of slots from .. to to D vectors of T queries; `last` for the last vector. */
INLINE void multiply_values(const uint16_t *p, const struct operands *o, const struct group *g, const struct span *span,
                            int32_t first, int32_t d, int32_t from, int32_t to, __mmask16 last, const int T, const int D) {
  __m512 sums[TILE][4];
#define SUM(t, i) (g->out + (int64_t)(d + LANES * (i)) * g->stride + LANES * (first + (t)))
#pragma GCC unroll 4
  for (int t = 0; t < T; t++) {
#pragma GCC unroll 4
    for (int i = 0; i < D; i++) {
      sums[t][i] = g->fresh ? _mm512_setzero_ps() : _mm512_load_ps(SUM(t, i));
    }
  }
  const int64_t step = 4 * (int64_t)span->head_dim;
  for (int32_t pair = from; pair < to;) {
    const int32_t block = pair / (BLOCK / 2);
    const int32_t end = smaller((block + 1) * (BLOCK / 2), to);
    const char *v = o->values[block] + pair % (BLOCK / 2) * step + 4 * (int64_t)d;
    const char *next = values(span->next[block], span->head_dim, pair % (BLOCK / 2), d);
    const char *w = find_pair(p, g->stride, first, pair);
    for (; pair < end; pair++, v += step, next += step, w += 4) {
      __m512bh row[4];
#pragma GCC unroll 4
      for (int i = 0; i < D; i++) {
        row[i] = (__m512bh)_mm512_maskz_loadu_epi32(i == D - 1 ? last : 0xffff, v + 64 * i);
        _mm_prefetch(next + 64 * i, _MM_HINT_T1);
      }
#pragma GCC unroll 4
      for (int t = 0; t < T; t++) {
        const __m512bh weights = pair_of(w, t);
#pragma GCC unroll 4
        for (int i = 0; i < D; i++) {
          sums[t][i] = _mm512_dpbf16_ps(sums[t][i], row[i], weights);
        }
      }
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < T; t++) {
#pragma GCC unroll 4
    for (int i = 0; i < D; i++) {
      _mm512_store_ps(SUM(t, i), sums[t][i]);
    }
  }
#undef SUM
}

INLINE void weigh_queries(const uint16_t *p, const struct operands *o, const struct group *g, const struct span *span,
                          int32_t first, int32_t from, int32_t to, const int T) {
  int32_t d = 0;
  for (; d + 4 * LANES <= span->head_dim; d += 4 * LANES) {
    multiply_values(p, o, g, span, first, d, from, to, 0xffff, T, 4);
  }
  const __mmask16 last = first_lanes(span->head_dim % LANES ? span->head_dim % LANES : LANES);
  switch ((span->head_dim - d + LANES - 1) / LANES) {
    case 1: multiply_values(p, o, g, span, first, d, from, to, last, T, 1); break;
    case 2: multiply_values(p, o, g, span, first, d, from, to, last, T, 2); break;
    case 3: multiply_values(p, o, g, span, first, d, from, to, last, T, 3); break;
    case 4: multiply_values(p, o, g, span, first, d, from, to, last, T, 4); break;
  }
}

static void weigh(const uint16_t *p, struct operands *o, struct group *g, const struct span *span, int ahead) {
  (void)ahead;
  const int32_t from = larger(g->from[0] - span->position, 0) / 2;
  const int32_t to = (smaller(g->to[g->rows - 1] - span->position, SPAN) + 1) / 2;
  int32_t i = 0;
  for (; i + TILE <= g->rows; i += TILE) {
    weigh_queries(p, o, g, span, i, from, to, 4);
  }
  switch (g->rows - i) {
    case 1: weigh_queries(p, o, g, span, i, from, to, 1); break;
    case 2: weigh_queries(p, o, g, span, i, from, to, 2); break;
    case 3: weigh_queries(p, o, g, span, i, from, to, 3); break;
  }
  g->fresh = 0;
}

void dlora_attention_avx512_bf16(const struct dlora_attention_unit *units, int32_t from, int32_t to, int32_t count,
                                 const char *kv, int64_t block_bytes, int32_t heads, int32_t head_dim, int32_t window,
                                 float scale, const char *q, int64_t q_stride, char *out, int64_t out_stride) {
  static _Thread_local struct operands scratch;
  struct operands *o = &scratch;
  __asm__("" : "+r"(o));
  const struct job job = {kv, block_bytes, heads, head_dim, window, scale, q, q_stride, out, out_stride};
  attend_all(o, &job, units, from, to, count);
}
