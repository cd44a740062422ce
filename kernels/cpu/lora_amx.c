/*
 * Low-rank terms by tiles, each from x to y in one go: A*x stays in the core's own caches. Sums are those
 * of dlora_linear_amx.
 */
#include "dlora.h"
#include "rows_in_tiles.h"
#include "term_reader.h"
#include "tile_step.h"
#include "scratch.h"

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
#define PANELS(name, ONE, R, type)                                                                           \
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

PANELS(shrink_few, shrink, 1, struct shrunk)
PANELS(expand_few, expand, 1, struct expanded)
PANELS(shrink_many, shrink, 2, struct shrunk)
PANELS(expand_many, expand, 2, struct expanded)

/* Rows of x and of y, and the number of their columns. */
struct rows_of {
  int32_t k;
  const char *x;
  int64_t x_stride;
  char *y;
  int64_t y_stride;
};

static void round_rows(const struct dlora_term *term, const struct rows_of *of, uint16_t *tiles) {
  const int64_t stride = (int64_t)tiles_along(of->k) * TILE_ELEMENTS;
  for (int32_t r = 0; r < term->rows; r += TILE_ROWS) {
    round_tiles(of->x + (term->first_row + r) * of->x_stride, of->x_stride,
                term->rows - r < TILE_ROWS ? term->rows - r : TILE_ROWS, of->k, tiles + r / TILE_ROWS * stride);
  }
}

INLINE int have_same_rows(const struct dlora_term *a, const struct dlora_term *b) {
  return a->first_row == b->first_row && a->rows == b->rows;
}

static struct expanded outputs(const struct dlora_term *term, const struct rows_of *of) {
  return (struct expanded){of->y + term->first_row * of->y_stride + 4 * (int64_t)term->first_output, of->y_stride,
                           term->rows, term->scale};
}

/* Where the rows of A*x stand, and their tiles. */
static _Thread_local float sums_of_term[ROW_TILES * TILE_ROWS * DLORA_LORA_RANK] __attribute__((aligned(64)));
static _Thread_local uint16_t tiles_of_term[ROW_TILES * RANK_TILES * TILE_ELEMENTS] __attribute__((aligned(64)));

/* A term of any size. */
static void one_term(const struct dlora_term *term, const struct rows_of *of, const uint16_t *x, struct reader *reader) {
  const struct product shrink = {term->a, term->rank, (of->k + 1) / 2, x, (int64_t)tiles_along(of->k) * TILE_ELEMENTS};
  const struct shrunk low = {sums_of_term, panels(term->rank) * LANES};
  configure(term->rows, shrink.pairs);
  (term->rows > TILE_ROWS ? shrink_many : shrink_few)(&shrink, low, reader);
  const int64_t stride = (int64_t)tiles_along(term->rank) * TILE_ELEMENTS;
  for (int32_t r = 0; r < term->rows; r += TILE_ROWS) {
    round_tiles((const char *)(sums_of_term + r * low.width), 4 * low.width,
                term->rows - r < TILE_ROWS ? term->rows - r : TILE_ROWS, term->rank,
                tiles_of_term + r / TILE_ROWS * stride);
  }
  const struct product expand = {term->b, term->n, (term->rank + 1) / 2, tiles_of_term, stride};
  configure(term->rows, expand.pairs);
  (term->rows > TILE_ROWS ? expand_many : expand_few)(&expand, outputs(term, of), reader);
}

/*
 * Terms of few rows and ranks go together: up to four panels of their A are multiplied side by side, so
 * that several streams come from memory at once and the latency of one tile hides behind the others.
 */
#define SIDE_BY_SIDE 4

/* Tiles along k of x at most, for which there is room for the rows of four terms. */
#define SMALL_TILES (TILE_ROWS * DLORA_LINEAR_COLUMNS / (SIDE_BY_SIDE * TILE_ELEMENTS))

/* A panel of a term's A. */
struct lane {
  const char *a;
  const char *b; /* what is loaded ahead behind it */
  int64_t b_step;
  const uint16_t *x;
  float *sums; /* [16][16] */
};

INLINE int is_small(const struct dlora_term *term) { return term->rows <= TILE_ROWS && term->rank <= 32; }

INLINE int go_together(const struct dlora_term *term, int32_t k) {
  return is_small(term) && tiles_along(k) <= SMALL_TILES;
}

/* Steps along k that A is loaded ahead. */
#define AHEAD_TILES 2

/* Tile `sum` += a step of a lane; tiles 4 and 5, 6 and 7 take turns. */
#define LANE_STEP(sum, rows, weights, lane, from)                     \
  tile_load(weights, from, 64);                                       \
  tile_load(rows, (lane)->x + (int64_t)t * TILE_ELEMENTS, 64);        \
  tile_dot(sum, rows, weights);

/* What a lane loads ahead at step t: its A, then the first line of each stream of B. */
INLINE void lane_ahead(const struct lane *lane, int32_t t, int32_t whole) {
  if (t + AHEAD_TILES < whole) {
    load_lines(lane->a + (int64_t)(t + AHEAD_TILES) * TILE_BYTES, TILE_BYTES / 64);
  }
  if (t + SIDE_BY_SIDE >= whole) {
    load_lines(lane->b + (t + SIDE_BY_SIDE - whole) * lane->b_step, 8);
  }
}

INLINE void shrink_lanes(const struct lane *lanes, int32_t pairs, const int N) {
  char last[TILE_BYTES] __attribute__((aligned(64)));
  const int32_t whole = pairs / 16;
  tile_zero(0);
  if (N > 1) tile_zero(1);
  if (N > 2) tile_zero(2);
  if (N > 3) tile_zero(3);
  int32_t t = 0;
  for (; t < whole; t++) {
    const int64_t at = (int64_t)t * TILE_BYTES;
    LANE_STEP(0, 4, 6, lanes, lanes[0].a + at)
    lane_ahead(lanes, t, whole);
    if (N > 1) {
      LANE_STEP(1, 5, 7, lanes + 1, lanes[1].a + at)
      lane_ahead(lanes + 1, t, whole);
    }
    if (N > 2) {
      LANE_STEP(2, 4, 6, lanes + 2, lanes[2].a + at)
      lane_ahead(lanes + 2, t, whole);
    }
    if (N > 3) {
      LANE_STEP(3, 5, 7, lanes + 3, lanes[3].a + at)
      lane_ahead(lanes + 3, t, whole);
    }
  }
  if (pairs % 16) {
    const int64_t at = (int64_t)whole * TILE_BYTES;
    copy_last_pairs(lanes[0].a + at, pairs % 16, last);
    LANE_STEP(0, 4, 6, lanes, last)
    if (N > 1) {
      copy_last_pairs(lanes[1].a + at, pairs % 16, last);
      LANE_STEP(1, 5, 7, lanes + 1, last)
    }
    if (N > 2) {
      copy_last_pairs(lanes[2].a + at, pairs % 16, last);
      LANE_STEP(2, 4, 6, lanes + 2, last)
    }
    if (N > 3) {
      copy_last_pairs(lanes[3].a + at, pairs % 16, last);
      LANE_STEP(3, 5, 7, lanes + 3, last)
    }
  }
  tile_store(0, lanes[0].sums, 64);
  if (N > 1) tile_store(1, lanes[1].sums, 64);
  if (N > 2) tile_store(2, lanes[2].sums, 64);
  if (N > 3) tile_store(3, lanes[3].sums, 64);
}

static __attribute__((noinline)) void shrink_side_by_side(const struct lane *lanes, int32_t count, int32_t pairs) {
  switch (count) {
    case 1: shrink_lanes(lanes, pairs, 1); break;
    case 2: shrink_lanes(lanes, pairs, 2); break;
    case 3: shrink_lanes(lanes, pairs, 3); break;
    default: shrink_lanes(lanes, pairs, 4); break;
  }
}

/* Panels of B from one stream to the next. */
INLINE int32_t stream_panels(const struct dlora_term *term) { return (panels(term->n) + SIDE_BY_SIDE - 1) / SIDE_BY_SIDE; }

/* Bytes of a panel of B. */
INLINE int64_t b_panel_bytes(const struct dlora_term *term) { return 64 * (int64_t)((term->rank + 1) / 2); }

/* y += scale * B low for a small term; tile 4 has A*x, and four streams of panels take turns. */
static __attribute__((noinline)) void expand_small(const struct dlora_term *term, const struct rows_of *of) {
  float sums[SIDE_BY_SIDE][TILE_ROWS * LANES] __attribute__((aligned(64)));
  const struct product job = {.n = term->n};
  const struct expanded out = outputs(term, of);
  const int64_t panel_bytes = b_panel_bytes(term);
  const int32_t lines = (int32_t)(panel_bytes / 64);
  const int32_t count = panels(term->n);
  const int32_t apart = stream_panels(term);
  const char *b0 = term->b;
  const char *b1 = b0 + apart * panel_bytes;
  const char *b2 = b1 + apart * panel_bytes;
  const char *b3 = b2 + apart * panel_bytes;
  const int64_t ahead = 1024 / panel_bytes * panel_bytes;
  tile_load(4, tiles_of_term, 64);
#define STREAM(sum, weights, b, panel)             \
  if ((panel) < count) {                           \
    tile_zero(sum);                                \
    tile_load(weights, b + i * panel_bytes, 64);   \
    load_lines(b + i * panel_bytes + ahead, lines); \
    tile_dot(sum, 4, weights);                     \
    tile_store(sum, sums[sum], 64);                \
  }
  for (int32_t i = 0; i < apart; i++) {
    STREAM(0, 6, b0, i)
    STREAM(1, 7, b1, i + apart)
    STREAM(2, 6, b2, i + 2 * apart)
    STREAM(3, 7, b3, i + 3 * apart)
    for (int32_t s = 0; s < SIDE_BY_SIDE && i + s * apart < count; s++) {
      add(&job, i + s * apart, 0, sums[s], out);
    }
  }
#undef STREAM
}

/* The small terms from .. that have at most four panels of A together; returns the end. */
static const struct dlora_term *small_terms(const struct dlora_term *from, const struct dlora_term *to,
                                            const struct rows_of *of, uint16_t *x) {
  float sums[SIDE_BY_SIDE][TILE_ROWS * LANES] __attribute__((aligned(64)));
  const int64_t stride = (int64_t)tiles_along(of->k) * TILE_ELEMENTS;
  const int32_t pairs = (of->k + 1) / 2;
  struct lane lanes[SIDE_BY_SIDE];
  int32_t count = 0, rows = 0;
  const struct dlora_term *term = from;
  for (; term < to && is_small(term) && count + panels(term->rank) <= SIDE_BY_SIDE; term++) {
    if (term > from && have_same_rows(term, term - 1)) {
      x -= stride;
    } else {
      round_rows(term, of, x);
    }
    for (int32_t panel = 0; panel < panels(term->rank); panel++, count++) {
      lanes[count] = (struct lane){term->a + panel * 64 * (int64_t)pairs, term->b + 512 * panel,
                                   stream_panels(term) * b_panel_bytes(term), x, sums[count]};
    }
    x += stride;
    rows = term->rows > rows ? term->rows : rows;
  }
  configure(rows, 16);
  shrink_side_by_side(lanes, count, pairs);
  for (const struct dlora_term *next = term; next < to && next < term + SIDE_BY_SIDE; next++) {
    load_lines(next->a, 2 * TILE_BYTES / 64);
  }
  int32_t lane = 0;
  for (const struct dlora_term *each = from; each < term; each++) {
    /* Both panels of a rank over 16 make one tile of 32 columns. */
    const int32_t width = panels(each->rank);
    for (int32_t r = 0; r < each->rows; r++) {
      float row[2 * LANES];
      memcpy(row, sums[lane] + LANES * r, 4 * LANES);
      if (width > 1) memcpy(row + LANES, sums[lane + 1] + LANES * r, 4 * LANES);
      round_tiles((const char *)row, 0, 1, each->rank, tiles_of_term + 32 * r);
    }
    lane += width;
    configure(each->rows, (each->rank + 1) / 2);
    expand_small(each, of);
  }
  return term;
}

void TILES(dlora_lora)(const struct dlora_term *terms, int32_t from, int32_t to, int32_t count, int32_t k,
                       const char *x, int64_t x_stride, char *y, int64_t y_stride) {
  uint16_t *rounded = dlora_scratch;
  const struct rows_of of = {k, x, x_stride, y, y_stride};
  const struct dlora_term *term = terms + from;
  const struct dlora_term *end = terms + to;
  while (term < end) {
    if (go_together(term, k)) {
      term = small_terms(term, end, &of, rounded);
      continue;
    }
    struct reader reader = {.term = term, .end = terms + count, .pairs = (k + 1) / 2};
    enter_a(&reader);
    load_ahead(&reader, AHEAD_LINES);
    const struct dlora_term *const first = term;
    for (; term < end && !go_together(term, k); term++) {
      if (term == first || !have_same_rows(term, term - 1)) {
        round_rows(term, &of, rounded);
      }
      one_term(term, &of, rounded, &reader);
    }
  }
  tile_release();
}
