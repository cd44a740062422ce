/* Rounding to bfloat16 by AVX-512 BF16. */
#ifndef DLORA_BF16_H
#define DLORA_BF16_H

#include "vectors.h"

/* A row as bfloat16, padded with zeros to pairs of vectors. Rounds to nearest even; denormals become zero, as in the dot products. */
static inline void round_row(const float *x, int32_t k, uint16_t *out) {
  int32_t i = 0;
  for (; i + 32 <= k; i += 32) {
    __m512bh pair = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(x + i + 16), _mm512_loadu_ps(x + i));
    _mm512_storeu_si512(out + i, (__m512i)pair);
  }
  if (i < k) {
    int32_t rest = k - i;
    __mmask16 low = rest >= 16 ? 0xffff : (1u << rest) - 1;
    __mmask16 high = rest > 16 ? (1u << (rest - 16)) - 1 : 0;
    __m512bh pair = _mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(high, x + i + 16), _mm512_maskz_loadu_ps(low, x + i));
    _mm512_storeu_si512(out + i, (__m512i)pair);
  }
}

#endif
