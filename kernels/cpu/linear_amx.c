/*
 * Products with bfloat16 panels by tiles. A tile of weights is 32 columns of a panel, which lie in one
 * piece. Two tiles of rows meet two panels, or one tile of rows four, so that each loaded tile is used
 * more than once. TDPBF16PS adds 32 columns to a sum at a time, the same in every shape.
 */
#include "outputs.h"
#include "rows_in_tiles.h"
#include "tile_step.h"
#include "scratch.h"

/* Rows whose tiles stay in the second-level cache while all panels pass by. */
#define BLOCK_BYTES (512 << 10)

/* The weights at hand are loaded so many bytes ahead where a single block of rows uses them. */
#define AHEAD_BYTES 2048

struct job {
  const char *w;
  int64_t panel_bytes;
  int32_t whole; /* tiles of weights along k that are whole */
  int32_t left;  /* pairs of columns behind them */
  const uint16_t *x;
  int64_t x_stride; /* elements from one tile of rows to the next */
  int32_t rows;
  struct outputs to;
};

#include "gated.h"

/* What a block of sums loads ahead into the second-level cache: some lines per tile along k. */
struct ahead {
  const char *from;
  int32_t lines;
};

/* Whether the sums of a tile are outputs as they are, and none of its rows is beyond the last. */
INLINE int is_plain(const struct job *job, int32_t panel, int32_t row) {
  return job->to.store == DLORA_SET && !job->to.bias && (row + TILE_ROWS <= job->rows || job->rows < TILE_ROWS) &&
         (panel + 1) * LANES <= job->to.n;
}

static void put_tile(const struct job *job, int32_t panel, int32_t row, const float *sums) {
  const int32_t rows = job->rows - row < TILE_ROWS ? job->rows - row : TILE_ROWS;
  for (int32_t r = 0; r < rows; r++) {
    put(&job->to, panel, row + r, _mm512_load_ps(sums + LANES * r));
  }
}

/* Stores a tile of sums; its number is a constant. */
#define PUT(tile, panel, row)                                                                              \
  if (is_plain(job, panel, row)) {                                                                         \
    tile_store(tile, job->to.y + (int64_t)(row) * job->to.y_stride + 64 * (int64_t)(panel), job->to.y_stride); \
  } else {                                                                                                 \
    tile_store(tile, sums, 64);                                                                            \
    put_tile(job, panel, row, sums);                                                                       \
  }

/* P panels and R tiles of rows, each 1 or 2. */
INLINE void block(const struct job *job, int32_t panel, int32_t row, const int P, const int R, struct ahead ahead) {
  char last[2][TILE_BYTES] __attribute__((aligned(64)));
  float sums[TILE_ROWS * LANES] __attribute__((aligned(64)));
  const char *w0 = job->w + panel * job->panel_bytes;
  const char *w1 = w0 + job->panel_bytes;
  const uint16_t *x0 = job->x + row / TILE_ROWS * job->x_stride;
  const uint16_t *x1 = x0 + job->x_stride;
  const int32_t whole = job->whole;
  ZERO_SUMS(P, R);
  for (int32_t t = 0; t < whole; t++) {
    load_lines(ahead.from, ahead.lines);
    ahead.from += 64 * ahead.lines;
    const int64_t at = (int64_t)t * TILE_BYTES, x_at = (int64_t)t * TILE_ELEMENTS;
    TILE_STEP(P, R, w0 + at, w1 + at, x0 + x_at, x1 + x_at);
  }
  if (job->left) {
    const int64_t at = (int64_t)whole * TILE_BYTES, x_at = (int64_t)whole * TILE_ELEMENTS;
    copy_last_pairs(w0 + at, job->left, last[0]);
    if (P == 2) copy_last_pairs(w1 + at, job->left, last[1]);
    TILE_STEP(P, R, last[0], last[1], x0 + x_at, x1 + x_at);
  }
  PUT(0, panel, row)
  if (P == 2) {
    PUT(1, panel + 1, row)
  }
  if (R == 2) {
    PUT(2, panel, row + TILE_ROWS)
  }
  if (P == 2 && R == 2) {
    PUT(3, panel + 1, row + TILE_ROWS)
  }
}

/* Four panels and one tile of rows, for few rows: as many streams from memory as pay. */
static void few_rows(const struct job *job, int32_t panel) {
  char last[TILE_BYTES] __attribute__((aligned(64)));
  float sums[TILE_ROWS * LANES] __attribute__((aligned(64)));
  const char *w0 = job->w + panel * job->panel_bytes;
  const char *w1 = w0 + job->panel_bytes;
  const char *w2 = w1 + job->panel_bytes;
  const char *w3 = w2 + job->panel_bytes;
  const int32_t whole = job->whole;
  /* Where AHEAD_BYTES ahead is the next block of panels. */
  const int64_t turn = (int64_t)whole * TILE_BYTES + 64 * job->left - AHEAD_BYTES;
  tile_zero(0);
  tile_zero(1);
  tile_zero(2);
  tile_zero(3);
  for (int32_t t = 0; t < whole; t++) {
    const int64_t at = (int64_t)t * TILE_BYTES;
    const int64_t next = at + AHEAD_BYTES + (at < turn ? 0 : 3 * job->panel_bytes);
    tile_load(4, job->x + (int64_t)t * TILE_ELEMENTS, 64);
    tile_load(5, w0 + at, 64);
    load_lines(w0 + next, TILE_BYTES / 64);
    tile_dot(0, 4, 5);
    tile_load(6, w1 + at, 64);
    load_lines(w1 + next, TILE_BYTES / 64);
    tile_dot(1, 4, 6);
    tile_load(7, w2 + at, 64);
    load_lines(w2 + next, TILE_BYTES / 64);
    tile_dot(2, 4, 7);
    tile_load(5, w3 + at, 64);
    load_lines(w3 + next, TILE_BYTES / 64);
    tile_dot(3, 4, 5);
  }
  if (job->left) {
    const int64_t at = (int64_t)whole * TILE_BYTES;
    tile_load(4, job->x + (int64_t)whole * TILE_ELEMENTS, 64);
    copy_last_pairs(w0 + at, job->left, last);
    tile_load(5, last, 64);
    tile_dot(0, 4, 5);
    copy_last_pairs(w1 + at, job->left, last);
    tile_load(5, last, 64);
    tile_dot(1, 4, 5);
    copy_last_pairs(w2 + at, job->left, last);
    tile_load(5, last, 64);
    tile_dot(2, 4, 5);
    copy_last_pairs(w3 + at, job->left, last);
    tile_load(5, last, 64);
    tile_dot(3, 4, 5);
  }
  PUT(0, panel, 0)
  PUT(1, panel + 1, 0)
  PUT(2, panel + 2, 0)
  PUT(3, panel + 3, 0)
}

/*
 * All rows with P panels. Of several blocks of rows only the first one would need the memory, so they
 * share out the loads of the panels that are next.
 */
INLINE void all_rows(const struct job *job, int32_t panel, const int P, const char *next) {
  const int32_t blocks = (job->rows + 2 * TILE_ROWS - 1) / (2 * TILE_ROWS);
  struct ahead ahead = {next, (16 * P + blocks - 1) / blocks};
  for (int32_t row = 0; row < job->rows; row += 2 * TILE_ROWS) {
    if (row + TILE_ROWS < job->rows) {
      block(job, panel, row, P, 2, ahead);
    } else {
      block(job, panel, row, P, 1, ahead);
    }
    ahead.from += 64 * (int64_t)ahead.lines * job->whole;
  }
}

static __attribute__((noinline)) void rows_1(const struct job *job, int32_t panel, const char *next) {
  all_rows(job, panel, 1, next);
}

static __attribute__((noinline)) void rows_2(const struct job *job, int32_t panel, const char *next) {
  all_rows(job, panel, 2, next);
}

/* Tiles for so many rows: fewer than 16 take less time. */
static void configure(int32_t rows) {
  struct tile_config config = whole_tiles();
  if (rows < TILE_ROWS) {
    for (int i = 0; i < 5; i++) {
      config.rows[i] = (uint8_t)rows;
    }
  }
  tile_configure(&config);
}

static void product(const struct job *job, int32_t from, int32_t to, const char *then) {
  int32_t panel = from;
  if (job->rows <= TILE_ROWS) {
    for (; panel + 4 <= to; panel += 4) {
      few_rows(job, panel);
    }
  }
  for (; panel < to; panel += 2) {
    const char *next = then && panel + 2 >= to ? then : job->w + (panel + 2) * job->panel_bytes;
    if (panel + 2 <= to) {
      rows_2(job, panel, next);
    } else {
      rows_1(job, panel, next);
    }
  }
}

/* Elements from one tile of rows to the next. */
INLINE int64_t stride_of(int32_t k) { return (int64_t)tiles_along(k) * TILE_ELEMENTS; }

/* Rows at a time, at most `most` where that is not 0. */
INLINE int32_t rows_at_once(int32_t k, int32_t most) {
  const int64_t fit = BLOCK_BYTES / (2 * stride_of(k));
  const int32_t rows = TILE_ROWS * (int32_t)(fit < 2 ? 1 : fit / 2 * 2);
  return most && rows > most ? most : rows;
}

void TILES(dlora_round)(const char *x, int64_t x_stride, int32_t from, int32_t to, int32_t k, void *rounded) {
  for (int32_t row = from; row < to;) {
    const int32_t in_tile = row % TILE_ROWS;
    const int32_t count = to - row < TILE_ROWS - in_tile ? to - row : TILE_ROWS - in_tile;
    round_tiles(x + row * x_stride, x_stride, count, k,
                (uint16_t *)rounded + row / TILE_ROWS * stride_of(k) + 32 * in_tile);
    row += count;
  }
}

/* The rows of x from `row` on as tiles. */
static const uint16_t *tiles_of(const char *x, int64_t x_stride, const void *rounded, int32_t row, int32_t count,
                                int32_t k) {
  if (rounded) {
    return (const uint16_t *)rounded + row / TILE_ROWS * stride_of(k);
  }
  TILES(dlora_round)(x + row * x_stride, x_stride, 0, count, k, dlora_scratch);
  return dlora_scratch;
}

void TILES(dlora_linear)(const char *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n, int32_t k,
                         const char *x, int64_t x_stride, const void *rounded, char *y, int64_t y_stride,
                         int32_t rows, const float *bias, int32_t store, float scale, struct dlora_ahead *ahead) {
  (void)ahead; /* these products are bound by memory up to many rows */
  const int32_t most = rows_at_once(k, 0);
  const int32_t pairs = (k + 1) / 2;
  for (int32_t row = 0; row < rows; row += most) {
    const int32_t count = rows - row < most ? rows - row : most;
    const uint16_t *tiles = tiles_of(x, x_stride, rounded, row, count, k);
    const struct job job = {w, panel_bytes, pairs / 16, pairs % 16, tiles, stride_of(k), count,
                            {y + row * y_stride, y_stride, n, bias, store, scale}};
    configure(count);
    product(&job, from, to, NULL);
  }
  tile_release();
}

void TILES(dlora_gated)(const char *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n, int32_t k,
                        const char *x, int64_t x_stride, const void *rounded, char *y, int64_t y_stride, int32_t rows,
                        const float *bias, struct dlora_ahead *ahead) {
  (void)ahead;
  const int32_t most = rows_at_once(k, GATED_ROWS);
  const int32_t pairs = (k + 1) / 2;
  for (int32_t row = 0; row < rows; row += most) {
    const int32_t count = rows - row < most ? rows - row : most;
    const uint16_t *tiles = tiles_of(x, x_stride, rounded, row, count, k);
    const struct job job = {w, panel_bytes, pairs / 16, pairs % 16, tiles, stride_of(k), count,
                            {y + row * y_stride, y_stride, n, bias, DLORA_SET, 1}};
    configure(count);
    gate(&job, count, from, to);
  }
  tile_release();
}
