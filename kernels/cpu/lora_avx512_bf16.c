/*
 * Low-rank terms, each from x to y in one go: A*x stays in the core's own caches. Each output is one
 * chain over k, as in dlora_linear.
 */
#include "dlora.h"
#include "bf16.h"
#include "term_reader.h"
#include "scratch.h"

/* Rows whose bfloat16 copies are kept at a time. */
#define X_BYTES (256 << 10)

/* Steps along k between loads ahead. */
#define STEPS 16

/* Rows of a tile at most: 24 sums, which hide each other's latency, also where there is one panel. */
#define SHRINK_ROWS 12
#define EXPAND_ROWS 6

struct product {
  const char *w;
  int64_t pairs;
  const uint16_t *x;
  int64_t x_stride; /* elements */
  char *y;
  int64_t y_stride;
  int32_t n;
  float scale;
  struct reader *reader; /* NULL: the weights were loaded before */
};

/* P panels and R rows; SHRINK stores whole panels, an expand adds. */
INLINE void tile(const struct product *job, int32_t panel, const int P, const int R, const int SHRINK) {
  __m512 sums[4][SHRINK_ROWS];
  const int64_t pairs = job->pairs;
  const int64_t panel_bytes = pairs * 64;
  const char *w = job->w + panel * panel_bytes;
  const int64_t stride = 2 * job->x_stride;
  /* The rows 0 to 2, 3 to 5 and so on, three of which the processor addresses from a register. */
  const char *x[SHRINK_ROWS / 3];
#pragma GCC unroll 4
  for (int g = 0; 3 * g < R; g++) {
    x[g] = (const char *)job->x + 3 * g * stride;
  }
  /* Read once: as far as the compiler knows, a store to y may change the job. */
  char *const out = job->y;
  const int64_t out_stride = job->y_stride;
  const int32_t n = job->n;
  const __m512 scale = _mm512_set1_ps(job->scale);
#pragma GCC unroll 4
  for (int p = 0; p < P; p++) {
#pragma GCC unroll 12
    for (int r = 0; r < R; r++) {
      sums[p][r] = _mm512_setzero_ps();
    }
  }
  for (int64_t from = 0; from < pairs; from += STEPS) {
    int64_t to = from + STEPS < pairs ? from + STEPS : pairs;
    if (job->reader) {
      load_ahead(job->reader, P * (to - from));
    }
    for (int64_t i = from; i < to; i++, w += 64) {
      __m512bh weights[4];
      /* Else the compiler keeps a pointer to each row and panel, more than there are registers. */
      __asm__("" : "+r"(w));
#pragma GCC unroll 4
      for (int p = 0; p < P; p++) {
        weights[p] = (__m512bh)_mm512_load_si512(w + p * panel_bytes);
      }
#pragma GCC unroll 4
      for (int g = 0; 3 * g < R; g++) {
        __asm__("" : "+r"(x[g]));
      }
#pragma GCC unroll 12
      for (int r = 0; r < R; r++) {
        __m512bh pair = (__m512bh)_mm512_set1_epi32(*(const int32_t *)(x[r / 3] + r % 3 * stride));
#pragma GCC unroll 4
        for (int p = 0; p < P; p++) {
          sums[p][r] = _mm512_dpbf16_ps(sums[p][r], weights[p], pair);
        }
      }
#pragma GCC unroll 4
      for (int g = 0; 3 * g < R; g++) {
        x[g] += 4;
      }
    }
  }
#pragma GCC unroll 4
  for (int p = 0; p < P; p++) {
    int32_t first = (panel + p) * LANES;
    __mmask16 mask = first_lanes(n - first);
#pragma GCC unroll 12
    for (int r = 0; r < R; r++) {
      float *y = (float *)(out + r * out_stride) + first;
      if (SHRINK) {
        _mm512_storeu_ps(y, sums[p][r]);
      } else {
        __m512 before = _mm512_maskz_loadu_ps(mask, y);
        _mm512_mask_storeu_ps(y, mask, _mm512_fmadd_ps(sums[p][r], scale, before));
      }
    }
  }
}

INLINE void all_panels(const struct product *job, const int R, const int SHRINK) {
  int32_t count = panels(job->n);
  int32_t panel = 0;
  if (R <= 6) {
    for (; panel + 4 <= count; panel += 4) {
      tile(job, panel, 4, R, SHRINK);
    }
  }
  for (; panel + 2 <= count; panel += 2) {
    tile(job, panel, 2, R, SHRINK);
  }
  if (panel < count) {
    tile(job, panel, 1, R, SHRINK);
  }
}

#define SOME_ROWS(name, R, SHRINK) \
  static __attribute__((noinline)) void name##_##R(const struct product *job) { all_panels(job, R, SHRINK); }

#define ROWS(R)             \
  SOME_ROWS(shrink, R, 1) \
  SOME_ROWS(expand, R, 0)

ROWS(1)
ROWS(2)
ROWS(3)
ROWS(4)
ROWS(5)
ROWS(6)
SOME_ROWS(shrink, 7, 1)
SOME_ROWS(shrink, 8, 1)
SOME_ROWS(shrink, 9, 1)
SOME_ROWS(shrink, 10, 1)
SOME_ROWS(shrink, 11, 1)
SOME_ROWS(shrink, 12, 1)

typedef void (*some_rows)(const struct product *job);

static const some_rows SHRINK[] = {0,        shrink_1, shrink_2, shrink_3,  shrink_4,  shrink_5, shrink_6,
                                   shrink_7, shrink_8, shrink_9, shrink_10, shrink_11, shrink_12};
static const some_rows EXPAND[] = {0, expand_1, expand_2, expand_3, expand_4, expand_5, expand_6};

/* All rows in equal groups of at most `most`; the first one finds the weights in memory. */
static void all_rows(struct product job, int32_t rows, const some_rows *kernels, int32_t most) {
  const int32_t groups = (rows + most - 1) / most;
  for (int32_t group = 0; group < groups; group++) {
    const int32_t count = rows * (group + 1) / groups - rows * group / groups;
    kernels[count](&job);
    job.x += count * job.x_stride;
    job.y += count * job.y_stride;
    job.reader = 0;
  }
}

void dlora_lora_avx512_bf16(const struct dlora_term *terms, int32_t from, int32_t to, int32_t count, int32_t k, const char *x,
                int64_t x_stride, char *y, int64_t y_stride) {
  uint16_t *rounded = dlora_scratch;
  static _Thread_local float shrunk[DLORA_LORA_ROWS * DLORA_LORA_RANK] __attribute__((aligned(64)));
  static _Thread_local uint16_t rounded_shrunk[DLORA_LORA_ROWS * DLORA_LORA_RANK] __attribute__((aligned(64)));
  const int64_t stride = (k + 31) & ~31;
  struct reader reader = {.term = terms + from, .end = terms + count, .pairs = (k + 1) / 2};
  const struct dlora_term *before = 0;
  enter_a(&reader);
  load_ahead(&reader, AHEAD_LINES);
  for (const struct dlora_term *term = terms + from; term < terms + to; term++) {
    const int32_t rows = term->rows;
    if (!before || before->first_row != term->first_row || before->rows != rows) {
      for (int32_t r = 0; r < rows; r++) {
        round_row((const float *)(x + (term->first_row + r) * x_stride), k, rounded + r * stride);
      }
    }
    before = term;
    const int64_t width = panels(term->rank) * LANES;
    const int64_t padded = (term->rank + 31) & ~31;
    struct product shrink = {.w = term->a, .pairs = (k + 1) / 2, .x = rounded, .x_stride = stride, .y = (char *)shrunk,
                             .y_stride = 4 * width, .n = term->rank, .reader = &reader};
    all_rows(shrink, rows, SHRINK, SHRINK_ROWS);
    for (int32_t r = 0; r < rows; r++) {
      round_row(shrunk + r * width, term->rank, rounded_shrunk + r * padded);
    }
    struct product expand = {.w = term->b, .pairs = (term->rank + 1) / 2, .x = rounded_shrunk, .x_stride = padded,
                             .y = y + term->first_row * y_stride + 4 * (int64_t)term->first_output,
                             .y_stride = y_stride, .n = term->n, .scale = term->scale, .reader = &reader};
    all_rows(expand, rows, EXPAND, EXPAND_ROWS);
  }
}
