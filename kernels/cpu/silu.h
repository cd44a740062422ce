/* The gated activation: the same in every kernel. */
#ifndef DLORA_SILU_H
#define DLORA_SILU_H

#include "vectors.h"

/* silu(gate) * up. */
INLINE __m512 silu_mul_ps(__m512 gate, __m512 up) {
  const __m512 exponential = exp_ps(_mm512_sub_ps(_mm512_setzero_ps(), gate));
  return _mm512_mul_ps(_mm512_div_ps(gate, _mm512_add_ps(exponential, _mm512_set1_ps(1))), up);
}

#endif
