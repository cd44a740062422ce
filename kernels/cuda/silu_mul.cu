#include "dlora.cuh"

KERNEL dlora_silu_mul(const float *x, float *out, int n) {
  x += (int64_t)blockIdx.x * 2 * n;
  out += (int64_t)blockIdx.x * n;
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    out[i] = x[i] / (1 + expf(-x[i])) * x[n + i];
  }
}
