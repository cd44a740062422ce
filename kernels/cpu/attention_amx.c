/*
 * Attention by tiles. The rows of a tile are queries of a kv head: of its rows and of the query heads
 * that share it. A tile of keys lies in the cache as it is multiplied: 32 elements of 16 positions. Values
 * are gathered into tiles of 32 positions.
 */
#include "attention.h"
#include "tiles.h"

#define TILE_ELEMENTS 512

struct operands {
  /* The elements behind the last 32, then zeros. */
  char last_keys[BLOCKS][TILE_BYTES] __attribute__((aligned(64)));
  /* 16 pairs of positions, 16 elements. */
  uint16_t values[SPAN / CHUNK][DLORA_HEAD_DIM / LANES][TILE_ELEMENTS] __attribute__((aligned(64)));
  int32_t rows; /* of the tiles of queries, weights and sums */
};

/* Tiles: 0 to 3 sums, 4 and 5 queries or weights, 6 and 7 keys or values. */
INLINE void use_rows(struct operands *o, int32_t rows) {
  if (o->rows != rows) {
    struct tile_config config = whole_tiles();
    memset(config.rows, rows, 6);
    tile_configure(&config);
    o->rows = rows;
  }
}

/* The rows behind the last pair are zeros already. */
static void gather_last_keys(struct operands *o, const struct span *span, int32_t blocks) {
  const int32_t pairs = span->head_dim % CHUNK / 2;
  for (int32_t b = 0; b < blocks; b++) {
    const char *k = span->tiles[b] + (int64_t)(span->head_dim / CHUNK) * TILE_BYTES;
    for (int32_t i = 0; i < 64 * pairs; i += 64) {
      _mm512_store_si512(o->last_keys[b] + i, _mm512_loadu_si512(k + i));
    }
    if (span->head_dim % 2) {
      const __m256i last = _mm256_loadu_si256((const __m256i *)(k + 64 * pairs));
      _mm512_store_si512(o->last_keys[b] + 64 * pairs, _mm512_cvtepu16_epi32(last));
    }
  }
}

/* Loads some bytes of the next keys ahead. */
INLINE void keys_ahead(const struct span *span, int64_t from, int32_t bytes) {
  for (int64_t at = from; at < from + bytes; at += 64) {
#pragma GCC unroll 4
    for (int b = 0; b < BLOCKS; b++) {
      _mm_prefetch(span->next[b] + at, _MM_HINT_T0);
    }
  }
}

/* Values of B blocks, a line of each in turn, and the next values ahead. */
INLINE void gather_values(struct operands *o, const struct span *span, int32_t low, int32_t high, const int B,
                          const int all) {
  for (int32_t pair = 0; pair < BLOCK / 2; pair++) {
    for (int32_t d = 0; d < span->head_dim; d += LANES) {
      const __mmask16 mask = first_lanes(span->head_dim - d);
#pragma GCC unroll 4
      for (int b = 0; b < B; b++) {
        const __m512i row = _mm512_maskz_loadu_epi32(mask, values(span->tiles[b], span->head_dim, pair, d));
        uint16_t *to = o->values[b / 2][d / LANES] + (b % 2 * (BLOCK / 2) + pair) * CHUNK;
        _mm512_store_si512(to, all ? row : _mm512_and_si512(row, kept(BLOCK * b + 2 * pair, low, high)));
        _mm_prefetch(values(span->next[b], span->head_dim, pair, d), _MM_HINT_T1);
      }
    }
  }
}

static void prepare(struct operands *o, const struct span *span, int32_t low, int32_t high) {
  if (span->head_dim % CHUNK) {
    gather_last_keys(o, span, (high + BLOCK - 1) / BLOCK);
  }
  if (low == 0 && high == SPAN) {
    gather_values(o, span, low, high, 4, 1);
  } else if (high > CHUNK) {
    gather_values(o, span, low, high, 4, 0);
  } else {
    gather_values(o, span, low, high, 2, 0);
  }
}

/* Products of the queries of a group with the keys of B blocks. `ahead`: loads half of the next keys. */
INLINE void multiply_keys(float *sums, const struct operands *o, const struct group *g, const struct span *span,
                          const int ahead, const int B) {
  const int32_t whole = span->head_dim / CHUNK;
  tile_zero(0);
  if (B > 1) tile_zero(1);
  if (B > 2) tile_zero(2);
  if (B > 3) tile_zero(3);
  for (int32_t c = 0; CHUNK * c < span->head_dim; c++) {
    const char *k[BLOCKS];
    for (int b = 0; b < B; b++) {
      k[b] = c < whole ? span->tiles[b] + (int64_t)c * TILE_BYTES : o->last_keys[b];
    }
    if (ahead) keys_ahead(span, c * TILE_BYTES / 2, TILE_BYTES / 2);
    tile_load(4, g->q + (int64_t)c * CHUNK * g->stride, 64);
    tile_load(6, k[0], 64);
    tile_dot(0, 4, 6);
    if (B > 1) tile_load(7, k[1], 64);
    if (B > 1) tile_dot(1, 4, 7);
    if (B > 2) tile_load(6, k[2], 64);
    if (B > 2) tile_dot(2, 4, 6);
    if (B > 3) tile_load(7, k[3], 64);
    if (B > 3) tile_dot(3, 4, 7);
  }
  tile_store(0, sums, 4 * SPAN);
  if (B > 1) tile_store(1, sums + BLOCK, 4 * SPAN);
  if (B > 2) tile_store(2, sums + 2 * BLOCK, 4 * SPAN);
  if (B > 3) tile_store(3, sums + 3 * BLOCK, 4 * SPAN);
}

static void scores(struct weights *w, struct operands *o, const struct group *g, const struct span *span, int ahead) {
  use_rows(o, g->stride);
  switch (seen_blocks(g, span->position)) {
    case 1: multiply_keys(w->scores[0], o, g, span, ahead, 1); break;
    case 2: multiply_keys(w->scores[0], o, g, span, ahead, 2); break;
    case 3: multiply_keys(w->scores[0], o, g, span, ahead, 3); break;
    default: multiply_keys(w->scores[0], o, g, span, ahead, 4); break;
  }
}

/* Adds the products of the weights of C chunks of positions and the values. */
INLINE void multiply_values(const uint16_t *p, const struct operands *o, const struct group *g, const struct span *span,
                            int ahead, const int C, const int fresh) {
  const int32_t vectors = (span->head_dim + LANES - 1) / LANES;
  const int64_t half = BLOCK * (int64_t)span->head_dim; /* of the keys, the first of which scores have loaded ahead */
  const int64_t step = (int64_t)g->stride * LANES;
  tile_load(4, p, 64);
  if (C > 1) tile_load(5, p + g->stride * CHUNK, 64);
#define ADD(t, i)                                     \
  if (ahead) keys_ahead(span, half + (i) * 256, 256); \
  if (fresh) tile_zero(t);                            \
  else tile_load(t, g->out + (i) * step, 64);         \
  tile_load(6, o->values[0][i], 64);                  \
  tile_dot(t, 4, 6);                                  \
  if (C > 1) tile_load(7, o->values[1][i], 64);       \
  if (C > 1) tile_dot(t, 5, 7);
  int32_t i = 0;
  for (; i + 4 <= vectors; i += 4) {
    ADD(0, i)
    ADD(1, i + 1)
    ADD(2, i + 2)
    ADD(3, i + 3)
    tile_store(0, g->out + i * step, 64);
    tile_store(1, g->out + (i + 1) * step, 64);
    tile_store(2, g->out + (i + 2) * step, 64);
    tile_store(3, g->out + (i + 3) * step, 64);
  }
  for (; i < vectors; i++) {
    ADD(0, i)
    tile_store(0, g->out + i * step, 64);
  }
#undef ADD
}

static void weigh(const uint16_t *p, struct operands *o, struct group *g, const struct span *span, int ahead) {
  use_rows(o, g->stride);
  const int one_chunk = seen_blocks(g, span->position) <= 2;
  if (g->fresh) {
    if (one_chunk) {
      multiply_values(p, o, g, span, ahead, 1, 1);
    } else {
      multiply_values(p, o, g, span, ahead, 2, 1);
    }
    g->fresh = 0;
  } else if (one_chunk) {
    multiply_values(p, o, g, span, ahead, 1, 0);
  } else {
    multiply_values(p, o, g, span, ahead, 2, 0);
  }
}

void TILES(dlora_attention)(const struct dlora_attention_unit *units, int32_t from, int32_t to, int32_t count,
                            const char *kv, int64_t block_bytes, int32_t heads, int32_t head_dim, int32_t window,
                            float scale, const char *q, int64_t q_stride, char *out, int64_t out_stride) {
  static _Thread_local struct operands scratch;
  struct operands *o = &scratch;
  __asm__("" : "+r"(o));
  const struct job job = {kv, block_bytes, heads, head_dim, window, scale, q, q_stride, out, out_stride};
  o->rows = 0;
  if (head_dim % CHUNK) {
    memset(o->last_keys, 0, sizeof o->last_keys);
  }
  attend_all(o, &job, units, from, to, count);
  tile_release();
}
