/*
 * live = round(gain * (W + scale * B A)) of panels of W. B's panels times columns of A come out in the
 * layout of W's panels, so the sums of a tile are scaled, added to the weights, rounded and stored from
 * registers: nothing but W is read from memory and nothing but live is written to it.
 *
 * A lies in panels of 16 ranks, column after column: a column of a float32 panel is 16 floats in a row.
 * Of a bfloat16 panel a vector holds two columns by rank, which one permutation makes two columns of 8
 * pairs of ranks, as dot products want them.
 */
#include "dlora.h"
#include "bf16.h"

#define TILE_PANELS 4

/* 24 sums, 4 vectors of B and a broadcast element of A fill the registers. */
#define TILE_COLUMNS 6

/* Of A in the layout of the sums; stays in the second-level cache while the panels pass by. */
#define BLOCK_BYTES (128 << 10)

/* How far ahead of a tile W is loaded: tiles. */
#define AHEAD 4

struct job {
  const char *w;
  char *live;
  int64_t panel_bytes;
  const char *b;
  int64_t b_panel_bytes;
  const char *a; /* at column 0 of the block, panels a_panel_bytes apart, columns a_step */
  int64_t a_panel_bytes;
  int32_t rank;
  int32_t half; /* W is bfloat16 */
  float scale;
  const float *gain;
};

/* 16 columns and their neighbours to pairs, rounded to nearest even. */
INLINE __m512i rounded(__m512 even, __m512 odd) {
  const __m512i interleave = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22,
                                              6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  __mmask16 tiny = _mm512_fpclass_ps_mask(even, 0x20) | _mm512_fpclass_ps_mask(odd, 0x20);
  if (__builtin_expect(tiny == 0, 1)) {
    return _mm512_permutexvar_epi16(interleave, (__m512i)_mm512_cvtne2ps_pbh(odd, even));
  }
  /* The conversion makes denormals zero. NaNs beside them lose nothing but their payload. */
  const __m512i one = _mm512_set1_epi32(1);
  const __m512i below_half = _mm512_set1_epi32(0x7fff);
  const __m512i quiet = _mm512_set1_epi32(0x7fc00000);
  __m512i low = _mm512_castps_si512(even);
  __m512i high = _mm512_castps_si512(odd);
  low = _mm512_add_epi32(low, _mm512_add_epi32(_mm512_and_si512(_mm512_srli_epi32(low, 16), one), below_half));
  high = _mm512_add_epi32(high, _mm512_add_epi32(_mm512_and_si512(_mm512_srli_epi32(high, 16), one), below_half));
  low = _mm512_mask_mov_epi32(low, _mm512_cmp_ps_mask(even, even, _CMP_UNORD_Q), quiet);
  high = _mm512_mask_mov_epi32(high, _mm512_cmp_ps_mask(odd, odd, _CMP_UNORD_Q), quiet);
  const __m512i upper = _mm512_set1_epi32((int32_t)0xffff0000);
  return _mm512_or_si512(_mm512_srli_epi32(low, 16), _mm512_and_si512(high, upper));
}

/* The weights with their change, not rounded. */
INLINE __m512 changed(__m512 weight, __m512 sum, __m512 scale, __m512 gain) {
  return _mm512_mul_ps(_mm512_fmadd_ps(sum, scale, weight), gain);
}

/* P panels and C columns from `column` of the matrix, `at` of the block, on; an odd C is the matrix's last one. */
INLINE void tile(const struct job *job, int32_t panel, int32_t column, int32_t at, const int P, const int C,
                 const int pairs) {
  const int64_t b_panel_bytes = job->b_panel_bytes;
  const int64_t a_panel_bytes = job->a_panel_bytes;
  const int64_t panel_bytes = job->panel_bytes;
  const int a_step = pairs ? 32 : 64;
  const char *b = job->b + panel * b_panel_bytes;
  const char *a = job->a + (int64_t)at * a_step;
  const int64_t words = job->half ? column / 2 : column;
  const char *w = job->w + panel * panel_bytes + words * 64;
  char *live = job->live + panel * panel_bytes + words * 64;
  const int32_t lines = job->half ? (C + 1) / 2 : C;
  __m512 sums[TILE_PANELS][TILE_COLUMNS];
#pragma GCC unroll 4
  for (int p = 0; p < P; p++) {
    for (int32_t line = 0; line < lines; line++) {
      _mm_prefetch(w + p * panel_bytes + (AHEAD * lines + line) * 64, _MM_HINT_T0);
    }
#pragma GCC unroll 6
    for (int c = 0; c < C; c++) {
      sums[p][c] = _mm512_setzero_ps();
    }
  }
  const int32_t steps = pairs ? (job->rank + 1) / 2 : job->rank;
  const int32_t of_panel = pairs ? 8 : 16;
  for (int32_t first = 0; first < steps; first += of_panel, a += a_panel_bytes) {
    const int32_t count = steps - first < of_panel ? steps - first : of_panel;
    for (int32_t i = 0; i < count; i++, b += 64) {
      __m512i factors[TILE_PANELS];
#pragma GCC unroll 4
      for (int p = 0; p < P; p++) {
        factors[p] = _mm512_load_si512(b + p * b_panel_bytes);
      }
#pragma GCC unroll 6
      for (int c = 0; c < C; c++) {
        __m512i element = _mm512_set1_epi32(*(const int32_t *)(a + c * a_step + 4 * i));
#pragma GCC unroll 4
        for (int p = 0; p < P; p++) {
          sums[p][c] = pairs ? _mm512_dpbf16_ps(sums[p][c], (__m512bh)factors[p], (__m512bh)element)
                             : _mm512_fmadd_ps(_mm512_castsi512_ps(factors[p]), _mm512_castsi512_ps(element),
                                               sums[p][c]);
        }
      }
    }
  }
  const __m512 scale = _mm512_set1_ps(job->scale);
  const __m512i upper = _mm512_set1_epi32((int32_t)0xffff0000);
#pragma GCC unroll 4
  for (int p = 0; p < P; p++) {
    const __m512 gain = job->gain ? _mm512_loadu_ps(job->gain + (panel + p) * LANES) : _mm512_set1_ps(1);
    if (job->half) {
#pragma GCC unroll 3
      for (int c = 0; c < C; c += 2) {
        __m512i pair = _mm512_load_si512(w + p * panel_bytes + c * 32);
        __m512 even = changed(_mm512_castsi512_ps(_mm512_slli_epi32(pair, 16)), sums[p][c], scale, gain);
        __m512 odd = _mm512_setzero_ps();
        if (c + 1 < C) {
          odd = changed(_mm512_castsi512_ps(_mm512_and_si512(pair, upper)), sums[p][c + 1], scale, gain);
        }
        _mm512_stream_si512((__m512i *)(live + p * panel_bytes + c * 32), rounded(even, odd));
      }
    } else {
#pragma GCC unroll 6
      for (int c = 0; c < C; c++) {
        __m512 weight = _mm512_load_ps(w + p * panel_bytes + c * 64);
        _mm512_stream_ps((float *)(live + p * panel_bytes + c * 64), changed(weight, sums[p][c], scale, gain));
      }
    }
  }
}

#define COLUMNS(P, PAIRS)                                                                                    \
  static __attribute__((noinline)) void columns_##P##_##PAIRS(const struct job *job, int32_t panel,         \
                                                              int32_t from, int32_t to) {                   \
    int32_t column = from;                                                                                   \
    for (; column + 6 <= to; column += 6) tile(job, panel, column, column - from, P, 6, PAIRS);             \
    for (; column + 2 <= to; column += 2) tile(job, panel, column, column - from, P, 2, PAIRS);             \
    if (column < to) tile(job, panel, column, column - from, P, 1, PAIRS);                                  \
  }

COLUMNS(1, 0)
COLUMNS(2, 0)
COLUMNS(4, 0)
COLUMNS(1, 1)
COLUMNS(2, 1)
COLUMNS(4, 1)

/* The panels of a job for the columns of a block. */
static void block(const struct job *job, int32_t panels, int32_t from, int32_t to, int32_t pairs) {
  int32_t panel = 0;
  for (; panel + 4 <= panels; panel += 4) {
    (pairs ? columns_4_1 : columns_4_0)(job, panel, from, to);
  }
  for (; panel + 2 <= panels; panel += 2) {
    (pairs ? columns_2_1 : columns_2_0)(job, panel, from, to);
  }
  for (; panel < panels; panel++) {
    (pairs ? columns_1_1 : columns_1_0)(job, panel, from, to);
  }
}

/* The columns from .. to of A by pairs of ranks: [panel][column][8][2]; from is even. */
static void pair_ranks(const char *a, int64_t panel_bytes, int32_t rank, int32_t from, int32_t to, char *out,
                       int64_t out_panel_bytes) {
  const __m512i by_column = _mm512_set_epi16(31, 29, 27, 25, 23, 21, 19, 17, 15, 13, 11, 9, 7, 5, 3, 1, 30, 28, 26, 24,
                                             22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0);
  for (int32_t panel = 0; panel * LANES < rank; panel++) {
    const char *in = a + panel * panel_bytes;
    char *to_panel = out + panel * out_panel_bytes;
    for (int32_t column = from; column < to; column += 2) {
      __m512i two = _mm512_permutexvar_epi16(by_column, _mm512_load_si512(in + column * 32));
      _mm512_store_si512(to_panel + (column - from) * 32, two);
    }
  }
}

/* `columns` columns of a bfloat16 panel, from an even one on, as a float32 panel has them. */
static void widen(const char *in, int32_t columns, char *out) {
  const __m512i upper = _mm512_set1_epi32((int32_t)0xffff0000);
  for (int32_t column = 0; column < columns; column += 2) {
    __m512i pair = _mm512_load_si512(in + column * 32);
    _mm512_store_si512(out + column * 64, _mm512_slli_epi32(pair, 16));
    _mm512_store_si512(out + column * 64 + 64, _mm512_and_si512(pair, upper));
  }
}

void dlora_merge_avx512_bf16(const char *w, char *live, int64_t panel_bytes, int32_t panels, int32_t from, int32_t to,
                 const char *b, int64_t b_panel_bytes, const char *a, int64_t a_panel_bytes, int32_t rank,
                 int32_t dtypes, float scale, const float *gain) {
  /* Not on the stack, which a JVM's threads may have little of. */
  static _Thread_local char of_a[BLOCK_BYTES] __attribute__((aligned(64)));
  static _Thread_local char of_b[TILE_PANELS * DLORA_MERGE_RANK * 64] __attribute__((aligned(64)));
  const int32_t pairs = (dtypes & DLORA_A_BF16) && (dtypes & DLORA_B_BF16);
  const int32_t padded = (rank + LANES - 1) / LANES * LANES;
  const int32_t most = BLOCK_BYTES / (padded * 4) & ~1;
  struct job job = {w, live, panel_bytes, b, b_panel_bytes, a, a_panel_bytes, rank, (dtypes & DLORA_W_BF16) != 0,
                    scale, gain};
  for (int32_t column = from; column < to; column += most) {
    int32_t end = to - column < most ? to : column + most;
    int64_t of_a_bytes = (int64_t)(end - column + 1) / 2 * (pairs ? 64 : 128);
    job.a = of_a;
    job.a_panel_bytes = of_a_bytes;
    if (pairs) {
      pair_ranks(a, a_panel_bytes, rank, column, end, of_a, of_a_bytes);
    } else if (dtypes & DLORA_A_BF16) {
      for (int32_t panel = 0; panel * LANES < rank; panel++) {
        widen(a + panel * a_panel_bytes + column * 32, end - column, of_a + panel * of_a_bytes);
      }
    } else {
      job.a = a + (int64_t)column * 64;
      job.a_panel_bytes = a_panel_bytes;
    }
    if (pairs || !(dtypes & DLORA_B_BF16)) {
      block(&job, panels, column, end, pairs);
      continue;
    }
    job.b = of_b;
    job.b_panel_bytes = (int64_t)(rank + 1) / 2 * 128;
    for (int32_t first = 0; first < panels; first += TILE_PANELS) {
      int32_t count = panels - first < TILE_PANELS ? panels - first : TILE_PANELS;
      for (int32_t panel = 0; panel < count; panel++) {
        widen(b + (first + panel) * b_panel_bytes, rank, of_b + panel * job.b_panel_bytes);
      }
      job.w = w + first * panel_bytes;
      job.live = live + first * panel_bytes;
      job.gain = gain ? gain + first * LANES : 0;
      block(&job, count, column, end, 0);
    }
  }
  /* Streamed stores, before another thread reads them. */
  _mm_sfence();
}
