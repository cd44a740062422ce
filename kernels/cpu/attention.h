/*
 * What attention over paged bfloat16 keys and values has in common in all families. Spans of 64 positions
 * begin at multiples of 64 of the sequence, and what a query adds up is its own positions in ascending
 * order. Others have the weight zero, and the values that it multiplies are finite, so the queries beside
 * it change no bit.
 *
 * A source that includes this has the products: prepare, scores and weigh.
 */
#ifndef DLORA_ATTENTION_H
#define DLORA_ATTENTION_H

#include "dlora.h"
#include "softmax.h"

#include <string.h>

/* Groups of a kv head that go through the cache together, and elements of all their queries. */
#define GROUPS 16
#define ELEMENTS 32768

struct state {
  struct group groups[GROUPS];
  struct weights weights;
  uint16_t q[ELEMENTS] __attribute__((aligned(64)));
  float out[ELEMENTS] __attribute__((aligned(64)));
};

/* What the units of a call have in common. */
struct job {
  const char *kv;
  int64_t block_bytes;
  int32_t heads; /* of a kv head */
  int32_t head_dim;
  int32_t window;
  float scale;
  const char *q;
  int64_t q_stride;
  char *out;
  int64_t out_stride;
};

/* Some positions of a kv head. */
struct span {
  const char *tiles[BLOCKS]; /* of keys, with the values behind them */
  const char *next[BLOCKS];  /* those that will be wanted, or some others */
  int32_t head_dim;
  int32_t position;
  int32_t low; /* the slots that any query sees */
  int32_t high;
};

/* Keys and values that do not lie in the cache as the family multiplies them. */
struct operands;

/* Takes the values of the slots low .. high, which end in the last block; the others become zeros. */
static void prepare(struct operands *o, const struct span *span, int32_t low, int32_t high);

/* Products of queries and the keys of the blocks that they see; `ahead`: loads the next keys ahead. */
static void scores(struct weights *w, struct operands *o, const struct group *g, const struct span *span, int ahead);

/* Adds the products of weights and values, to nothing if the group is fresh; it is not any more. */
static void weigh(const uint16_t *p, struct operands *o, struct group *g, const struct span *span, int ahead);

INLINE int32_t round_up(int32_t n, int32_t to) { return (n + to - 1) / to * to; }

/* Where query `index` of a kv head, counted row by row, lies in q or out. */
INLINE int64_t place(const struct job *job, int64_t stride, int32_t row, int32_t kv_head, int32_t index) {
  const int32_t head = kv_head * job->heads + index % job->heads;
  return (row + index / job->heads) * stride + 4 * (int64_t)head * job->head_dim;
}

/* The positions that a query sees. */
INLINE int32_t seen_to(const struct job *job, const struct dlora_attention_unit *unit, int32_t index) {
  return unit->position + index / job->heads + 1;
}

INLINE int32_t seen_from(const struct job *job, const struct dlora_attention_unit *unit, int32_t index) {
  const int32_t to = seen_to(job, unit, index);
  return job->window > 0 && to > job->window ? to - job->window : 0;
}

/* The queries first .. first + rows of a kv head. */
static void begin(struct group *g, const struct job *job, const struct dlora_attention_unit *unit, int32_t kv_head,
                  int32_t first) {
  for (int32_t i = 0; i < g->rows; i++) {
    const float *q = (const float *)(job->q + place(job, job->q_stride, unit->row, kv_head, first + i));
    for (int32_t d = 0; d < job->head_dim; d += CHUNK) {
      const int32_t left = job->head_dim - d;
      const __m512 low = _mm512_maskz_loadu_ps(first_lanes(left), q + d);
      const __m512 high = _mm512_maskz_loadu_ps(left > LANES ? first_lanes(left - LANES) : 0, q + d + LANES);
      _mm512_store_si512(g->q + (int64_t)d * g->stride + CHUNK * i, (__m512i)_mm512_cvtne2ps_pbh(high, low));
    }
    _mm512_store_ps(g->sums[i], _mm512_setzero_ps());
    g->from[i] = seen_from(job, unit, first + i);
    g->to[i] = seen_to(job, unit, first + i);
  }
  _mm512_store_ps(g->reference, _mm512_set1_ps(NO_REFERENCE));
  g->fresh = 1;
}

/* The sum with a zero has no negative zero, whatever products of zero weights were in it. */
static void finish(const struct group *g, const struct job *job, const struct dlora_attention_unit *unit,
                   int32_t kv_head, int32_t first) {
  __m512 sums[ROWS];
#pragma GCC unroll 16
  for (int i = 0; i < ROWS; i++) {
    sums[i] = _mm512_load_ps(g->sums[i]);
  }
  float shares[ROWS] __attribute__((aligned(64)));
  _mm512_store_ps(shares, _mm512_div_ps(_mm512_set1_ps(1), sum_across(sums, ROWS)));
  for (int32_t i = 0; i < g->rows; i++) {
    const __m512 share = _mm512_set1_ps(shares[i]);
    float *out = (float *)(job->out + place(job, job->out_stride, unit->row, kv_head, first + i));
    for (int32_t d = 0; d < job->head_dim; d += LANES) {
      const __m512 sum = _mm512_load_ps(g->out + (int64_t)d * g->stride + LANES * i);
      _mm512_mask_storeu_ps(out + d, first_lanes(job->head_dim - d), _mm512_fmadd_ps(sum, share, _mm512_setzero_ps()));
    }
  }
}

/* The tiles of the blocks from `position` up to `end`, at most those of a span; the last one stands for those behind it. */
static void find(const struct job *job, const int32_t *blocks, int32_t kv_head, int32_t position, int32_t end,
                 const char **tiles) {
  const int64_t tile_bytes = 4 * BLOCK * (int64_t)job->head_dim;
  const int32_t last = (end - 1) / BLOCK;
  /* Blocks before a window may have been given away, but their memory is still there. */
  for (int32_t b = 0; b < BLOCKS; b++) {
    tiles[b] = job->kv + blocks[smaller(position / BLOCK + b, last)] * job->block_bytes + tile_bytes * kv_head;
  }
}

/* The values of a pair of slots of a block, from element d of the head on. */
INLINE const char *values(const char *tile, int32_t head_dim, int32_t pair, int32_t d) {
  return tile + 2 * BLOCK * (int64_t)head_dim + 4 * ((int64_t)pair * head_dim + d);
}

/* Bits to keep of the slots `slot` and `slot` + 1: those of low .. high. */
INLINE __m512i kept(int32_t slot, int32_t low, int32_t high) {
  const uint32_t first = slot >= low && slot < high ? 0xffff : 0;
  const uint32_t second = slot + 1 >= low && slot + 1 < high ? 0xffff0000 : 0;
  return _mm512_set1_epi32((int32_t)(first | second));
}

/* Whether all values of the slots that any query sees are finite. */
static int are_finite(const struct span *span) {
  const __m512i exponent = _mm512_set1_epi16(0x7f80);
  __m512i largest = _mm512_setzero_si512();
  for (int32_t slot = span->low / 2 * 2; slot < span->high; slot += 2) {
    const __m512i bits = _mm512_and_si512(exponent, kept(slot, span->low, span->high));
    for (int32_t d = 0; d < span->head_dim; d += LANES) {
      const char *v = values(span->tiles[slot / BLOCK], span->head_dim, slot % BLOCK / 2, d);
      const __m512i row = _mm512_maskz_loadu_epi32(first_lanes(span->head_dim - d), v);
      largest = _mm512_max_epu16(largest, _mm512_and_si512(bits, row));
    }
  }
  return !_mm512_cmpeq_epi16_mask(largest, exponent);
}

/* One query after another, each with its own values, where those of others would make it NaN. */
static __attribute__((noinline)) void weigh_apart(struct state *s, struct operands *o, struct group *g,
                                                  const struct span *span) {
  static _Thread_local float out[DLORA_HEAD_DIM] __attribute__((aligned(64)));
  uint16_t p[SPAN] __attribute__((aligned(64)));
  struct group one = {.stride = 1, .rows = 1, .out = out};
  if (g->fresh) {
    memset(g->out, 0, 4 * (size_t)round_up(span->head_dim, LANES) * (size_t)g->stride);
    g->fresh = 0;
  }
  for (int32_t i = 0; i < g->rows; i++) {
    const int32_t low = larger(g->from[i] - span->position, 0);
    const int32_t high = smaller(g->to[i] - span->position, SPAN);
    if (low >= high) {
      continue;
    }
    one.from[0] = g->from[i];
    one.to[0] = g->to[i];
    for (int c = 0; c < SPAN / CHUNK; c++) {
      memcpy(p + CHUNK * c, s->weights.p + (c * g->stride + i) * CHUNK, 2 * CHUNK);
    }
    for (int32_t d = 0; d < span->head_dim; d += LANES) {
      memcpy(out + d, g->out + (int64_t)d * g->stride + LANES * i, 4 * LANES);
    }
    prepare(o, span, low, high);
    weigh(p, o, &one, span, 0);
    for (int32_t d = 0; d < span->head_dim; d += LANES) {
      memcpy(g->out + (int64_t)d * g->stride + LANES * i, out + d, 4 * LANES);
    }
  }
  prepare(o, span, span->low, span->high);
}

/* A span of a kv head and all groups. */
static void meet(struct state *s, struct operands *o, const struct span *span, int32_t groups, float scale) {
  struct group *first = s->groups, *last = s->groups + groups - 1;
  const int alike = first->from[0] == last->from[last->rows - 1] && first->to[0] == last->to[last->rows - 1];
  const int whole = see_all(first, span->position, SPAN) && see_all(last, span->position, SPAN);
  const int apart = !alike && !whole && !are_finite(span);
  int ahead = 1;
  prepare(o, span, span->low, span->high);
  for (struct group *g = first; g <= last; g++) {
    if (g->to[g->rows - 1] <= span->position || g->from[0] >= span->position + SPAN) {
      continue;
    }
    scores(&s->weights, o, g, span, ahead);
    softmax(&s->weights, g, span->position, scale, span->head_dim);
    if (apart) {
      weigh_apart(s, o, g, span);
    } else {
      weigh(s->weights.p, o, g, span, ahead);
    }
    ahead = 0;
  }
}

/* The queries first .. first + count of a kv head. `next`: the unit behind it, if it is the unit's last one. */
static void attend(struct state *s, struct operands *o, const struct job *job, const struct dlora_attention_unit *unit,
                   const struct dlora_attention_unit *next, int32_t kv_head, int32_t first, int32_t count) {
  const int32_t groups = (count + ROWS - 1) / ROWS;
  const int32_t stride = smaller(count, ROWS);
  for (int32_t i = 0; i < groups; i++) {
    struct group *g = s->groups + i;
    g->stride = stride;
    g->rows = smaller(count - i * ROWS, ROWS);
    g->q = s->q + (int64_t)i * ROWS * round_up(job->head_dim, CHUNK);
    g->out = s->out + (int64_t)i * ROWS * round_up(job->head_dim, CHUNK);
    begin(g, job, unit, kv_head, first + i * ROWS);
  }
  const int32_t from = seen_from(job, unit, first);
  const int32_t end = seen_to(job, unit, first + count - 1);
  struct span span = {.head_dim = job->head_dim};
  for (int32_t at = from / SPAN * SPAN; at < end; at += SPAN) {
    span.position = at;
    span.low = larger(from - at, 0);
    span.high = smaller(end - at, SPAN);
    find(job, unit->blocks, kv_head, at, end, span.tiles);
    if (at + SPAN < end) {
      find(job, unit->blocks, kv_head, at + SPAN, end, span.next);
    } else if (next) {
      const int32_t start = next == unit ? from : seen_from(job, next, 0);
      find(job, next->blocks, next == unit ? kv_head + 1 : next->kv_head, start / SPAN * SPAN,
           next->position + next->rows, span.next);
    } else {
      memcpy(span.next, span.tiles, sizeof span.next);
    }
    meet(s, o, &span, groups, job->scale);
  }
  for (int32_t i = 0; i < groups; i++) {
    finish(s->groups + i, job, unit, kv_head, first + i * ROWS);
  }
}

/* The units from .. to; those up to count are loaded ahead. */
static void attend_all(struct operands *o, const struct job *job, const struct dlora_attention_unit *units,
                       int32_t from, int32_t to, int32_t count) {
  static _Thread_local struct state scratch; /* not on the stack, which a JVM's threads may have little of */
  struct state *s = &scratch;
  __asm__("" : "+r"(s)); /* so that the compiler does not look it up at each use */
  const int32_t most = smaller(GROUPS, ELEMENTS / round_up(job->head_dim, CHUNK) / ROWS) * ROWS;
  for (const struct dlora_attention_unit *unit = units + from; unit < units + to; unit++) {
    const int32_t queries = unit->rows * job->heads;
    const int32_t heads_end = unit->kv_head + unit->kv_heads;
    for (int32_t head = unit->kv_head; head < heads_end; head++) {
      const struct dlora_attention_unit *next = head + 1 < heads_end ? unit : unit + 1 < units + count ? unit + 1 : NULL;
      for (int32_t first = 0; first < queries; first += most) {
        attend(s, o, job, unit, next, head, first, smaller(queries - first, most));
      }
    }
  }
}

#endif
