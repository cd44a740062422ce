/*
 * Products with bfloat16 panels. A tile of P panels and R rows keeps P*R sums in registers; a step
 * along k loads P vectors of weights and broadcasts a pair of each row. VDPBF16PS adds both products
 * of a pair to the sum, so each output is one chain over k, the same in every tile.
 */
#include "bf16.h"
#include "outputs.h"
#include "scratch.h"

#include <stddef.h>

/* Rows whose bfloat16 copies stay in the second-level cache while all panels pass by: two of the most columns. */
#define BLOCK_BYTES (256 << 10)

/* For `lines` of a tile: it loads its own weights, so many bytes ahead, and in the end the next tile's. */
#define OWN 0
#define AHEAD_BYTES 1024

/* 24 sums, 4 weights and a pair fill the 32 registers. */
#define TILE_ROWS 6

static int32_t padded(int32_t k) { return (k + 31) & ~31; }

/* Rows at a time, at most `most`. */
static int32_t block_rows(int32_t k, int32_t most) {
  int32_t rows = BLOCK_BYTES / (2 * padded(k));
  if (rows > most) rows = most;
  return rows < TILE_ROWS ? rows : rows / TILE_ROWS * TILE_ROWS;
}

struct job {
  const char *w;
  int64_t panel_bytes;
  int32_t pairs;
  const uint16_t *x;
  int32_t x_stride; /* elements */
  int32_t rows;
  struct outputs to;
  struct dlora_ahead *wanted; /* NULL: nothing */
};

#include "gated.h"

/* What tiles load ahead into the second-level cache: some bytes per step along k. */
struct ahead {
  const char *from;
  int64_t step;
};

/*
 * Bytes of what is wanted that a step along k loads: three eighths of a line. With a line, loads of weights find
 * too few of the buffers free that a core has for lines under way.
 */
#define WANTED_STEP 24

/* Lines that a tile loads, and where it stays at the end. */
struct lines {
  const char *from;
  const char *last;
};

/* The next lines of what is wanted, `none` if nothing is. */
INLINE struct lines take_lines(struct dlora_ahead *a, int32_t pairs, const char *none) {
  if (!a || a->piece >= a->count) {
    return (struct lines){none, none};
  }
  const int32_t left = a->lines - a->line, fit = pairs * WANTED_STEP / 64;
  const int32_t count = left < fit ? left : fit;
  const char *from = a->memory + a->pieces[a->piece] + 64 * (int64_t)a->line;
  a->line += count;
  if (a->line == a->lines) {
    a->line = 0;
    a->piece++;
  }
  return (struct lines){from, from + 64 * (int64_t)count - WANTED_STEP};
}

/*
 * P panels and R rows, which load so many lines of the next weights ahead per step, and what is wanted;
 * OWN: of the weights at hand, and nothing else.
 */
INLINE void tile(const struct job *job, int32_t panel, int32_t row, const int P, const int R, const int lines,
                 struct ahead ahead) {
  __m512 sums[4][TILE_ROWS];
  const char *w = job->w + panel * job->panel_bytes;
  const int64_t panel_bytes = job->panel_bytes;
  const int64_t stride = 2 * (int64_t)job->x_stride;
  /* The rows 0 to 2 and 3 to 5, which the processor addresses from two registers. */
  const char *low = (const char *)job->x + row * stride;
  const char *high = low + 3 * stride;
  /* Where AHEAD_BYTES ahead is the next tile; a panel has 64 * pairs bytes. */
  const int64_t turn = job->pairs - AHEAD_BYTES / 64;
#pragma GCC unroll 4
  for (int p = 0; p < P; p++) {
#pragma GCC unroll 6
    for (int r = 0; r < R; r++) {
      sums[p][r] = _mm512_setzero_ps();
    }
  }
  struct lines wanted = take_lines(lines == OWN ? NULL : job->wanted, job->pairs, w);
  for (int64_t i = 0; i < job->pairs; i++, w += 64, low += 4, high += 4, ahead.from += ahead.step) {
    /* Else the compiler keeps a pointer to each row and panel, more than there are registers. */
    __asm__("" : "+r"(w), "+r"(low), "+r"(high), "+r"(ahead.from));
    __m512bh weights[4];
#pragma GCC unroll 4
    for (int p = 0; p < P; p++) {
      weights[p] = (__m512bh)_mm512_load_si512(w + p * panel_bytes);
      if (lines == OWN) {
        _mm_prefetch(w + p * panel_bytes + (i < turn ? AHEAD_BYTES : AHEAD_BYTES + (P - 1) * panel_bytes),
                     _MM_HINT_T1);
      }
    }
    if (lines != OWN) {
      _mm_prefetch(wanted.from, _MM_HINT_T1);
      wanted.from += wanted.from < wanted.last ? WANTED_STEP : 0;
      __asm__("" : "+r"(wanted.from));
    }
#pragma GCC unroll 2
    for (int l = 0; l < lines; l++) {
      _mm_prefetch(ahead.from + 64 * l, _MM_HINT_T1);
    }
#pragma GCC unroll 6
    for (int r = 0; r < R; r++) {
      __m512bh pair = (__m512bh)_mm512_set1_epi32(*(const int32_t *)(r < 3 ? low + r * stride : high + (r - 3) * stride));
#pragma GCC unroll 4
      for (int p = 0; p < P; p++) {
        sums[p][r] = _mm512_dpbf16_ps(sums[p][r], weights[p], pair);
      }
    }
  }
#pragma GCC unroll 4
  for (int p = 0; p < P; p++) {
#pragma GCC unroll 6
    for (int r = 0; r < R; r++) {
      put(&job->to, panel + p, row + r, sums[p][r]);
    }
  }
}

/* The groups of rows, each of which goes on loading ahead where the one before has stopped. */
#define GROUPS(P, LINES)                                                         \
  for (int32_t group = 0; group < groups; group++) {                             \
    int32_t row = rows * group / groups;                                         \
    switch (rows * (group + 1) / groups - row) {                                 \
      case 1: tile(job, panel, row, P, 1, LINES, ahead); break;                  \
      case 2: tile(job, panel, row, P, 2, LINES, ahead); break;                  \
      case 3: tile(job, panel, row, P, 3, LINES, ahead); break;                  \
      case 4: tile(job, panel, row, P, 4, LINES, ahead); break;                  \
      case 5: tile(job, panel, row, P, 5, LINES, ahead); break;                  \
      default: tile(job, panel, row, P, 6, LINES, ahead); break;                 \
    }                                                                            \
    ahead.from += job->pairs * ahead.step;                                       \
  }

/*
 * All rows with P panels, in equal groups of at most six rows. A single group loads its own weights
 * ahead. Of several only the first one would need the memory, so they share out the loads of the
 * next P panels.
 */
#define ROWS(P)                                                                                        \
  static __attribute__((noinline)) void rows_##P(const struct job *job, int32_t panel, const char *then) { \
    const int32_t rows = job->rows;                                                                    \
    int32_t groups = (rows + TILE_ROWS - 1) / TILE_ROWS;                                               \
    struct ahead ahead = {then ? then : job->w + (panel + P) * job->panel_bytes, (64 * P + groups - 1) / groups}; \
    if (groups == 1) {                                                                                 \
      GROUPS(P, OWN)                                                                                   \
    } else if (groups < P) {                                                                           \
      GROUPS(P, 2)                                                                                     \
    } else {                                                                                           \
      GROUPS(P, 1)                                                                                     \
    }                                                                                                  \
  }

ROWS(1)
ROWS(2)
ROWS(4)

static void product(const struct job *job, int32_t from, int32_t to, const char *then) {
  int32_t panel = from;
  for (; panel + 4 <= to; panel += 4) {
    rows_4(job, panel, panel + 4 == to ? then : NULL);
  }
  for (; panel + 2 <= to; panel += 2) {
    rows_2(job, panel, panel + 2 == to ? then : NULL);
  }
  if (panel < to) {
    rows_1(job, panel, then);
  }
}

void dlora_round_avx512_bf16(const char *x, int64_t x_stride, int32_t from, int32_t to, int32_t k, void *rounded) {
  for (int32_t row = from; row < to; row++) {
    round_row((const float *)(x + row * x_stride), k, (uint16_t *)rounded + (int64_t)row * padded(k));
  }
}

/* The rows of x from `row` on in bfloat16. */
static const uint16_t *rounded_rows(const char *x, int64_t x_stride, const void *rounded, int32_t row, int32_t count,
                                    int32_t k) {
  if (rounded) {
    return (const uint16_t *)rounded + (int64_t)row * padded(k);
  }
  dlora_round_avx512_bf16(x + row * x_stride, x_stride, 0, count, k, dlora_scratch);
  return dlora_scratch;
}

void dlora_linear_avx512_bf16(const char *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n, int32_t k,
                              const char *x, int64_t x_stride, const void *rounded, char *y, int64_t y_stride,
                              int32_t rows, const float *bias, int32_t store, float scale,
                              struct dlora_ahead *ahead) {
  const int32_t most = block_rows(k, INT32_MAX);
  for (int32_t row = 0; row < rows; row += most) {
    const int32_t count = rows - row < most ? rows - row : most;
    const struct job job = {w, panel_bytes, (k + 1) / 2, rounded_rows(x, x_stride, rounded, row, count, k), padded(k), count,
                            {y + row * y_stride, y_stride, n, bias, store, scale}, ahead};
    product(&job, from, to, NULL);
  }
}

void dlora_gated_avx512_bf16(const char *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n, int32_t k,
                             const char *x, int64_t x_stride, const void *rounded, char *y, int64_t y_stride,
                             int32_t rows, const float *bias, struct dlora_ahead *ahead) {
  const int32_t most = block_rows(k, GATED_ROWS);
  for (int32_t row = 0; row < rows; row += most) {
    const int32_t count = rows - row < most ? rows - row : most;
    const struct job job = {w, panel_bytes, (k + 1) / 2, rounded_rows(x, x_stride, rounded, row, count, k), padded(k), count,
                            {y + row * y_stride, y_stride, n, bias, DLORA_SET, 1}, ahead};
    gate(&job, count, from, to);
  }
}
