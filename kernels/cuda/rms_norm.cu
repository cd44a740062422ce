/* RMSNorm (Zhang & Sennrich 2019) of rows, with a residual, and of heads. */
#include "dlora.cuh"
#include "reduce.cuh"

static __device__ __forceinline__ float factor_of(float squares, float eps, int n) {
  return 1 / sqrtf(squares / n + eps);
}

KERNEL dlora_rms_norm(const float *x, const float *weight, float eps, float *out, int n) {
  x += (int64_t)blockIdx.x * n;
  out += (int64_t)blockIdx.x * n;
  float squares = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    squares += x[i] * x[i];
  }
  const float factor = factor_of(block_sum(squares), eps, n);
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    out[i] = x[i] * factor * weight[i];
  }
}

KERNEL dlora_add_rms_norm(const float *x, float *residual, const float *weight, float eps, float *out, int n) {
  x += (int64_t)blockIdx.x * n;
  residual += (int64_t)blockIdx.x * n;
  out += (int64_t)blockIdx.x * n;
  float squares = 0;
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    const float sum = residual[i] + x[i];
    residual[i] = sum;
    squares += sum * sum;
  }
  const float factor = factor_of(block_sum(squares), eps, n);
  for (int i = threadIdx.x; i < n; i += blockDim.x) {
    out[i] = residual[i] * factor * weight[i];
  }
}

KERNEL dlora_head_norm(float *rows, int width, int first, int head_dim, const float *weight, float eps) {
  float *head = rows + (int64_t)blockIdx.y * width + first + blockIdx.x * head_dim;
  float squares = 0;
  for (int i = threadIdx.x; i < head_dim; i += WARP) {
    squares += head[i] * head[i];
  }
  const float factor = factor_of(warp_sum(squares), eps, head_dim);
  for (int i = threadIdx.x; i < head_dim; i += WARP) {
    head[i] *= factor * weight[i];
  }
}
