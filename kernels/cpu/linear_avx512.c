/*
 * Products of float32 rows with bfloat16 panels, which are widened in registers. A tile of P panels and
 * R rows keeps P*R sums in registers. Each output is one chain of fused multiply-adds over k, as in Java.
 */
#include "dlora.h"
#include "vectors.h"

void dlora_linear_avx512(const char *w, int64_t panel_bytes, int32_t from, int32_t to, int32_t n, int32_t k,
                         const char *x, int64_t x_stride, char *y, int64_t y_stride, int32_t rows, const float *bias,
                         int32_t store, float scale) {
  const __m512i high = _mm512_set1_epi32((int32_t)0xffff0000);
  for (int32_t panel = from; panel < to; panel++) {
    const int32_t first = panel * LANES;
    const __mmask16 mask = first_lanes(n - first);
    for (int32_t row = 0; row < rows; row++) {
      const float *in = (const float *)(x + row * x_stride);
      float *out = (float *)(y + row * y_stride) + first;
      __m512 sum = _mm512_setzero_ps();
      for (int32_t i = 0; i < k; i += 2) {
        __m512i pair = _mm512_load_si512(w + panel * panel_bytes + 32 * (int64_t)i);
        sum = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_slli_epi32(pair, 16)), _mm512_set1_ps(in[i]), sum);
        if (i + 1 < k) {
          sum = _mm512_fmadd_ps(_mm512_castsi512_ps(_mm512_and_si512(pair, high)), _mm512_set1_ps(in[i + 1]), sum);
        }
      }
      if (store == DLORA_ADD) {
        sum = _mm512_fmadd_ps(sum, _mm512_set1_ps(scale), _mm512_maskz_loadu_ps(mask, out));
      } else if (bias) {
        sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, bias + first));
      }
      _mm512_mask_storeu_ps(out, mask, sum);
    }
  }
}
