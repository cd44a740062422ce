/*
 * Attention over paged bfloat16 keys and values with the online softmax of Milakov & Gimelshein
 * (2018), 64 positions at a time: scores of 16 positions in the lanes of a vector, then values of 16
 * elements of the head in the lanes. Both products are bf16 dot products; the sums are float32. The
 * kv heads take turns at a span, and each loads what the next one needs ahead of its turn.
 *
 * The spans of 64 positions begin at multiples of 64 of the sequence, and what a query adds up is its
 * own positions in ascending order, so the queries beside it change no bit.
 */
#include "dlora.h"
#include "bf16.h"

#include <string.h>

#define BLOCK 16
#define BLOCKS 4 /* of a span */
#define SPAN (BLOCK * BLOCKS)

/* Queries that go through the cache together: a row of some usual models. */
#define QUERIES 64

/* Queries that share the loads: 16 sums, 4 keys or values and a pair fit the registers. */
#define TILE 4

struct state {
  int32_t stride; /* elements from one query to the next in q and out */
  uint16_t q[QUERIES * DLORA_HEAD_DIM] __attribute__((aligned(64)));
  float out[QUERIES * DLORA_HEAD_DIM] __attribute__((aligned(64)));
  float scores[QUERIES][SPAN] __attribute__((aligned(64)));
  uint16_t p[QUERIES][SPAN] __attribute__((aligned(64)));
  float sums[QUERIES][LANES] __attribute__((aligned(64)));
  float max[QUERIES];
  int32_t from[QUERIES]; /* the positions that a query sees */
  int32_t to[QUERIES];
};

/* Some positions of a kv head, and where the next ones lie that will be wanted. */
struct span {
  const char *k[BLOCKS];
  const char *v[BLOCKS];
  const char *next_k[BLOCKS];
  const char *next_v[BLOCKS];
  int32_t position;
  int32_t head_dim;
};

INLINE uint16_t *query(struct state *s, int32_t index) { return s->q + index * s->stride; }

INLINE float *result(struct state *s, int32_t index) { return s->out + index * s->stride; }

/* Rounds to bfloat16 and fills up with zeros. */
static void round_query(const float *q, int32_t head_dim, uint16_t *out) {
  for (int32_t d = 0; d < head_dim; d += LANES) {
    __m512 values = _mm512_maskz_loadu_ps(first_lanes(head_dim - d), q + d);
    _mm256_store_si256((__m256i *)(out + d), (__m256i)_mm512_cvtneps_pbh(values));
  }
}

/* Scores of T queries with B blocks, a pair of elements of the head at a time. */
INLINE void scores(struct state *s, const struct span *span, int32_t first, float scale, const int T, const int B) {
  __m512 sums[TILE][BLOCKS];
#pragma GCC unroll 4
  for (int t = 0; t < T; t++) {
#pragma GCC unroll 4
    for (int b = 0; b < B; b++) {
      sums[t][b] = _mm512_setzero_ps();
    }
  }
  int32_t pairs = span->head_dim / 2;
  for (int64_t i = 0; i < pairs; i++) {
    __m512bh keys[BLOCKS];
#pragma GCC unroll 4
    for (int b = 0; b < B; b++) {
      keys[b] = (__m512bh)_mm512_loadu_si512(span->k[b] + 64 * i);
      _mm_prefetch(span->next_k[b] + 64 * i, _MM_HINT_T0);
    }
#pragma GCC unroll 4
    for (int t = 0; t < T; t++) {
      __m512bh pair = (__m512bh)_mm512_set1_epi32(*(const int32_t *)(query(s, first + t) + 2 * i));
#pragma GCC unroll 4
      for (int b = 0; b < B; b++) {
        sums[t][b] = _mm512_dpbf16_ps(sums[t][b], keys[b], pair);
      }
    }
  }
  if (span->head_dim % 2) {
#pragma GCC unroll 4
    for (int b = 0; b < B; b++) {
      __m256i last = _mm256_loadu_si256((const __m256i *)(span->k[b] + 64 * (int64_t)pairs));
      __m512bh keys = (__m512bh)_mm512_cvtepu16_epi32(last);
#pragma GCC unroll 4
      for (int t = 0; t < T; t++) {
        __m512bh pair = (__m512bh)_mm512_set1_epi32(query(s, first + t)[2 * pairs]);
        sums[t][b] = _mm512_dpbf16_ps(sums[t][b], keys, pair);
      }
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < T; t++) {
#pragma GCC unroll 4
    for (int b = 0; b < B; b++) {
      _mm512_store_ps(s->scores[first + t] + BLOCK * b, _mm512_mul_ps(sums[t][b], _mm512_set1_ps(scale)));
    }
  }
}

#define SCORES(T)                                                                                    \
  static void scores_##T(struct state *s, const struct span *span, int32_t first, float scale, int32_t blocks) { \
    switch (blocks) {                                                                                \
      case 1: scores(s, span, first, scale, T, 1); break;                                            \
      case 2: scores(s, span, first, scale, T, 2); break;                                            \
      case 3: scores(s, span, first, scale, T, 3); break;                                            \
      default: scores(s, span, first, scale, T, 4); break;                                           \
    }                                                                                                \
  }

SCORES(1)
SCORES(2)
SCORES(3)
SCORES(4)

/*
 * Turns the scores of the slots low .. high of a span into bfloat16 weights. Their sum is of the
 * rounded weights, so that rounding makes the average neither longer nor shorter.
 */
static void softmax(struct state *s, int32_t index, int32_t low, int32_t high, int32_t head_dim) {
  uint64_t seen = (high == SPAN ? ~0ull : (1ull << high) - 1) & (~0ull << low);
  const __m512 none = _mm512_set1_ps(-__builtin_inff());
  __m512 x[BLOCKS];
#pragma GCC unroll 4
  for (int b = 0; b < BLOCKS; b++) {
    x[b] = _mm512_mask_load_ps(none, (__mmask16)(seen >> (BLOCK * b)), s->scores[index] + BLOCK * b);
  }
  float largest = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_max_ps(x[0], x[1]), _mm512_max_ps(x[2], x[3])));
  __m512 sums = _mm512_load_ps(s->sums[index]);
  if (!(largest <= s->max[index])) {
    __m512 correction = exp_ps(_mm512_set1_ps(s->max[index] - largest));
    s->max[index] = largest;
    sums = _mm512_mul_ps(sums, correction);
    for (int32_t d = 0; d < head_dim; d += LANES) {
      _mm512_store_ps(result(s, index) + d, _mm512_mul_ps(_mm512_load_ps(result(s, index) + d), correction));
    }
  }
  const __m512bh ones = (__m512bh)_mm512_set1_epi16(0x3f80);
  __m512 max = _mm512_set1_ps(s->max[index]);
#pragma GCC unroll 2
  for (int b = 0; b < BLOCKS; b += 2) {
    __m512bh p = _mm512_cvtne2ps_pbh(exp_ps(_mm512_sub_ps(x[b + 1], max)), exp_ps(_mm512_sub_ps(x[b], max)));
    sums = _mm512_dpbf16_ps(sums, p, ones);
    _mm512_store_si512(s->p[index] + BLOCK * b, (__m512i)p);
  }
  _mm512_store_ps(s->sums[index], sums);
}

INLINE const char *values(const struct span *span, const char *const *v, int32_t pair, int32_t d) {
  return v[pair / 8] + 4 * ((int64_t)(pair % 8) * span->head_dim + d);
}

/* Adds the values of the pairs of slots from .. to to D vectors of T queries; `last` for the last vector. */
INLINE void weigh(struct state *s, const struct span *span, int32_t first, int32_t d, int32_t from, int32_t to,
                  __mmask16 last, const int T, const int D) {
  __m512 sums[TILE][4];
#pragma GCC unroll 4
  for (int t = 0; t < T; t++) {
#pragma GCC unroll 4
    for (int i = 0; i < D; i++) {
      sums[t][i] = _mm512_load_ps(result(s, first + t) + d + LANES * i);
    }
  }
  for (int32_t pair = from; pair < to; pair++) {
    const char *v = values(span, span->v, pair, d);
    const char *next = values(span, span->next_v, pair, d);
    __m512bh row[4];
#pragma GCC unroll 4
    for (int i = 0; i < D; i++) {
      row[i] = (__m512bh)_mm512_maskz_loadu_epi32(i == D - 1 ? last : 0xffff, v + 64 * i);
      _mm_prefetch(next + 64 * i, _MM_HINT_T0);
    }
#pragma GCC unroll 4
    for (int t = 0; t < T; t++) {
      __m512bh weights = (__m512bh)_mm512_set1_epi32(*(const int32_t *)(s->p[first + t] + 2 * pair));
#pragma GCC unroll 4
      for (int i = 0; i < D; i++) {
        sums[t][i] = _mm512_dpbf16_ps(sums[t][i], row[i], weights);
      }
    }
  }
#pragma GCC unroll 4
  for (int t = 0; t < T; t++) {
#pragma GCC unroll 4
    for (int i = 0; i < D; i++) {
      _mm512_store_ps(result(s, first + t) + d + LANES * i, sums[t][i]);
    }
  }
}

#define WEIGH(T)                                                                                     \
  static void weigh_##T(struct state *s, const struct span *span, int32_t first, int32_t from, int32_t to) { \
    int32_t d = 0;                                                                                   \
    for (; d + 4 * LANES <= span->head_dim; d += 4 * LANES) {                                        \
      weigh(s, span, first, d, from, to, 0xffff, T, 4);                                              \
    }                                                                                                \
    for (; d < span->head_dim; d += LANES) {                                                         \
      weigh(s, span, first, d, from, to, first_lanes(span->head_dim - d), T, 1);                     \
    }                                                                                                \
  }

WEIGH(1)
WEIGH(2)
WEIGH(3)
WEIGH(4)

/* Of a pair only one slot: what lies in the other is not the query's, and may be anything. */
static void weigh_half(struct state *s, const struct span *span, int32_t index, int32_t slot) {
  __m512i half = _mm512_set1_epi32(slot % 2 ? (int32_t)0xffff0000 : 0xffff);
  __m512bh weights = (__m512bh)_mm512_set1_epi32(*(const int32_t *)(s->p[index] + slot / 2 * 2));
  for (int32_t d = 0; d < span->head_dim; d += LANES) {
    __m512i row = _mm512_maskz_loadu_epi32(first_lanes(span->head_dim - d), values(span, span->v, slot / 2, d));
    __m512 sum = _mm512_load_ps(result(s, index) + d);
    _mm512_store_ps(result(s, index) + d, _mm512_dpbf16_ps(sum, (__m512bh)_mm512_and_si512(row, half), weights));
  }
}

/* The slots low .. high of one query. */
static void weigh_own(struct state *s, const struct span *span, int32_t index, int32_t low, int32_t high) {
  if (low >= high) {
    return;
  }
  if (low % 2) {
    weigh_half(s, span, index, low);
  }
  weigh_1(s, span, index, (low + 1) / 2, high / 2);
  if (high % 2) {
    weigh_half(s, span, index, high - 1);
  }
}

/* A tile of queries and a span. */
static void tile(struct state *s, const struct span *span, int32_t first, int32_t count, float scale, int32_t blocks) {
  int32_t low[TILE], high[TILE];
  int32_t from = 0, to = SPAN; /* what all of them see, in whole pairs */
  int32_t seen = 0;
  for (int32_t i = 0; i < count; i++) {
    low[i] = s->from[first + i] > span->position ? s->from[first + i] - span->position : 0;
    high[i] = s->to[first + i] - span->position < SPAN ? s->to[first + i] - span->position : SPAN;
    seen |= low[i] < high[i];
    from = (low[i] + 1) / 2 * 2 > from ? (low[i] + 1) / 2 * 2 : from;
    to = high[i] / 2 * 2 < to ? high[i] / 2 * 2 : to;
  }
  if (!seen) {
    return;
  }
  switch (count) {
    case 1: scores_1(s, span, first, scale, blocks); break;
    case 2: scores_2(s, span, first, scale, blocks); break;
    case 3: scores_3(s, span, first, scale, blocks); break;
    default: scores_4(s, span, first, scale, blocks); break;
  }
  for (int32_t i = 0; i < count; i++) {
    if (low[i] < high[i]) {
      softmax(s, first + i, low[i], high[i], span->head_dim);
    }
  }
  if (from >= to) {
    for (int32_t i = 0; i < count; i++) {
      weigh_own(s, span, first + i, low[i], high[i]);
    }
    return;
  }
  for (int32_t i = 0; i < count; i++) {
    weigh_own(s, span, first + i, low[i], from);
  }
  switch (count) {
    case 1: weigh_1(s, span, first, from / 2, to / 2); break;
    case 2: weigh_2(s, span, first, from / 2, to / 2); break;
    case 3: weigh_3(s, span, first, from / 2, to / 2); break;
    default: weigh_4(s, span, first, from / 2, to / 2); break;
  }
  for (int32_t i = 0; i < count; i++) {
    weigh_own(s, span, first + i, to, high[i]);
  }
}

static void finish(struct state *s, int32_t index, int32_t head_dim, float *out) {
  __m512 total = _mm512_set1_ps(total_ps(_mm512_load_ps(s->sums[index])));
  for (int32_t d = 0; d < head_dim; d += LANES) {
    __m512 average = _mm512_div_ps(_mm512_load_ps(result(s, index) + d), total);
    _mm512_mask_storeu_ps(out + d, first_lanes(head_dim - d), average);
  }
}

/* What the queries of a call have in common. */
struct job {
  const char *kv;
  int64_t block_bytes;
  const int32_t *blocks;
  int32_t position;
  int32_t heads; /* of a kv head */
  int32_t head_dim;
  int32_t window;
  float scale;
  const char *q;
  int64_t q_stride;
  char *out;
  int64_t out_stride;
};

/* Where query `index` of a kv head, counted row by row, lies in q or out. */
INLINE int64_t place(const struct job *job, int64_t stride, int32_t kv_head, int32_t index) {
  int32_t head = kv_head * job->heads + index % job->heads;
  return index / job->heads * stride + 4 * (int64_t)head * job->head_dim;
}

/* The positions that a query sees. */
INLINE int32_t seen_to(const struct job *job, int32_t index) { return job->position + index / job->heads + 1; }

INLINE int32_t seen_from(const struct job *job, int32_t index) {
  int32_t to = seen_to(job, index);
  return job->window > 0 && to > job->window ? to - job->window : 0;
}

static void begin(struct state *s, int32_t slot, const struct job *job, int32_t kv_head, int32_t index) {
  round_query((const float *)(job->q + place(job, job->q_stride, kv_head, index)), job->head_dim, query(s, slot));
  for (int32_t d = 0; d < job->head_dim; d += LANES) {
    _mm512_store_ps(result(s, slot) + d, _mm512_setzero_ps());
  }
  _mm512_store_ps(s->sums[slot], _mm512_setzero_ps());
  s->max[slot] = -__builtin_inff();
  s->from[slot] = seen_from(job, index);
  s->to[slot] = seen_to(job, index);
}

/* The tiles of the blocks of the span from `start` on; returns how many there are before `end`. */
static int32_t find(const struct job *job, int32_t kv_head, int32_t start, int32_t end, const char **k, const char **v) {
  int32_t first = start / BLOCK;
  int32_t there = (end + BLOCK - 1) / BLOCK - first;
  int64_t half = 2 * BLOCK * (int64_t)job->head_dim;
  there = there < BLOCKS ? there : BLOCKS;
  /* Blocks before a window may have been given away, but their memory is still there. */
  for (int32_t b = 0; b < there; b++) {
    k[b] = job->kv + job->blocks[first + b] * job->block_bytes + 2 * half * kv_head;
    v[b] = k[b] + half;
  }
  return there;
}

/* The queries first .. first + count of each of some kv heads. */
static void attend(const struct job *job, int32_t kv_head, int32_t kv_heads, int32_t first, int32_t count) {
  static _Thread_local struct state scratch; /* as in linear.c, not on the stack */
  struct state *s = &scratch;
  __asm__("" : "+r"(s)); /* so that the compiler does not look it up at each use */
  struct span span = {.head_dim = job->head_dim};
  s->stride = (job->head_dim + LANES - 1) / LANES * LANES;
  for (int32_t i = 0; i < kv_heads * count; i++) {
    begin(s, i, job, kv_head + i / count, first + i % count);
  }
  int32_t end = seen_to(job, first + count - 1);
  for (span.position = seen_from(job, first) / SPAN * SPAN; span.position < end; span.position += SPAN) {
    for (int32_t head = 0; head < kv_heads; head++) {
      int32_t there = find(job, kv_head + head, span.position, end, span.k, span.v);
      /* What is not there is not wanted: the blocks at hand do no harm. */
      memcpy(span.next_k, span.k, sizeof span.k);
      memcpy(span.next_v, span.v, sizeof span.v);
      if (head + 1 < kv_heads) {
        find(job, kv_head + head + 1, span.position, end, span.next_k, span.next_v);
      } else if (span.position + SPAN < end) {
        find(job, kv_head, span.position + SPAN, end, span.next_k, span.next_v);
      }
      for (int32_t i = 0; i < count; i += TILE) {
        tile(s, &span, head * count + i, count - i < TILE ? count - i : TILE, job->scale, there);
      }
    }
  }
  for (int32_t i = 0; i < kv_heads * count; i++) {
    int64_t at = place(job, job->out_stride, kv_head + i / count, first + i % count);
    finish(s, i, job->head_dim, (float *)(job->out + at));
  }
}

void dlora_attention_avx512_bf16(const char *kv, int64_t block_bytes, const int32_t *blocks, int32_t position, int32_t rows,
                     int32_t kv_heads, int32_t heads, int32_t head_dim, int32_t window, float scale, const char *q,
                     int64_t q_stride, char *out, int64_t out_stride) {
  struct job job = {kv, block_bytes, blocks, position, heads, head_dim, window, scale, q, q_stride, out, out_stride};
  int32_t queries = rows * heads; /* of a kv head */
  int32_t together = queries < QUERIES ? QUERIES / queries : 1;
  for (int32_t head = 0; head < kv_heads; head += together) {
    int32_t some = kv_heads - head < together ? kv_heads - head : together;
    for (int32_t first = 0; first < queries; first += QUERIES) {
      attend(&job, head, some, first, queries - first < QUERIES ? queries - first : QUERIES);
    }
  }
}
