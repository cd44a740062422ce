/* Stores sums of a product: the same in every family. */
#ifndef DLORA_OUTPUTS_H
#define DLORA_OUTPUTS_H

#include "dlora.h"
#include "vectors.h"

/* Where the outputs of a product go, as dlora_linear says. */
struct outputs {
  char *y;
  int64_t y_stride;
  int32_t n;
  const float *bias;
  int32_t store;
  float scale;
};

/* Stores the sums of a row and a panel. */
INLINE void put(const struct outputs *to, int32_t panel, int32_t row, __m512 sum) {
  const int32_t first = panel * LANES;
  const __mmask16 mask = first_lanes(to->n - first);
  float *y = (float *)(to->y + row * to->y_stride) + first;
  if (to->store == DLORA_ADD) {
    sum = _mm512_fmadd_ps(sum, _mm512_set1_ps(to->scale), _mm512_maskz_loadu_ps(mask, y));
  } else if (to->bias) {
    sum = _mm512_add_ps(sum, _mm512_maskz_loadu_ps(mask, to->bias + first));
  }
  _mm512_mask_storeu_ps(y, mask, sum);
}

#endif
