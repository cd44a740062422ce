/*
 * Upper bounds of the outputs of a matrix by products of 8-bit integers, half as many instructions as
 * those of bfloat16. W and x are rotated, 64 columns at a time, by the Hadamard matrix over 8: this keeps
 * products, and spreads large elements, which would make the steps of all others coarse. Then they are
 * rounded: w = s*q + e, x = t*p + r. By Cauchy and Schwarz
 *
 *   w*x <= s*t*(q*p) + |e|*|x| + |s*q|*|r|
 *
 * What float32 rounds, here and in the products that are bounded, is at most SLACK(k)*|w|*|x|. What
 * these flush to zero is at most FLUSHED(k).
 */
#include "dlora.h"
#include "vectors.h"

#define BLOCK 64
#define GROUP DLORA_INDEX_GROUP

/* 24 sums, 4 weights and the columns of a row fill the 32 registers. */
#define TILE_ROWS 6

#define STEPS 127
#define OFFSET 128

/* 6e-8 is half a unit in the last place: twice in each of k/2 steps, and some for all the rest. */
#define SLACK(k) (1e-5f + 2.4e-7f * (float)(k))

/* The least normal number is 1.2e-38. */
#define FLUSHED(k) (2.4e-38f * (float)(k))

/* A norm from its sum of squares, some of which may have been flushed to zero; never too small. */
static float norm_of(float squares, int32_t k) { return __builtin_sqrtf(squares + FLUSHED(k)) * (1 + SLACK(k)); }

static int32_t padded(int32_t k) { return (k + BLOCK - 1) & ~(BLOCK - 1); }

/* What a group of panels has behind its integers [GROUP][padded(k)/4][16][4], one number for each output. */
struct limits {
  int32_t offset[GROUP][LANES]; /* OFFSET times the sum of the integers */
  float step[GROUP][LANES];
  float error[GROUP][LANES]; /* times |x| */
  float norm[GROUP][LANES];  /* times |r| */
};

int64_t dlora_index_group_bytes(int32_t k) { return GROUP * LANES * (int64_t)padded(k) + (int64_t)sizeof(struct limits); }

INLINE __m512 widened(const uint16_t *pairs, int odd) {
  __m512i both = _mm512_loadu_si512(pairs);
  return _mm512_castsi512_ps(odd ? _mm512_and_si512(both, _mm512_set1_epi32((int32_t)0xffff0000)) : _mm512_slli_epi32(both, 16));
}

/* Columns of 16 outputs, rotated. Returns the squares of what they were. */
static __m512 rotated_columns(const uint16_t *panel, int32_t first, int32_t k, __m512 *columns) {
  __m512 squares = _mm512_setzero_ps();
  for (int32_t i = 0; i < BLOCK; i++) {
    const int32_t column = first + i;
    columns[i] = column < k ? widened(panel + (int64_t)(column >> 1) * 2 * LANES, column & 1) : _mm512_setzero_ps();
    squares = _mm512_fmadd_ps(columns[i], columns[i], squares);
  }
  for (int32_t apart = 1; apart < BLOCK; apart *= 2) {
    for (int32_t i = 0; i < BLOCK; i++) {
      if (i & apart) continue;
      __m512 a = columns[i], b = columns[i + apart];
      columns[i] = _mm512_add_ps(a, b);
      columns[i + apart] = _mm512_sub_ps(a, b);
    }
  }
  for (int32_t i = 0; i < BLOCK; i++) {
    columns[i] = _mm512_mul_ps(columns[i], _mm512_set1_ps(0.125f));
  }
  return squares;
}

/* The index of a panel of a group. Returns whether all norms are in bounds. */
static int32_t index_panel(const uint16_t *panel, int32_t outputs, int32_t k, int8_t *integers, struct limits *limits, int32_t p) {
  __m512 columns[BLOCK];
  __m512 squares = _mm512_setzero_ps(), largest = _mm512_setzero_ps();
  for (int32_t first = 0; first < k; first += BLOCK) {
    squares = _mm512_add_ps(squares, rotated_columns(panel, first, k, columns));
    for (int32_t i = 0; i < BLOCK; i++) {
      largest = _mm512_max_ps(largest, _mm512_abs_ps(columns[i]));
    }
  }
  const __m512 step = _mm512_mul_ps(largest, _mm512_set1_ps(1.0f / STEPS));
  const __m512 per_step = _mm512_maskz_div_ps(_mm512_cmp_ps_mask(largest, _mm512_set1_ps(1e-30f), _CMP_GT_OQ), _mm512_set1_ps(STEPS), largest);
  __m512 errors = _mm512_setzero_ps();
  __m512i sums = _mm512_setzero_si512();
  const __m512i byte = _mm512_set1_epi32(0xff);
  for (int32_t first = 0; first < k; first += BLOCK) {
    rotated_columns(panel, first, k, columns);
    for (int32_t i = 0; i < BLOCK; i += 4) {
      __m512i four = _mm512_setzero_si512();
#pragma GCC unroll 4
      for (int32_t j = 0; j < 4; j++) {
        __m512i q = _mm512_cvtps_epi32(_mm512_mul_ps(columns[i + j], per_step));
        q = _mm512_max_epi32(_mm512_min_epi32(q, _mm512_set1_epi32(STEPS)), _mm512_set1_epi32(-STEPS));
        __m512 error = _mm512_fnmadd_ps(_mm512_cvtepi32_ps(q), step, columns[i + j]);
        errors = _mm512_fmadd_ps(error, error, errors);
        sums = _mm512_add_epi32(sums, q);
        four = _mm512_or_si512(four, _mm512_slli_epi32(_mm512_and_si512(q, byte), 8 * j));
      }
      _mm512_storeu_si512(integers + (int64_t)(first + i) * LANES, four);
    }
  }
  float norms[LANES], steps_off[LANES];
  _mm512_storeu_ps(norms, squares);
  _mm512_storeu_ps(steps_off, errors);
  _mm512_storeu_si512(limits->offset[p], _mm512_mullo_epi32(sums, _mm512_set1_epi32(OFFSET)));
  _mm512_storeu_ps(limits->step[p], step);
  int32_t sound = 1;
  for (int32_t i = 0; i < LANES; i++) {
    const float norm = norm_of(norms[i], k), error = norm_of(steps_off[i], k);
    sound &= norm < DLORA_INDEX_NORM;
    limits->error[p][i] = i < outputs ? error + SLACK(k) * norm + FLUSHED(k) : -__builtin_inff();
    limits->norm[p][i] = i < outputs ? norm + error : 0;
  }
  return sound;
}

int32_t dlora_index_avx512_vnni(const char *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n, int32_t k, char *index) {
  const int64_t group_bytes = dlora_index_group_bytes(k), panel_integers = LANES * (int64_t)padded(k);
  int32_t sound = 1;
  for (int32_t group = from; group < to; group++) {
    int8_t *integers = (int8_t *)index + group * group_bytes;
    struct limits *limits = (struct limits *)(integers + GROUP * panel_integers);
    for (int32_t p = 0; p < GROUP; p++) {
      const int32_t panel = group * GROUP + p;
      const int32_t outputs = n - panel * LANES;
      if (outputs > 0) {
        sound &= index_panel((const uint16_t *)(w + panel * panel_bytes), outputs, k, integers + p * panel_integers, limits, p);
        continue;
      }
      for (int64_t i = 0; i < panel_integers; i++) integers[p * panel_integers + i] = 0;
      for (int32_t i = 0; i < LANES; i++) {
        limits->offset[p][i] = 0;
        limits->step[p][i] = limits->norm[p][i] = 0;
        limits->error[p][i] = -__builtin_inff();
      }
    }
  }
  return sound;
}

/* The halves of sums and differences of lanes that are so far apart; shuffle: each lane's partner. */
#define BUTTERFLY(v, shuffle, lanes_of_differences) \
  _mm512_add_ps(shuffle, _mm512_mask_sub_ps(v, lanes_of_differences, _mm512_setzero_ps(), v))

/* 64 columns of a row as the products see them, rotated. Returns the squares of what they were. */
INLINE __m512 rotated_row(const float *x, int32_t first, int32_t k, __m512 *v) {
  __m512 squares = _mm512_setzero_ps();
#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) {
    const int32_t left = k - first - LANES * i;
    const __mmask16 mask = left > 0 ? first_lanes(left) : 0;
    /* Rounded to bfloat16, as the products round it. */
    __m256i rounded = (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(mask, x + first + LANES * i));
    v[i] = _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(rounded), 16));
    squares = _mm512_fmadd_ps(v[i], v[i], squares);
  }
#pragma GCC unroll 4
  for (int32_t i = 0; i < 4; i++) {
    v[i] = BUTTERFLY(v[i], _mm512_permute_ps(v[i], 0xb1), 0xaaaa);
    v[i] = BUTTERFLY(v[i], _mm512_permute_ps(v[i], 0x4e), 0xcccc);
    v[i] = BUTTERFLY(v[i], _mm512_shuffle_f32x4(v[i], v[i], 0xb1), 0xf0f0);
    v[i] = BUTTERFLY(v[i], _mm512_shuffle_f32x4(v[i], v[i], 0x4e), 0xff00);
  }
  const __m512 eighth = _mm512_set1_ps(0.125f);
  __m512 a = _mm512_add_ps(v[0], v[1]), b = _mm512_sub_ps(v[0], v[1]);
  __m512 c = _mm512_add_ps(v[2], v[3]), d = _mm512_sub_ps(v[2], v[3]);
  v[0] = _mm512_mul_ps(_mm512_add_ps(a, c), eighth);
  v[1] = _mm512_mul_ps(_mm512_add_ps(b, d), eighth);
  v[2] = _mm512_mul_ps(_mm512_sub_ps(a, c), eighth);
  v[3] = _mm512_mul_ps(_mm512_sub_ps(b, d), eighth);
  return squares;
}

void dlora_index_row_avx512_vnni(const float *x, int32_t k, uint8_t *rounded, struct dlora_index_row *row) {
  __m512 v[4], squares = _mm512_setzero_ps(), largest = _mm512_setzero_ps();
  for (int32_t first = 0; first < k; first += BLOCK) {
    squares = _mm512_add_ps(squares, rotated_row(x, first, k, v));
#pragma GCC unroll 4
    for (int32_t i = 0; i < 4; i++) {
      largest = _mm512_max_ps(largest, _mm512_abs_ps(v[i]));
    }
  }
  const float most = _mm512_reduce_max_ps(largest);
  const __m512 step = _mm512_set1_ps(most / STEPS), per_step = _mm512_set1_ps(most > 1e-30f ? STEPS / most : 0);
  __m512 errors = _mm512_setzero_ps();
  for (int32_t first = 0; first < k; first += BLOCK) {
    rotated_row(x, first, k, v);
#pragma GCC unroll 4
    for (int32_t i = 0; i < 4; i++) {
      __m512i p = _mm512_cvtps_epi32(_mm512_mul_ps(v[i], per_step));
      p = _mm512_max_epi32(_mm512_min_epi32(p, _mm512_set1_epi32(STEPS)), _mm512_set1_epi32(-STEPS));
      __m512 error = _mm512_fnmadd_ps(_mm512_cvtepi32_ps(p), step, v[i]);
      errors = _mm512_fmadd_ps(error, error, errors);
      _mm_storeu_si128((__m128i *)(rounded + first + LANES * i), _mm512_cvtepi32_epi8(_mm512_add_epi32(p, _mm512_set1_epi32(OFFSET))));
    }
  }
  const float sum = _mm512_reduce_add_ps(squares), norm = norm_of(sum, k);
  row->step = most / STEPS;
  row->norm = sum > 1 / DLORA_INDEX_NORM / DLORA_INDEX_NORM && norm < DLORA_INDEX_NORM ? norm : __builtin_nanf("");
  row->error = norm_of(_mm512_reduce_add_ps(errors), k) + SLACK(k) * norm;
}

struct job {
  const char *index;
  int64_t group_bytes;
  int64_t panel_integers;
  int32_t fours; /* of columns */
  const uint8_t *x;
  const struct dlora_index_row *row;
  int32_t rows;
  float *upper;
  int64_t upper_stride; /* elements */
};

/* What tiles load ahead into the second-level cache: some bytes per four columns. */
struct ahead {
  const char *from;
  int64_t step;
};

/* For `lines` of a tile: it loads its own group, so many bytes ahead. */
#define OWN 0
#define AHEAD_BYTES 1024

INLINE __m512 larger_halves(__m512 a, __m512 b) { return _mm512_max_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b)); }

/* The largest lanes of four vectors. */
INLINE __m128 largest_of_each(const __m512 *v) {
  __m512d ab = _mm512_castps_pd(larger_halves(v[0], v[1])), cd = _mm512_castps_pd(larger_halves(v[2], v[3]));
  __m512 each = _mm512_max_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(ab, cd)), _mm512_castpd_ps(_mm512_unpackhi_pd(ab, cd)));
  each = _mm512_max_ps(each, _mm512_shuffle_f32x4(each, each, 0x4e));
  each = _mm512_max_ps(each, _mm512_shuffle_f32x4(each, each, 0xb1));
  return _mm512_castps512_ps128(each);
}

/* The bounds of a tile. Not inline: beside it the compiler keeps the sums of the loop in memory. */
static __attribute__((noinline)) void put_bounds(const struct job *job, int32_t group, int32_t row, int32_t rows,
                                                 __m512i sums[TILE_ROWS][GROUP]) {
  const struct limits *limits = (const struct limits *)(job->index + group * job->group_bytes + GROUP * job->panel_integers);
  const __m512 flushed = _mm512_set1_ps(FLUSHED(4 * job->fours));
  for (int32_t r = 0; r < rows; r++) {
    const struct dlora_index_row *is = job->row + row + r;
    const __m512 step = _mm512_set1_ps(is->step), norm = _mm512_set1_ps(is->norm);
    const __m512 error = _mm512_set1_ps(is->error);
    __m512 bounds[GROUP];
#pragma GCC unroll 4
    for (int p = 0; p < GROUP; p++) {
      __m512 dot = _mm512_cvtepi32_ps(_mm512_sub_epi32(sums[r][p], _mm512_loadu_si512(limits->offset[p])));
      __m512 room = _mm512_fmadd_ps(_mm512_loadu_ps(limits->error[p]), norm, _mm512_fmadd_ps(_mm512_loadu_ps(limits->norm[p]), error, flushed));
      bounds[p] = _mm512_fmadd_ps(dot, _mm512_mul_ps(_mm512_loadu_ps(limits->step[p]), step), room);
    }
    _mm_storeu_ps(job->upper + (int64_t)(row + r) * job->upper_stride + group * GROUP, largest_of_each(bounds));
  }
}

/* A group and R rows, which load so many lines ahead per four columns. */
INLINE void tile(const struct job *job, int32_t group, int32_t row, const int R, const int lines, struct ahead ahead) {
  __m512i sums[GROUP][TILE_ROWS];
  const char *w = job->index + group * job->group_bytes;
  const int64_t panel_integers = job->panel_integers;
  const int64_t stride = 4 * (int64_t)job->fours;
  const char *low = (const char *)job->x + row * stride;
  const char *high = low + 3 * stride;
  const int64_t turn = job->fours - AHEAD_BYTES / 64;
#pragma GCC unroll 4
  for (int p = 0; p < GROUP; p++) {
#pragma GCC unroll 6
    for (int r = 0; r < R; r++) {
      sums[p][r] = _mm512_setzero_si512();
    }
  }
  for (int64_t i = 0; i < job->fours; i++, w += 64, low += 4, high += 4, ahead.from += ahead.step) {
    /* Else the compiler keeps a pointer to each row and panel, more than there are registers. */
    __asm__("" : "+r"(w), "+r"(low), "+r"(high), "+r"(ahead.from));
    __m512i weights[GROUP];
#pragma GCC unroll 4
    for (int p = 0; p < GROUP; p++) {
      weights[p] = _mm512_loadu_si512(w + p * panel_integers);
      if (lines == OWN) {
        _mm_prefetch(w + p * panel_integers + (i < turn ? AHEAD_BYTES : AHEAD_BYTES + (GROUP - 1) * panel_integers), _MM_HINT_T1);
      }
    }
#pragma GCC unroll 2
    for (int l = 0; l < lines; l++) {
      _mm_prefetch(ahead.from + 64 * l, _MM_HINT_T1);
    }
#pragma GCC unroll 6
    for (int r = 0; r < R; r++) {
      __m512i four = _mm512_set1_epi32(*(const int32_t *)(r < 3 ? low + r * stride : high + (r - 3) * stride));
#pragma GCC unroll 4
      for (int p = 0; p < GROUP; p++) {
        sums[p][r] = _mm512_dpbusd_epi32(sums[p][r], four, weights[p]);
      }
    }
  }
  __m512i of_tile[TILE_ROWS][GROUP];
#pragma GCC unroll 6
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
    for (int p = 0; p < GROUP; p++) {
      of_tile[r][p] = sums[p][r];
    }
  }
  put_bounds(job, group, row, R, of_tile);
}

#define TILES(LINES)                                                             \
  for (int32_t part = 0; part < parts; part++) {                                 \
    int32_t row = rows * part / parts;                                           \
    switch (rows * (part + 1) / parts - row) {                                   \
      case 1: tile(job, group, row, 1, LINES, ahead); break;                     \
      case 2: tile(job, group, row, 2, LINES, ahead); break;                     \
      case 3: tile(job, group, row, 3, LINES, ahead); break;                     \
      case 4: tile(job, group, row, 4, LINES, ahead); break;                     \
      case 5: tile(job, group, row, 5, LINES, ahead); break;                     \
      default: tile(job, group, row, 6, LINES, ahead); break;                    \
    }                                                                            \
    ahead.from += job->fours * ahead.step;                                       \
  }

/* All rows with a group, in equal parts of at most six rows, as the products of bfloat16 cut them. */
static void bound(const struct job *job, int32_t group) {
  const int32_t rows = job->rows;
  const int32_t parts = (rows + TILE_ROWS - 1) / TILE_ROWS;
  struct ahead ahead = {job->index + (group + 1) * job->group_bytes, (64 * GROUP + parts - 1) / parts};
  if (parts == 1) {
    TILES(OWN)
  } else if (parts < GROUP) {
    TILES(2)
  } else {
    TILES(1)
  }
}

void dlora_upper_bounds_avx512_vnni(const char *index, int32_t from, int32_t to, int32_t k, const uint8_t *rounded,
                                    const struct dlora_index_row *row, int32_t rows, float *upper, int64_t upper_stride) {
  const struct job job = {index, dlora_index_group_bytes(k), LANES * (int64_t)padded(k), padded(k) / 4, rounded, row, rows, upper, upper_stride};
  for (int32_t group = from; group < to; group++) {
    bound(&job, group);
  }
}
