/*
 * Products of float32 rows with bfloat16 panels, which are widened in registers. A tile of P panels and R
 * rows keeps P*R sums in registers. Each output is one chain of fused multiply-adds over k, as in Java.
 */
#include "outputs.h"

/* The weights at hand are loaded so many bytes ahead. */
#define AHEAD_BYTES 1024

/* 24 sums, 4 weights, a mask and a value fill the registers. */
#define TILE_ROWS 6

struct job {
  const char *w;
  int64_t panel_bytes;
  int32_t k;
  const char *x;
  int64_t x_stride;
  int32_t rows;
  struct outputs to;
};

#include "gated.h"

/* P panels and R rows. Columns go in pairs; the last of an odd number has none beside it. */
INLINE void tile(const struct job *job, int32_t panel, int32_t row, const int P, const int R) {
  __m512 sums[4][TILE_ROWS];
  const __m512i high = _mm512_set1_epi32((int32_t)0xffff0000);
  const int64_t panel_bytes = job->panel_bytes;
  const int64_t x_stride = job->x_stride;
  const char *w = job->w + panel * panel_bytes;
  const char *x = job->x + row * x_stride;
  const int64_t pairs = job->k / 2;
  /* Where AHEAD_BYTES ahead is the next tile. */
  const int64_t turn = pairs - AHEAD_BYTES / 64;
#pragma GCC unroll 4
  for (int p = 0; p < P; p++) {
#pragma GCC unroll 6
    for (int r = 0; r < R; r++) {
      sums[p][r] = _mm512_setzero_ps();
    }
  }
  for (int64_t i = 0; i < pairs; i++) {
    __m512 weights[4];
#pragma GCC unroll 4
    for (int p = 0; p < P; p++) {
      weights[p] = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_load_si512(w + p * panel_bytes + i * 64), 16));
      _mm_prefetch(w + p * panel_bytes + i * 64 + (i < turn ? AHEAD_BYTES : AHEAD_BYTES + (P - 1) * panel_bytes),
                   _MM_HINT_T1);
    }
#pragma GCC unroll 6
    for (int r = 0; r < R; r++) {
      __m512 value = _mm512_set1_ps(*(const float *)(x + r * x_stride + 8 * i));
#pragma GCC unroll 4
      for (int p = 0; p < P; p++) {
        sums[p][r] = _mm512_fmadd_ps(weights[p], value, sums[p][r]);
      }
    }
#pragma GCC unroll 4
    for (int p = 0; p < P; p++) {
      /* Loaded again: there is no register to keep them in. */
      weights[p] = _mm512_castsi512_ps(_mm512_and_si512(_mm512_load_si512(w + p * panel_bytes + i * 64), high));
    }
#pragma GCC unroll 6
    for (int r = 0; r < R; r++) {
      __m512 value = _mm512_set1_ps(*(const float *)(x + r * x_stride + 8 * i + 4));
#pragma GCC unroll 4
      for (int p = 0; p < P; p++) {
        sums[p][r] = _mm512_fmadd_ps(weights[p], value, sums[p][r]);
      }
    }
  }
  if (job->k % 2) {
#pragma GCC unroll 4
    for (int p = 0; p < P; p++) {
      __m512i last = _mm512_load_si512(w + p * panel_bytes + pairs * 64);
#pragma GCC unroll 6
      for (int r = 0; r < R; r++) {
        __m512 value = _mm512_set1_ps(*(const float *)(x + r * x_stride + 8 * pairs));
        sums[p][r] = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(last, 16)), value, sums[p][r]);
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

/* All rows with P panels, in equal groups of at most six. */
#define ROWS(P)                                                                                        \
  static __attribute__((noinline)) void rows_##P(const struct job *job, int32_t panel) {               \
    const int32_t rows = job->rows;                                                                    \
    const int32_t groups = (rows + TILE_ROWS - 1) / TILE_ROWS;                                         \
    for (int32_t group = 0; group < groups; group++) {                                                 \
      const int32_t row = (int32_t)((int64_t)rows * group / groups);                                   \
      switch ((int32_t)((int64_t)rows * (group + 1) / groups) - row) {                                 \
        case 1: tile(job, panel, row, P, 1); break;                                                    \
        case 2: tile(job, panel, row, P, 2); break;                                                    \
        case 3: tile(job, panel, row, P, 3); break;                                                    \
        case 4: tile(job, panel, row, P, 4); break;                                                    \
        case 5: tile(job, panel, row, P, 5); break;                                                    \
        default: tile(job, panel, row, P, 6); break;                                                   \
      }                                                                                                \
    }                                                                                                  \
  }

ROWS(1)
ROWS(2)
ROWS(4)

static void product(const struct job *job, int32_t from, int32_t to, const char *then) {
  (void)then; /* each tile loads its own weights ahead */
  int32_t panel = from;
  for (; panel + 4 <= to; panel += 4) {
    rows_4(job, panel);
  }
  for (; panel + 2 <= to; panel += 2) {
    rows_2(job, panel);
  }
  if (panel < to) {
    rows_1(job, panel);
  }
}

void dlora_linear_avx512(const char *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n, int32_t k,
                         const char *x, int64_t x_stride, const void *rounded, char *y, int64_t y_stride,
                         int32_t rows, const float *bias, int32_t store, float scale, struct dlora_ahead *ahead) {
  (void)ahead;
  (void)rounded; /* x is read as it is */
  const struct job job = {w, panel_bytes, k, x, x_stride, rows, {y, y_stride, n, bias, store, scale}};
  product(&job, from, to, NULL);
}

void dlora_gated_avx512(const char *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n, int32_t k,
                        const char *x, int64_t x_stride, const void *rounded, char *y, int64_t y_stride, int32_t rows,
                        const float *bias, struct dlora_ahead *ahead) {
  (void)ahead;
  (void)rounded; /* x is read as it is */
  for (int32_t row = 0; row < rows; row += GATED_ROWS) {
    const int32_t count = rows - row < GATED_ROWS ? rows - row : GATED_ROWS;
    const struct job job = {w, panel_bytes, k, x + row * x_stride, x_stride, count,
                            {y + row * y_stride, y_stride, n, bias, DLORA_SET, 1}};
    gate(&job, count, from, to);
  }
}
