/*
 * Low-rank terms by tiles, each from x to y in one go: A*x stays in the core's own caches. Sums are those
 * of dlora_linear_amx.
 */
#include "dlora.h"
#include "rows_in_tiles.h"
#include "term_reader.h"
#include "tile_step.h"

/* Tiles of rows of a term. */
#define ROW_TILES ((DLORA_LORA_ROWS + TILE_ROWS - 1) / TILE_ROWS)

/* Tiles along k of A*x at most. */
#define RANK_TILES (DLORA_LORA_RANK / 32)

/* A matrix [n, k] and up to two tiles of rows. */
struct product {
  const char *w;
  int32_t n;
  int32_t pairs; /* of columns */
  const uint16_t *x;
  int64_t x_stride; /* elements from one tile of rows to the next */
};

/* The configuration of a term's tiles. */
static void configure(int32_t rows, int32_t pairs) {
  struct tile_config config = whole_tiles();
  if (rows < TILE_ROWS) {
    for (int i = 0; i < 6; i++) {
      config.rows[i] = (uint8_t)rows;
    }
  }
  if (pairs < 16) {
    config.row_bytes[4] = config.row_bytes[5] = (uint16_t)(4 * pairs);
    config.rows[6] = config.rows[7] = (uint8_t)pairs;
  }
  tile_configure(&config);
}

/* Sums of P panels and R tiles of rows. Fewer pairs than a tile has are what the tiles are configured for. */
INLINE void multiply(const struct product *job, int32_t panel, const int P, const int R, struct reader *reader) {
  char last[2][TILE_BYTES] __attribute__((aligned(64)));
  const int64_t panel_bytes = 64 * (int64_t)job->pairs;
  const char *w0 = job->w + panel * panel_bytes;
  const char *w1 = w0 + panel_bytes;
  const uint16_t *x0 = job->x;
  const uint16_t *x1 = x0 + job->x_stride;
  int32_t left = job->pairs;
  ZERO_SUMS(P, R);
  for (; left >= 16; left -= 16) {
    load_ahead(reader, 16 * P);
    TILE_STEP(P, R, w0, w1, x0, x1);
    w0 += TILE_BYTES;
    w1 += TILE_BYTES;
    x0 += TILE_ELEMENTS;
    x1 += TILE_ELEMENTS;
  }
  if (left > 0) {
    load_ahead(reader, left * P);
    if (job->pairs < 16) {
      TILE_STEP(P, R, w0, w1, x0, x1);
    } else {
      copy_last_pairs(w0, left, last[0]);
      if (P == 2) copy_last_pairs(w1, left, last[1]);
      TILE_STEP(P, R, last[0], last[1], x0, x1);
    }
  }
}

/* Rows of A*x, whole panels of them. */
struct shrunk {
  float *rows;
  int64_t width; /* elements */
};

INLINE void shrink(const struct product *job, int32_t panel, const int P, const int R, struct shrunk out,
                   struct reader *reader) {
  float *to = out.rows + LANES * panel;
  float *below = to + TILE_ROWS * out.width;
  multiply(job, panel, P, R, reader);
  tile_store(0, to, 4 * out.width);
  if (P == 2) tile_store(1, to + LANES, 4 * out.width);
  if (R == 2) tile_store(2, below, 4 * out.width);
  if (P == 2 && R == 2) tile_store(3, below + LANES, 4 * out.width);
}

/* Rows of y at a term's first output. */
struct expanded {
  char *y;
  int64_t stride;
  int32_t rows;
  float scale;
};

static void add(const struct product *job, int32_t panel, int32_t row, const float *sums, struct expanded out) {
  const __mmask16 mask = first_lanes(job->n - LANES * panel);
  const __m512 scale = _mm512_set1_ps(out.scale);
  const int32_t end = out.rows < row + TILE_ROWS ? out.rows : row + TILE_ROWS;
  for (; row < end; row++, sums += LANES) {
    float *y = (float *)(out.y + row * out.stride) + LANES * panel;
    _mm512_mask_storeu_ps(y, mask, _mm512_fmadd_ps(_mm512_load_ps(sums), scale, _mm512_maskz_loadu_ps(mask, y)));
  }
}

INLINE void expand(const struct product *job, int32_t panel, const int P, const int R, struct expanded out,
                   struct reader *reader) {
  float sums[4][TILE_ROWS * LANES] __attribute__((aligned(64)));
  multiply(job, panel, P, R, reader);
  tile_store(0, sums[0], 64);
  if (P == 2) tile_store(1, sums[1], 64);
  if (R == 2) tile_store(2, sums[2], 64);
  if (P == 2 && R == 2) tile_store(3, sums[3], 64);
  add(job, panel, 0, sums[0], out);
  if (P == 2) add(job, panel + 1, 0, sums[1], out);
  if (R == 2) add(job, panel, TILE_ROWS, sums[2], out);
  if (P == 2 && R == 2) add(job, panel + 1, TILE_ROWS, sums[3], out);
}

/* All panels of a matrix; ONE is one of the functions above. */
#define PANELS(name, ONE, type)                                                                              \
  static __attribute__((noinline)) void name(const struct product *job, type out, struct reader *reader) { \
    const int32_t count = panels(job->n);                                                                    \
    int32_t panel = 0;                                                                                       \
    for (; panel + 2 <= count; panel += 2) {                                                                 \
      ONE(job, panel, 2, R, out, reader);                                                                    \
    }                                                                                                        \
    if (panel < count) {                                                                                     \
      ONE(job, panel, 1, R, out, reader);                                                                    \
    }                                                                                                        \
  }

#define R 1
PANELS(shrink_few, shrink, struct shrunk)
PANELS(expand_few, expand, struct expanded)
#undef R
#define R 2
PANELS(shrink_many, shrink, struct shrunk)
PANELS(expand_many, expand, struct expanded)
#undef R

void TILES(dlora_lora)(const struct dlora_term *terms, int32_t from, int32_t to, int32_t count, int32_t k,
                       const char *x, int64_t x_stride, char *y, int64_t y_stride) {
  /* Not on the stack, which a JVM's threads may have little of. */
  static _Thread_local uint16_t rounded[TILE_ROWS * DLORA_LINEAR_COLUMNS] __attribute__((aligned(64)));
  static _Thread_local float sums[ROW_TILES * TILE_ROWS * DLORA_LORA_RANK] __attribute__((aligned(64)));
  static _Thread_local uint16_t rounded_sums[ROW_TILES * RANK_TILES * TILE_ELEMENTS] __attribute__((aligned(64)));
  const int64_t stride = (int64_t)tiles_along(k) * TILE_ELEMENTS;
  struct reader reader = {.term = terms + from, .end = terms + count, .pairs = (k + 1) / 2};
  const struct dlora_term *before = 0;
  enter_a(&reader);
  load_ahead(&reader, AHEAD_LINES);
  for (const struct dlora_term *term = terms + from; term < terms + to; term++) {
    const int32_t rows = term->rows;
    if (!before || before->first_row != term->first_row || before->rows != rows) {
      for (int32_t r = 0; r < rows; r += TILE_ROWS) {
        round_tiles(x + (term->first_row + r) * x_stride, x_stride, rows - r < TILE_ROWS ? rows - r : TILE_ROWS, k,
                    rounded + r / TILE_ROWS * stride);
      }
    }
    before = term;
    const struct product shrink = {term->a, term->rank, (k + 1) / 2, rounded, stride};
    const struct shrunk low = {sums, panels(term->rank) * LANES};
    configure(rows, shrink.pairs);
    (rows > TILE_ROWS ? shrink_many : shrink_few)(&shrink, low, &reader);
    const int64_t low_stride = (int64_t)tiles_along(term->rank) * TILE_ELEMENTS;
    for (int32_t r = 0; r < rows; r += TILE_ROWS) {
      round_tiles((const char *)(sums + r * low.width), 4 * low.width, rows - r < TILE_ROWS ? rows - r : TILE_ROWS,
                  term->rank, rounded_sums + r / TILE_ROWS * low_stride);
    }
    const struct product expand = {term->b, term->n, (term->rank + 1) / 2, rounded_sums, low_stride};
    const struct expanded out = {y + term->first_row * y_stride + 4 * (int64_t)term->first_output, y_stride, rows,
                                 term->scale};
    configure(rows, expand.pairs);
    (rows > TILE_ROWS ? expand_many : expand_few)(&expand, out, &reader);
  }
  tile_release();
}
