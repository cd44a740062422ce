#include "dlora.cuh"

KERNEL dlora_attention_join(const float *sums, const float2 *weights, const int *which, int spans, int heads, int head_dim, float *out) {
  const int64_t head = (int64_t)blockIdx.x * heads + blockIdx.y;
  sums += head * spans * head_dim;
  weights += head * spans;
  out += ((int64_t)which[blockIdx.x] * heads + blockIdx.y) * head_dim;
  float largest = -INFINITY, total = 0;
  for (int span = 0; span < spans; span++) {
    largest = fmaxf(largest, weights[span].x);
  }
  for (int span = 0; span < spans; span++) {
    total += weights[span].y * exp2f(weights[span].x - largest);
  }
  for (int i = threadIdx.x; i < head_dim; i += blockDim.x) {
    float sum = 0;
    for (int span = 0; span < spans; span++) {
      if (weights[span].y != 0) { /* spans that the row does not see were not written */
        sum += sums[(int64_t)span * head_dim + i] * exp2f(weights[span].x - largest);
      }
    }
    out[i] = total > 0 ? sum / total : 0;
  }
}
